package io.ingest4j.s3;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 server in this JVM with one bucket, over real sockets, with real signatures. */
final class S3Server implements AutoCloseable {

    static final String BUCKET = "bucket";

    private final Path directory;
    private final S3Proxy proxy;
    private final S3Client client;

    S3Server() {
        try {
            directory = Files.createTempDirectory("s3");
            proxy =
                    S3Proxy.builder()
                            .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                            .endpoint(URI.create("http://127.0.0.1:0"))
                            .awsAuthentication(AuthenticationType.AWS_V4, "ak", "sk")
                            .ignoreUnknownHeaders(true)
                            .stopTimeout(0)
                            .build();
            proxy.start();
        } catch (Exception e) {
            throw new IllegalStateException("s3proxy does not start", e);
        }
        client = access().client();
        client.createBucket(b -> b.bucket(BUCKET));
    }

    int port() {
        return proxy.getPort();
    }

    S3Access access() {
        return access(port());
    }

    /** An access to this server through a front on another port. */
    static S3Access access(int port) {
        return S3Access.defaults()
                .region("us-east-1")
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .pathStyle(true)
                .credentials("ak", "sk");
    }

    S3Client client() {
        return client;
    }

    void put(String key, byte[] content) {
        client.putObject(b -> b.bucket(BUCKET).key(key), RequestBody.fromBytes(content));
    }

    /** Makes many small objects, faster than by requests. */
    void putMany(String prefix, int count) {
        try {
            Path folder = Files.createDirectories(directory.resolve(BUCKET).resolve(prefix));
            for (int i = 0; i < count; i++) {
                Files.write(folder.resolve(String.valueOf(i)), new byte[] {(byte) i});
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static byte[] randomBytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        try (Stream<Path> files = Files.walk(directory)) {
            proxy.stop();
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException("s3proxy does not stop", e);
        }
    }
}
