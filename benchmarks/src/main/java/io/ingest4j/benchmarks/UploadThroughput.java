package io.ingest4j.benchmarks;

import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestRun;
import io.ingest4j.core.bytes.Bytes;
import io.ingest4j.http.HttpDownload;
import io.ingest4j.s3.S3Access;
import io.ingest4j.s3.S3Sink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.CompletedUpload;
import software.amazon.awssdk.transfer.s3.model.Upload;

/**
 * Two files of 512 MB at a time into one S3 server: by the sink of this library, which gets them over
 * loopback HTTP, and by the SDK's S3TransferManager, which has them in memory. In turn, in one process;
 * the server is another one, which {@code S3ToApi --serve} starts. Arguments: rounds.
 */
public final class UploadThroughput {

    private static final int SIZE = 512 << 20;
    private static final int FILES = 2;
    private static final long PART = 50L << 20;
    private static final String BUCKET = System.getenv("S3_BUCKET");

    private final S3Access access;
    private final S3Client client;
    private final S3TransferManager manager;
    private final byte[] content;
    private final URI file;

    private UploadThroughput(byte[] content, URI file) {
        this.content = content;
        this.file = file;
        String id = System.getenv("AWS_ACCESS_KEY_ID");
        String secret = System.getenv("AWS_SECRET_ACCESS_KEY");
        URI endpoint = URI.create(System.getenv("S3_ENDPOINT"));
        access =
                S3Access.defaults()
                        .region("us-east-1")
                        .endpoint(endpoint)
                        .pathStyle(true)
                        .credentials(id, secret);
        client = access.client();
        manager =
                S3TransferManager.builder()
                        .s3Client(
                                S3AsyncClient.builder()
                                        .region(Region.US_EAST_1)
                                        .endpointOverride(endpoint)
                                        .forcePathStyle(true)
                                        .credentialsProvider(
                                                StaticCredentialsProvider.create(
                                                        AwsBasicCredentials.create(id, secret)))
                                        .multipartEnabled(true)
                                        .multipartConfiguration(c -> c.minimumPartSizeInBytes(PART))
                                        .build())
                        .build();
    }

    /**
     * Measures.
     *
     * @param args how many rounds
     */
    public static void main(String[] args) throws IOException {
        int rounds = Integer.parseInt(args[0]);
        byte[] content = new byte[SIZE];
        new SplittableRandom(1).nextBytes(content);
        Path path = Files.createTempFile("ingest4j-upload-", ".bin");
        try (OneFileServer server = OneFileServer.start(Files.write(path, content))) {
            new UploadThroughput(content, server.uri()).measure(rounds);
        } finally {
            Files.delete(path);
        }
        System.exit(0);
    }

    private void measure(int rounds) {
        double[] ratios = new double[rounds];
        time("manager", this::withManager);
        time("ingest4j", this::withSink);
        for (int i = 0; i < rounds; i++) {
            double manager = time("manager", this::withManager);
            double sink = time("ingest4j", this::withSink);
            ratios[i] = sink / manager;
            print(
                    "round %d: S3TransferManager %.0f MB/s, ingest4j %.0f MB/s = %.2f",
                    i + 1, manager, sink, ratios[i]);
        }
        Arrays.sort(ratios);
        print(
                "median %.2f, least %.2f, most %.2f",
                ratios[rounds / 2], ratios[0], ratios[rounds - 1]);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    private double time(String prefix, Runnable transfer) {
        System.gc();
        long start = System.nanoTime();
        transfer.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        for (int i = 0; i < FILES; i++) {
            String key = prefix + i;
            long length = client.headObject(r -> r.bucket(BUCKET).key(key)).contentLength();
            if (length != SIZE) {
                throw new IllegalStateException(key + " has " + length + " bytes");
            }
            client.deleteObject(r -> r.bucket(BUCKET).key(key));
        }
        return FILES * (double) SIZE / 1e6 / seconds;
    }

    private void withSink() {
        List<IngestRun> runs = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            runs.add(
                    Ingest.from(
                                    HttpDownload.of(file)
                                            .allowPrivateAddresses(true)
                                            .as(Bytes.chunks(1 << 20)))
                            .to(
                                    S3Sink.object(client, BUCKET, "ingest4j" + i)
                                            .partBytes(PART)
                                            .expectedLength(SIZE))
                            .start());
        }
        runs.forEach(run -> run.await().orThrow());
    }

    private void withManager() {
        List<CompletableFuture<CompletedUpload>> uploads = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            String key = "manager" + i;
            Upload upload =
                    manager.upload(
                            r ->
                                    r.putObjectRequest(p -> p.bucket(BUCKET).key(key))
                                            .requestBody(
                                                    AsyncRequestBody.fromBytesUnsafe(content)));
            uploads.add(upload.completionFuture());
        }
        uploads.forEach(CompletableFuture::join);
    }
}
