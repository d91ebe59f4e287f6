package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.examples.server.LocalS3;
import io.ingest4j.examples.server.RecordingApi;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The main job as a process that is killed with SIGKILL at random instants and started again until it
 * has completed. {@code -Dkills=N} for more of it.
 */
@Execution(ExecutionMode.CONCURRENT) // it starts one process after the other, and waits for each
class KilledJobTest {

    private static final int KILLS = Integer.getInteger("kills", 12);
    private static final int MOST_LIVES = 100;

    /**
     * How a job is run.
     *
     * @param records how many there are
     * @param batchSize records in a request
     * @param rate requests a second; 0 for any number
     * @param maxUncheckpointed how many records a crash may cost
     * @param leastMillis no life is shorter: a limit is taken up only after two seconds
     */
    private record Kind(
            int records, int batchSize, int rate, int maxUncheckpointed, int leastMillis) {

        String bucket() {
            return "bucket" + records;
        }
    }

    private static final List<Kind> KINDS =
            List.of(
                    new Kind(15_000, 1, 0, 300, 400),
                    new Kind(6_000, 1, 1_500, 1_000, 2_500),
                    new Kind(15_000, 20, 0, 2_000, 400));

    /** Of one job, so that there are jobs of each kind. */
    private static final int MOST_KILLS = Math.min(10, (KILLS + KINDS.size() - 1) / KINDS.size());

    @TempDir Path directory;
    private final SplittableRandom random = new SplittableRandom();
    private int kills;
    private long sentAgain;
    private long repeated;

    @Test
    void killedAtAnyInstant_losesNothingAndSendsLittleAgain() throws Exception {
        try (LocalS3 s3 = LocalS3.start()) {
            s3.putCustomers(KINDS.get(0).records, 1, KINDS.get(0).bucket(), "customers.csv");
            s3.putCustomers(KINDS.get(1).records, 1, KINDS.get(1).bucket(), "customers.csv");
            int jobs = 0;
            long records = 0;
            while (kills < KILLS) {
                Kind kind = KINDS.get(jobs % KINDS.size());
                runJob(s3, kind, directory.resolve("job" + jobs++));
                records += kind.records;
            }
            System.out.printf(
                    "%d kills of %d jobs: 0 of %,d records missing, %,d sent again after a kill,"
                            + " %,d repeated within a run%n",
                    kills, jobs, records, sentAgain, repeated);
        }
    }

    private void runJob(LocalS3 s3, Kind kind, Path home) throws Exception {
        Files.createDirectories(home);
        long limit = kind.rate == 0 ? Long.MAX_VALUE : kind.rate;
        try (RecordingApi api = new RecordingApi(limit, Duration.ofSeconds(1))) {
            int life = 0;
            while (live(s3, kind, api, home, life++)) {
                assertThat(life).as("lives of %s, see %s", kind, home).isLessThan(MOST_LIVES);
                api.nextLife();
            }
            assertThat(api.received()).as("records received").isEqualTo(kind.records);
            assertThat(api.differences()).as("records that changed on the way").isEmpty();
            assertThat(api.refused()).as("requests above the limit").isZero();
            assertThat(api.sentAgain())
                    .as("records sent again after each kill")
                    .allMatch(count -> count <= kind.maxUncheckpointed);
            sentAgain += api.sentAgain().stream().mapToLong(count -> count).sum();
            repeated += api.repeatedInOneLife();
        }
    }

    /** Starts the job and kills it after a while; false if it came to its end before. */
    private boolean live(LocalS3 s3, Kind kind, RecordingApi api, Path home, int life)
            throws Exception {
        Process job = start(s3, kind, api, home, life);
        try {
            int longest = kind.leastMillis + 600 * (life + 1);
            boolean last = kills >= KILLS || life >= MOST_KILLS;
            int millis = random.nextInt(kind.leastMillis, longest);
            if (job.waitFor(last ? 60_000 : millis, TimeUnit.MILLISECONDS)) {
                assertThat(job.exitValue()).as(output(home, life)).isZero();
                return false;
            }
            kills++;
            return true;
        } finally {
            job.destroyForcibly().waitFor();
        }
    }

    private static Process start(LocalS3 s3, Kind kind, RecordingApi api, Path home, int life)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", classPath(), S3ToApi.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "S3_ENDPOINT",
                                s3.endpoint().toString(),
                                "S3_BUCKET",
                                kind.bucket(),
                                "S3_KEY",
                                "customers.csv",
                                "AWS_REGION",
                                LocalS3.REGION,
                                "AWS_ACCESS_KEY_ID",
                                LocalS3.ACCESS_KEY_ID,
                                "AWS_SECRET_ACCESS_KEY",
                                LocalS3.SECRET_ACCESS_KEY,
                                "API_ENDPOINT",
                                api.endpoint().toString(),
                                "BATCH_SIZE",
                                "" + kind.batchSize,
                                "RATE_LIMIT_CALLS",
                                "" + kind.rate,
                                "MAX_UNCHECKPOINTED",
                                "" + kind.maxUncheckpointed));
        File output = home.resolve("life" + life + ".txt").toFile();
        return builder.redirectErrorStream(true).redirectOutput(output).start();
    }

    private static String output(Path home, int life) throws IOException {
        return Files.readString(home.resolve("life" + life + ".txt"));
    }

    /** Surefire's own is a jar that only refers to the real ones. */
    private static String classPath() {
        String real = System.getProperty("surefire.test.class.path");
        return real != null ? real : System.getProperty("java.class.path");
    }
}
