package io.ingest4j.examples;

import io.ingest4j.api.CheckpointStore;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.examples.server.CheckingApi;
import io.ingest4j.examples.server.Counts;
import io.ingest4j.examples.server.LocalS3;
import io.ingest4j.examples.settings.S3Variables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Both ends in this JVM: an S3 server that holds the customers, and the API that expects them. */
final class LocalEnds implements AutoCloseable {

    private static final long SEED = 20_250_101;
    private static final String BUCKET = "ingest4j";
    private static final String KEY = "customers.csv";
    private static final String WARM_UP_BUCKET = "ingest4j-warm-up";

    private final LocalS3 s3;
    private final CheckingApi api;

    private LocalEnds(LocalS3 s3, CheckingApi api) {
        this.s3 = s3;
        this.api = api;
    }

    /** Starts both, and returns when the object is written. */
    static LocalEnds start(Settings settings) throws IOException {
        LocalS3 s3 = LocalS3.start();
        try {
            s3.putCustomers(settings.records(), SEED, BUCKET, KEY);
            long limit =
                    settings.rateLimitCalls() == 0
                            ? CheckingApi.UNLIMITED
                            : settings.rateLimitCalls();
            return new LocalEnds(s3, startApi(settings, limit));
        } catch (IOException | RuntimeException e) {
            s3.close();
            throw e;
        }
    }

    /**
     * Sends a few records through the whole job once, to an API apart, so that the servers and the job
     * don't meet their limit while the JVM still compiles them, as servers elsewhere would not either.
     */
    void warmUp(Settings settings) throws IOException {
        Settings few = settings.forWarmUp();
        s3.putCustomers(few.records(), SEED, WARM_UP_BUCKET, KEY);
        try (CheckingApi apart =
                CheckingApi.start(
                        few.records(), SEED, CheckingApi.UNLIMITED, few.rateLimitPeriod())) {
            Transfer.unwatched(few, ends(WARM_UP_BUCKET, apart)).run();
        }
    }

    private static CheckingApi startApi(Settings settings, long limit) throws IOException {
        long records = settings.records();
        Duration period = settings.rateLimitPeriod();
        return settings.serve()
                ? CheckingApi.start(records, SEED, limit, period)
                : CheckingApi.start(records, SEED, limit, period, memory(settings));
    }

    private static Path memory(Settings settings) throws IOException {
        Files.createDirectories(settings.state());
        return settings.state().resolve(jobName(settings) + ".received");
    }

    /** The ends are new in each process, the object and what the API has received are not. */
    static String jobName(Settings settings) {
        return Transfer.NAME + "-own-" + settings.records();
    }

    /** Says what the ends are, as their ports are others in each process. */
    void identify(IngestJob job, Settings settings) {
        job.sinkIdentity("own API");
        if (settings.replay().isEmpty()) {
            job.sourceIdentity("own S3 server");
        }
    }

    /** The job is done; the next one begins anew. */
    void forget(Settings settings) throws IOException {
        try (CheckpointStore.Lease lease =
                CheckpointStores.directory(settings.state()).acquire(jobName(settings))) {
            lease.clear();
        }
        Files.delete(memory(settings));
    }

    Ends ends() {
        return ends(BUCKET, api);
    }

    private Ends ends(String bucket, CheckingApi receiver) {
        return new Ends(s3.access(), bucket, KEY, receiver.endpoint());
    }

    /** What a job in another JVM has to be told to use these. */
    Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put(S3Variables.S3_ENDPOINT, s3.endpoint().toString());
        variables.put(Ends.S3_BUCKET, BUCKET);
        variables.put(Ends.S3_KEY, KEY);
        variables.put(S3Variables.AWS_REGION, LocalS3.REGION);
        variables.put(S3Variables.AWS_ACCESS_KEY_ID, LocalS3.ACCESS_KEY_ID);
        variables.put(S3Variables.AWS_SECRET_ACCESS_KEY, LocalS3.SECRET_ACCESS_KEY);
        variables.put(Ends.API_ENDPOINT, api.endpoint().toString());
        return variables;
    }

    Counts counts() {
        return api.counts();
    }

    @Override
    public void close() {
        try (s3) {
            api.close();
        }
    }
}
