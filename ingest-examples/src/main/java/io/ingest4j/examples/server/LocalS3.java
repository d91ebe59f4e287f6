package io.ingest4j.examples.server;

import io.ingest4j.s3.S3Access;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 server on a free port of the loopback interface, over real sockets and with real signatures. It
 * keeps its objects in a temporary directory and deletes them when it is closed.
 */
public final class LocalS3 implements AutoCloseable {

    /** The key id that it accepts. */
    public static final String ACCESS_KEY_ID = "local-key";

    /** The secret that goes with it. */
    public static final String SECRET_ACCESS_KEY = "local-secret";

    /** The region that it takes. */
    public static final String REGION = "us-east-1";

    private final Path directory;
    private final S3Proxy proxy;

    private LocalS3(Path directory) {
        this.directory = directory;
        proxy =
                S3Proxy.builder()
                        .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                        .endpoint(URI.create("http://127.0.0.1:0"))
                        .awsAuthentication(
                                AuthenticationType.AWS_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
                        .ignoreUnknownHeaders(true)
                        .stopTimeout(0)
                        .build();
    }

    /**
     * Starts a server without any bucket.
     *
     * @return the running server
     * @throws IOException if there is no room for its objects
     */
    public static LocalS3 start() throws IOException {
        LocalS3 server = new LocalS3(Files.createTempDirectory("ingest4j-s3-"));
        try {
            server.proxy.start();
        } catch (Exception e) {
            server.close();
            throw new IllegalStateException("the S3 server does not start", e);
        }
        return server;
    }

    /**
     * Returns where it listens.
     *
     * @return its URI
     */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    /**
     * Returns how to reach it.
     *
     * @return with the keys that it accepts
     */
    public S3Access access() {
        return S3Access.defaults()
                .region(REGION)
                .endpoint(endpoint())
                .pathStyle(true)
                .credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    }

    /**
     * Creates a bucket and writes customers into an object as CSV.
     *
     * @param records how many customers
     * @param seed which customers
     * @param bucket the bucket
     * @param key the object's key
     * @throws IOException if that fails
     */
    public void putCustomers(long records, long seed, String bucket, String key)
            throws IOException {
        try (S3Client s3 = access().client()) {
            s3.createBucket(request -> request.bucket(bucket));
            MultipartUpload upload = MultipartUpload.begin(s3, bucket, key);
            CustomerCsv.write(records, seed, upload);
            upload.complete();
        }
    }

    @Override
    public void close() {
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server does not stop", e);
        } finally {
            delete();
        }
    }

    private void delete() {
        try {
            deleteOnce();
        } catch (IOException | UncheckedIOException first) {
            // A request that was broken off may have written or deleted a file meanwhile.
            try {
                deleteOnce();
            } catch (IOException e) {
                e.addSuppressed(first);
                throw new UncheckedIOException("temporary objects not deleted", e);
            }
        }
    }

    private void deleteOnce() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
