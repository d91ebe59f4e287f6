package io.ingest4j.benchmarks;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * An S3 server that is reached with TLS, as AWS is, or without. Prints the settings that a client needs,
 * and serves until it is killed. Arguments: a directory, then a key store and its password for TLS.
 */
public final class TlsS3Server {

    private static final String BUCKET = "bucket";

    private TlsS3Server() {}

    /**
     * Starts it.
     *
     * @param args see above
     */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        Files.createDirectories(directory.resolve(BUCKET));
        boolean tls = args.length > 1;
        URI any = URI.create((tls ? "https" : "http") + "://127.0.0.1:0");
        S3Proxy.Builder builder =
                S3Proxy.builder()
                        .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                        .awsAuthentication(AuthenticationType.AWS_V4, "key", "secret")
                        .ignoreUnknownHeaders(true);
        S3Proxy server =
                tls
                        ? builder.secureEndpoint(any).keyStore(args[1], args[2]).build()
                        : builder.endpoint(any).build();
        server.start();
        int port = tls ? server.getSecurePort() : server.getPort();
        System.out.println("AWS_ACCESS_KEY_ID=key");
        System.out.println("AWS_SECRET_ACCESS_KEY=secret");
        System.out.println("S3_BUCKET=" + BUCKET);
        System.out.println("S3_ENDPOINT=" + any.getScheme() + "://localhost:" + port);
    }
}
