package io.ingest4j.examples.server;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** Writes one object of any size, holding one part of it in memory. For a server that is thrown away: it never aborts. */
final class MultipartUpload extends OutputStream {

    private static final int PART_BYTES = 16 << 20;

    private final S3Client s3;
    private final String bucket;
    private final String key;
    private final String id;
    private final List<CompletedPart> parts = new ArrayList<>();
    private final byte[] part = new byte[PART_BYTES];
    private int count;

    private MultipartUpload(S3Client s3, String bucket, String key, String id) {
        this.s3 = s3;
        this.bucket = bucket;
        this.key = key;
        this.id = id;
    }

    static MultipartUpload begin(S3Client s3, String bucket, String key) {
        String id =
                s3.createMultipartUpload(
                                request -> request.bucket(bucket).key(key).contentType("text/csv"))
                        .uploadId();
        return new MultipartUpload(s3, bucket, key, id);
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (int done = 0; done < length; ) {
            if (count == PART_BYTES) {
                send();
            }
            int more = Math.min(length - done, PART_BYTES - count);
            System.arraycopy(bytes, offset + done, part, count, more);
            count += more;
            done += more;
        }
    }

    /** The object exists once this returns. */
    void complete() {
        send();
        s3.completeMultipartUpload(
                request ->
                        request.bucket(bucket)
                                .key(key)
                                .uploadId(id)
                                .multipartUpload(upload -> upload.parts(parts)));
    }

    private void send() {
        int number = parts.size() + 1;
        int length = count;
        RequestBody body =
                RequestBody.fromContentProvider(
                        () -> new ByteArrayInputStream(part, 0, length), length, "text/csv");
        String etag =
                s3.uploadPart(
                                request ->
                                        request.bucket(bucket)
                                                .key(key)
                                                .uploadId(id)
                                                .partNumber(number),
                                body)
                        .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        count = 0;
    }
}
