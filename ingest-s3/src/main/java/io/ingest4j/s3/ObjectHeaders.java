package io.ingest4j.s3;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** What an object is to be stored with. Only what was set is sent, as servers may not know it. */
final class ObjectHeaders implements Serializable {

    private static final long serialVersionUID = 1;

    /** Name of the metadata that says which upload made an object. */
    static final String TOKEN = "ingest4j-upload";

    static final ObjectHeaders NONE = new ObjectHeaders(Map.of(), Map.of());

    /** S3 allows 2 KB; the token, a UUID, needs some of it. */
    private static final int MAX_METADATA_BYTES = 2048 - TOKEN.length() - 36;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Pattern VALUE = Pattern.compile("[!-~]([ -~]*[!-~])?|");

    /** What can be set. */
    enum Field {
        CONTENT_TYPE,
        CACHE_CONTROL,
        CONTENT_DISPOSITION,
        CONTENT_ENCODING,
        STORAGE_CLASS,
        ENCRYPTION,
        KMS_KEY
    }

    private final TreeMap<Field, String> fields;
    private final TreeMap<String, String> metadata;

    private ObjectHeaders(Map<Field, String> fields, Map<String, String> metadata) {
        this.fields = new TreeMap<>(fields);
        this.metadata = new TreeMap<>(metadata);
    }

    ObjectHeaders with(Field field, String name, String value) {
        Objects.requireNonNull(value, name + " must not be null");
        if (value.isEmpty() || !VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    name
                            + " must be printable ASCII without spaces around it, was \""
                            + value
                            + '"');
        }
        Map<Field, String> changed = new TreeMap<>(fields);
        changed.put(field, value);
        return new ObjectHeaders(changed, metadata);
    }

    /** A key that no encryption uses would be a mistake that nobody sees. */
    void requireKmsIfKeyed() {
        String encryption = fields.getOrDefault(Field.ENCRYPTION, "none");
        TryOptions.require(
                !fields.containsKey(Field.KMS_KEY) || encryption.startsWith("aws:kms"),
                "serverSideEncryption must be aws:kms or aws:kms:dsse where a kmsKey is set",
                encryption);
    }

    ObjectHeaders withMetadata(Map<String, String> given) {
        Objects.requireNonNull(given, "metadata must not be null");
        Map<String, String> checked = new TreeMap<>();
        int size = 0;
        for (Map.Entry<String, String> entry : given.entrySet()) {
            Objects.requireNonNull(entry.getKey(), "metadata: a name must not be null");
            Objects.requireNonNull(
                    entry.getValue(),
                    "metadata: the value of " + entry.getKey() + " must not be null");
            String name = entry.getKey().toLowerCase(Locale.ROOT);
            require(NAME.matcher(name).matches(), "a name must be letters, digits and ._-", name);
            require(!name.equals(TOKEN), "a name must not be " + TOKEN + ", which is used", name);
            require(
                    VALUE.matcher(entry.getValue()).matches(),
                    "a value must be printable ASCII without spaces around it",
                    entry.getValue());
            require(
                    checked.put(name, entry.getValue()) == null,
                    "names must differ by more than case",
                    name);
            size += bytes(name) + bytes(entry.getValue());
        }
        if (size > MAX_METADATA_BYTES) {
            throw new IllegalArgumentException(
                    "metadata must have at most "
                            + MAX_METADATA_BYTES
                            + " bytes in names and values, was "
                            + size);
        }
        return new ObjectHeaders(fields, checked);
    }

    private static void require(boolean holds, String rule, String value) {
        TryOptions.require(holds, "metadata: " + rule, '"' + value + '"');
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    PutObjectRequest.Builder addTo(PutObjectRequest.Builder request, String token) {
        fields.forEach(
                (field, value) -> {
                    switch (field) {
                        case CONTENT_TYPE -> request.contentType(value);
                        case CACHE_CONTROL -> request.cacheControl(value);
                        case CONTENT_DISPOSITION -> request.contentDisposition(value);
                        case CONTENT_ENCODING -> request.contentEncoding(value);
                        case STORAGE_CLASS -> request.storageClass(value);
                        case ENCRYPTION -> request.serverSideEncryption(value);
                        case KMS_KEY -> request.ssekmsKeyId(value);
                    }
                });
        return request.metadata(metadata(token));
    }

    CreateMultipartUploadRequest.Builder addTo(
            CreateMultipartUploadRequest.Builder request, String token) {
        fields.forEach(
                (field, value) -> {
                    switch (field) {
                        case CONTENT_TYPE -> request.contentType(value);
                        case CACHE_CONTROL -> request.cacheControl(value);
                        case CONTENT_DISPOSITION -> request.contentDisposition(value);
                        case CONTENT_ENCODING -> request.contentEncoding(value);
                        case STORAGE_CLASS -> request.storageClass(value);
                        case ENCRYPTION -> request.serverSideEncryption(value);
                        case KMS_KEY -> request.ssekmsKeyId(value);
                    }
                });
        return request.metadata(metadata(token));
    }

    private Map<String, String> metadata(String token) {
        Map<String, String> all = new TreeMap<>(metadata);
        all.put(TOKEN, token);
        return all;
    }

    String contentType() {
        return fields.getOrDefault(Field.CONTENT_TYPE, "");
    }
}
