package io.ingest4j.examples.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.examples.server.FileServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** An upload as a process that dies at every step of it, one after the other, and is started again. */
@Execution(ExecutionMode.CONCURRENT) // it starts one process after the other, and waits for each
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGKILL")
class KilledUploadTest {

    private static final long LENGTH = 2L * (5 << 20) + 7;
    private static final int KILLED = 128 + 9;
    private static final int MOST_STEPS = 40;
    private static final Set<String> BEFORE_THE_FIRST_STATE =
            Set.of("CREATE_START", "CREATE_COMPLETE");

    @TempDir Path directory;

    @Test
    void killedAtAnyStep_theObjectIsTheFileAndNoUploadIsLeft() throws Exception {
        Set<String> steps = new TreeSet<>();
        try (Bucket bucket = Bucket.start();
                FileServer files = FileServer.start(Map.of("file", LENGTH))) {
            String digest = Bucket.digestOfFile(LENGTH);
            int step = 1;
            while (dies(bucket, files, step, steps)) {
                String key = "step" + step;
                boolean isKnown = !BEFORE_THE_FIRST_STATE.contains(lastStep(step));
                Map<String, Long> requests =
                        UploadJob.run(bucket.environment(), arguments(files, step, 0, !isKnown));
                if (lastStep(step).startsWith("COMPLETE_")) { // the state has all parts
                    assertThat(requests).as(key).doesNotContainKey("create_multipart");
                }
                assertThat(bucket.digest(key)).as(key).isEqualTo(digest);
                assertThat(bucket.uploads()).as("uploads after %s", key).isZero();
                step++;
                assertThat(step).isLessThan(MOST_STEPS);
            }
        }
        assertThat(steps)
                .containsExactly(
                        "COMPLETE_DONE",
                        "COMPLETE_START",
                        "CREATE_COMPLETE",
                        "CREATE_START",
                        "PART_COMPLETE",
                        "PART_START");
    }

    private boolean dies(Bucket bucket, FileServer files, int step, Set<String> steps)
            throws Exception {
        int code = run(bucket, arguments(files, step, step, true), step);
        if (code == 0) {
            return false; // it has no so many steps
        }
        assertThat(code).as(output(step)).isEqualTo(KILLED);
        steps.add(lastStep(step));
        return true;
    }

    private String lastStep(int step) throws IOException {
        List<String> lines = Files.readAllLines(log(step));
        return lines.get(lines.size() - 1);
    }

    private String[] arguments(FileServer files, int step, int dieAt, boolean sweeps) {
        return new String[] {
            files.uri("file").toString(),
            "step" + step,
            directory.resolve("state" + step).toString(),
            "" + dieAt,
            "" + sweeps
        };
    }

    private int run(Bucket bucket, String[] arguments, int step) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Dlogback.configurationFile=logback-events.xml");
        command.addAll(List.of("-cp", classPath(), UploadJob.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(bucket.environment());
        Process job = builder.redirectOutput(log(step).toFile()).start();
        try {
            assertThat(job.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
            return job.exitValue();
        } finally {
            job.destroyForcibly().waitFor();
        }
    }

    private Path log(int step) {
        return directory.resolve("log" + step);
    }

    private String output(int step) throws IOException {
        return Files.readString(log(step));
    }

    private static String classPath() {
        String real = System.getProperty("surefire.test.class.path");
        return real != null ? real : System.getProperty("java.class.path");
    }
}
