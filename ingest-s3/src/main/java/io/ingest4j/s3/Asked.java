package io.ingest4j.s3;

import java.util.List;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * What a request asked for. Suppressed by the exception of its answer, which doesn't tell it. The names
 * are those of the Amazon S3 API reference; nothing that may be secret is among the parameters.
 */
final class Asked extends Exception {

    private static final long serialVersionUID = 1;
    private static final List<String> TOLD =
            List.of(
                    "Bucket",
                    "Key",
                    "Prefix",
                    "VersionId",
                    "UploadId",
                    "PartNumber",
                    "Range",
                    "IfMatch",
                    "IfNoneMatch",
                    "ContentType",
                    "ChecksumAlgorithm",
                    "StorageClass",
                    "ServerSideEncryption");

    private final String operation;

    Asked(S3Request request) {
        super(operation(request) + parameters(request), null, false, false);
        operation = operation(request);
    }

    private static String operation(S3Request request) {
        String name = request.getClass().getSimpleName();
        return name.substring(0, name.length() - "Request".length());
    }

    private static String parameters(S3Request request) {
        return TOLD.stream()
                .flatMap(
                        name ->
                                request.getValueForField(name, Object.class).stream()
                                        .map(value -> name + ' ' + value))
                .collect(Collectors.joining(", ", " (", ")"));
    }

    /** The right that such a request needs ("Actions, resources, and condition keys for Amazon S3"). */
    String right() {
        return switch (operation) {
            case "PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload" ->
                    "s3:PutObject";
            case "AbortMultipartUpload" -> "s3:AbortMultipartUpload";
            case "ListParts" -> "s3:ListMultipartUploadParts";
            case "ListMultipartUploads" -> "s3:ListBucketMultipartUploads";
            case "ListObjectsV2", "HeadBucket" -> "s3:ListBucket";
            default ->
                    (String.valueOf(getMessage()).contains(", VersionId ")
                                    ? "s3:GetObjectVersion"
                                    : "s3:GetObject")
                            + " (and s3:ListBucket, without which a missing object is denied, too)";
        };
    }
}
