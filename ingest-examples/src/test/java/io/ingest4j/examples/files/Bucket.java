package io.ingest4j.examples.files;

import io.ingest4j.examples.server.LocalS3;
import io.ingest4j.examples.server.MadeUpFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A bucket on a server of its own, and what tests want to know of it. */
public final class Bucket implements AutoCloseable {

    /** Its name. */
    public static final String NAME = "bucket";

    private final LocalS3 server;
    private final S3Client client;

    private Bucket(LocalS3 server) {
        this.server = server;
        client = server.access().client();
        client.createBucket(request -> request.bucket(NAME));
    }

    /** Starts the server. */
    public static Bucket start() throws IOException {
        return new Bucket(LocalS3.start());
    }

    /** The environment of a program that is to use it. */
    public Map<String, String> environment() {
        return Map.of(
                "BUCKET_NAME",
                NAME,
                "S3_ENDPOINT",
                server.endpoint().toString(),
                "AWS_REGION",
                LocalS3.REGION,
                "AWS_ACCESS_KEY_ID",
                LocalS3.ACCESS_KEY_ID,
                "AWS_SECRET_ACCESS_KEY",
                LocalS3.SECRET_ACCESS_KEY,
                "ALLOW_PRIVATE_ADDRESSES",
                "true",
                "S3_PART_MB",
                "5");
    }

    /** Says what is to be fetched. */
    public void putUrls(Object... urls) {
        putParameters(
                Stream.of(urls)
                        .map(url -> '"' + url.toString() + '"')
                        .collect(Collectors.joining(",", "{\"file_urls\":[", "]}")));
    }

    /** Says that in any form. */
    public void putParameters(String json) {
        client.putObject(
                request -> request.bucket(NAME).key("config/parameters.json"),
                RequestBody.fromString(json));
    }

    /** The keys of all files. */
    public List<String> keys() {
        return client.listObjectsV2(request -> request.bucket(NAME)).contents().stream()
                .map(S3Object::key)
                .filter(key -> !key.startsWith("config/"))
                .toList();
    }

    /** What is kept of files that aren't finished. */
    public List<String> states() {
        return client
                .listObjectsV2(request -> request.bucket(NAME).prefix("config/state/"))
                .contents()
                .stream()
                .map(object -> object.key().substring("config/state/".length()))
                .toList();
    }

    /** Begins an upload that nobody goes on with. */
    public void beginUpload(String key) {
        client.createMultipartUpload(request -> request.bucket(NAME).key(key));
    }

    /** How many uploads are unfinished. */
    public int uploads() {
        return client.listMultipartUploads(request -> request.bucket(NAME)).uploads().size();
    }

    /** What is known of an object. */
    public HeadObjectResponse head(String key) {
        return client.headObject(request -> request.bucket(NAME).key(key));
    }

    /** The SHA-256 of an object. */
    public String digest(String key) throws IOException {
        MessageDigest sha256 = sha256();
        try (InputStream in =
                new DigestInputStream(
                        client.getObject(request -> request.bucket(NAME).key(key)), sha256)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    /** The SHA-256 of a made up file. */
    public static String digestOfFile(long length) throws IOException {
        MessageDigest sha256 = sha256();
        try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), sha256)) {
            MadeUpFile.write(0, length, out);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
