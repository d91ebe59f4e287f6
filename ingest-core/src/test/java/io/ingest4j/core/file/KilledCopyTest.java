package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that gathers a file, as a process that is killed with SIGKILL until it has completed. */
@Execution(ExecutionMode.CONCURRENT)
class KilledCopyTest {

    private static final int RECORDS = 120_000;
    private static final int MOST_LIVES = 40;

    @TempDir Path directory;
    private final SplittableRandom random = new SplittableRandom();

    @ParameterizedTest
    @ValueSource(strings = {"csv", "ndjson"})
    void killed_at_any_instant_the_file_is_that_of_one_undisturbed_run(String kind)
            throws Exception {
        Path source = source();
        Path undisturbed = directory.resolve("undisturbed." + kind);
        CopyJob.copy(source, undisturbed, directory.resolve("state-undisturbed"));
        Path copy = directory.resolve("copy." + kind);
        int lives = 1;
        while (live(source, copy, lives)) {
            if (Files.exists(copy)) { // between the file's completion and the end of the process
                assertThat(copy).as("life %d", lives).hasSameBinaryContentAs(undisturbed);
            }
            assertThat(lives++).isLessThan(MOST_LIVES);
        }
        assertThat(copy).hasSameBinaryContentAs(undisturbed);
        assertThat(lives).as("lives").isGreaterThan(1);
        assertThat(directory).isDirectoryNotContaining("glob:**partial");
    }

    private Path source() throws IOException {
        StringBuilder csv = new StringBuilder("id,name,note\n");
        for (int i = 0; i < RECORDS; i++) {
            csv.append(i).append(",name ").append(i % 97).append(",\"a, \"\"b\"\"\nc\"\n");
        }
        return Files.writeString(directory.resolve("source.csv"), csv);
    }

    private boolean hasPartialFile() throws IOException {
        try (DirectoryStream<Path> partial = Files.newDirectoryStream(directory, "*partial")) {
            return partial.iterator().hasNext();
        }
    }

    /**
     * Starts the job and kills it after a while, or when the file gets its name; at first when there is
     * something of it. False if it ended by itself.
     */
    private boolean live(Path source, Path copy, int life) throws Exception {
        String real = System.getProperty("surefire.test.class.path");
        Path output = directory.resolve("life" + life + ".txt");
        Process job =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                real != null ? real : System.getProperty("java.class.path"),
                                CopyJob.class.getName(),
                                source.toString(),
                                copy.toString(),
                                directory.resolve("state").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            boolean stood = Files.exists(copy);
            int longest = life == 1 ? Integer.MAX_VALUE : random.nextInt(200, 700 + 300 * life);
            for (int millis = 0; millis < longest; millis++) {
                if (job.waitFor(1, TimeUnit.MILLISECONDS)) {
                    assertThat(job.exitValue()).as(Files.readString(output)).isZero();
                    return false;
                }
                if (!stood && Files.exists(copy) || life == 1 && hasPartialFile()) {
                    return true;
                }
            }
            return true;
        } finally {
            job.destroyForcibly().waitFor();
        }
    }
}
