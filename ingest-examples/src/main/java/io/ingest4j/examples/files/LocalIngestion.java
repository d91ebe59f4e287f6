package io.ingest4j.examples.files;

import io.ingest4j.examples.server.FileServer;
import io.ingest4j.examples.server.LocalS3;
import io.ingest4j.examples.settings.S3Variables;
import io.ingest4j.s3.S3Access;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Both ends of an ingestion in this JVM, with a bucket that lists three files. */
public final class LocalIngestion implements AutoCloseable {

    private static final String BUCKET = "ingest4j";
    private static final String LOG_LEVEL = "LOG_LEVEL";

    private final LocalS3 s3;
    private final FileServer files;

    private LocalIngestion(LocalS3 s3, FileServer files) {
        this.s3 = s3;
        this.files = files;
    }

    /**
     * Starts both.
     *
     * @param fileBytes the size of the two files that aren't empty
     * @return the running servers
     * @throws IOException if one does not start
     */
    public static LocalIngestion start(long fileBytes) throws IOException {
        LocalS3 s3 = LocalS3.start();
        try {
            FileServer files =
                    FileServer.start(
                            Map.of(
                                    "transactions.csv",
                                    fileBytes,
                                    "rent_contracts.csv",
                                    fileBytes,
                                    "developers.csv",
                                    0L));
            LocalIngestion local = new LocalIngestion(s3, files);
            local.putParameters();
            return local;
        } catch (IOException | RuntimeException e) {
            s3.close();
            throw e;
        }
    }

    private void putParameters() {
        String urls =
                List.of("transactions.csv", "rent_contracts.csv", "developers.csv").stream()
                        .map(files::uri)
                        .map(URI::toString)
                        .collect(Collectors.joining("\", \"", "[\"", "\"]"));
        try (S3Client client = access().client()) {
            client.createBucket(request -> request.bucket(BUCKET));
            client.putObject(
                    request -> request.bucket(BUCKET).key(Parameters.KEY),
                    RequestBody.fromString("{\"file_urls\": " + urls + "}"));
        }
    }

    /**
     * Returns how to reach the S3 server.
     *
     * @return with its keys
     */
    public S3Access access() {
        return s3.access();
    }

    /**
     * Returns the settings that differ here: the bucket, and less in the log as people look on.
     *
     * @return settings by their names
     */
    public Map<String, String> variables() {
        return Map.of(
                IngestionSettings.BUCKET_NAME,
                BUCKET,
                "ALLOW_PRIVATE_ADDRESSES",
                "true",
                LOG_LEVEL,
                "WARNING");
    }

    /**
     * Returns what a program in another JVM has to be told to use these.
     *
     * @return settings by their names
     */
    public Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>(variables());
        environment.remove(LOG_LEVEL);
        environment.put(S3Variables.S3_ENDPOINT, s3.endpoint().toString());
        environment.put(S3Variables.AWS_REGION, LocalS3.REGION);
        environment.put(S3Variables.AWS_ACCESS_KEY_ID, LocalS3.ACCESS_KEY_ID);
        environment.put(S3Variables.AWS_SECRET_ACCESS_KEY, LocalS3.SECRET_ACCESS_KEY);
        return environment;
    }

    @Override
    public void close() {
        try (s3) {
            files.close();
        }
    }
}
