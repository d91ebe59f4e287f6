package io.ingest4j.examples;

import io.ingest4j.api.IngestException;
import io.ingest4j.examples.service.Demo;
import io.ingest4j.examples.service.RunningService;
import io.ingest4j.examples.service.ServiceLog;
import io.ingest4j.examples.service.ServiceSettings;
import io.ingest4j.examples.settings.DotEnv;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * An HTTP service on a {@link io.ingest4j.api.PriorityBatchScheduler}: takes lists of ids with a
 * priority and has them processed, so many in a period. {@code --help} tells the rest.
 */
public final class IngestService {

    static final int DONE = 0;
    static final int FAILED = 1;
    static final int BAD_SETTINGS = 2;
    static final int STOPPED = 130;

    private static final String DEMO = "--demo";

    static {
        // Before the first logger is made: everything to standard error, and no files.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "logback-service.xml");
        }
    }

    private final Map<String, String> environment;
    private final Duration demoPeriod;

    IngestService(Map<String, String> environment, Duration demoPeriod) {
        this.environment = environment;
        this.demoPeriod = demoPeriod;
    }

    /**
     * Runs until it is stopped; exits the JVM only with a code other than 0.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        StopSignal signal = new StopSignal();
        signal.install();
        int code = FAILED;
        boolean exits = true;
        try {
            ServiceLog.onOutOfMemory(IngestService::endAtOnce);
            code =
                    new IngestService(System.getenv(), Duration.ofSeconds(5))
                            .run(Path.of(""), System.out, System.err, signal, args);
        } finally {
            exits = signal.finish(code);
        }
        if (exits && code != DONE) {
            System.exit(code);
        }
    }

    /**
     * An end in order would need memory. Nothing is lost that was acknowledged, as by any kill, and a
     * supervisor starts it again.
     */
    private static void endAtOnce(Throwable failure) {
        try {
            System.err.println(
                    "IngestService: out of memory, it can't go on and ends: "
                            + failure.getMessage()
                            + "; give it more (-Xmx), or less to keep (MAX_QUEUED, MAX_IDS)");
        } finally {
            Runtime.getRuntime().halt(FAILED);
        }
    }

    /** Does all that the program does and returns its exit code. */
    int run(Path directory, PrintStream out, PrintStream err, StopSignal signal, String... args) {
        try {
            Arguments arguments = Arguments.parse(Set.of(), Set.of(DEMO, Arguments.HELP), args);
            if (arguments.has(Arguments.HELP)) {
                out.println(IngestServiceHelp.TEXT);
                return DONE;
            }
            if (arguments.has(DEMO)) {
                signal.onStop(() -> Runtime.getRuntime().halt(STOPPED)); // there is nothing to keep
                Demo.play(demoPeriod, out);
                return DONE;
            }
            Variables variables =
                    new Variables(Map.of(), environment, DotEnv.read(directory.resolve(".env")));
            return serve(ServiceSettings.read(variables, directory), out, err, signal);
        } catch (SettingsException e) {
            err.println("IngestService: " + e.getMessage());
            return BAD_SETTINGS;
        } catch (IOException | IngestException e) {
            err.println("IngestService: " + FailureText.of(e));
            return FAILED;
        } catch (RuntimeException e) {
            err.println(
                    "IngestService: " + e.getClass().getSimpleName() + ": " + FailureText.of(e));
            return FAILED;
        }
    }

    private static int serve(
            ServiceSettings settings, PrintStream out, PrintStream err, StopSignal signal)
            throws IOException {
        ServiceLog.setLevel(settings.logLevel());
        CompletableFuture<Integer> code = new CompletableFuture<>();
        signal.onStop(() -> code.complete(STOPPED));
        try (RunningService service = RunningService.start(settings)) {
            endOn(service.failure(), code, err);
            out.println(service.address());
            out.flush();
            return code.join();
        }
    }

    /** A service without its scheduler would take what it never processes. */
    static void endOn(
            CompletionStage<Throwable> failure, CompletableFuture<Integer> code, PrintStream err) {
        failure.thenAccept(
                cause -> {
                    if (code.complete(FAILED)) {
                        err.println(
                                "IngestService: the scheduler has ended: " + FailureText.of(cause));
                    }
                });
    }
}
