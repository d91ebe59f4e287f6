package io.ingest4j.examples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.ingest4j.examples.files.FileView;
import io.ingest4j.examples.files.Ingestion;
import io.ingest4j.examples.files.IngestionSettings;
import io.ingest4j.examples.files.JsonLines;
import io.ingest4j.examples.files.LocalIngestion;
import io.ingest4j.examples.files.Reply;
import io.ingest4j.examples.settings.DotEnv;
import io.ingest4j.examples.settings.S3Variables;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import io.ingest4j.s3.S3Access;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.event.Level;

/**
 * Streams files from HTTP into S3, as an AWS Lambda function (handler {@code
 * io.ingest4j.examples.HttpToS3}) or as a program. The program without any setting brings a file server
 * and an S3 server along; {@code --help} tells the rest.
 */
public final class HttpToS3 implements RequestStreamHandler {

    static final int COMPLETED = 0;
    static final int FAILED = 1;
    static final int BAD_SETTINGS = 2;
    static final int STOPPED = 130;

    private static final String FILE_MB = "--file-mb";

    /** What is left of a function's time when it stops its work: to abort, report and answer. */
    private static final Duration RESERVE = Duration.ofSeconds(8);

    static {
        // Before the first logger is made: lines of JSON, and no files.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "logback-events.xml");
        }
    }

    private final Map<String, String> environment;
    private final InstantSource clock;

    /** Made by the Lambda runtime. */
    public HttpToS3() {
        this(System.getenv(), InstantSource.system());
    }

    HttpToS3(Map<String, String> environment, InstantSource clock) {
        this.environment = environment;
        this.clock = clock;
    }

    /**
     * Runs as a Lambda function. Whatever happens is answered, so that nothing is tried again by itself.
     *
     * @param input ignored, so any trigger will do
     * @param output gets {@code {"statusCode": …, "body": "…"}}
     * @param context gives the id of the request and the time that is left
     */
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        Variables variables = new Variables(Map.of(), environment, Map.of());
        String requestId = context.getAwsRequestId();
        Reply reply;
        try {
            reply =
                    run(
                            variables,
                            Optional.empty(),
                            requestId,
                            FileView.none(),
                            ingestion -> stopInTime(ingestion, context.getRemainingTimeInMillis()));
        } catch (SettingsException | RuntimeException e) {
            reply = Ingestion.fatal(e);
        }
        output.write(reply.toJson().getBytes(StandardCharsets.UTF_8));
    }

    /** Stops when the time is nearly up, and then waits no longer; returns how to call that off. */
    private static Runnable stopInTime(Ingestion ingestion, long millisLeft) {
        long reserve = Math.min(RESERVE.toMillis(), millisLeft / 2);
        Runnable stop = () -> ingestion.stop("stopped " + reserve + " ms before the deadline");
        CompletableFuture<Boolean> stopping = after(millisLeft - reserve, stop);
        CompletableFuture<Boolean> leaving = after(millisLeft - reserve / 4, ingestion::abandon);
        return () -> {
            stopping.complete(false);
            leaving.complete(false);
        };
    }

    /** Does something later, unless that is called off by completing it with false. */
    private static CompletableFuture<Boolean> after(long millis, Runnable action) {
        CompletableFuture<Boolean> timer = new CompletableFuture<>();
        CompletableFuture<Void> unused =
                timer.thenAccept(
                        isTime -> {
                            if (isTime) {
                                action.run();
                            }
                        });
        return timer.completeOnTimeout(true, millis, TimeUnit.MILLISECONDS);
    }

    /** Says how an ingestion can be stopped. */
    private interface Stopping {
        /** Returns what ends that. */
        Runnable prepare(Ingestion ingestion);
    }

    /**
     * Runs an ingestion.
     *
     * @param access to an S3 server of the program's own
     * @param view shows people how far the files are
     */
    private Reply run(
            Variables variables,
            Optional<S3Access> access,
            String requestId,
            FileView view,
            Stopping stopping)
            throws SettingsException {
        JsonLines.begin(Level.INFO, requestId);
        IngestionSettings settings = IngestionSettings.read(variables, access);
        JsonLines.begin(settings.logLevel(), requestId);
        Ingestion ingestion = new Ingestion(settings, clock, view);
        Runnable end = stopping.prepare(ingestion);
        try {
            return ingestion.run();
        } finally {
            end.run();
        }
    }

    /**
     * Runs as a program; exits the JVM only with a code other than 0.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        StopSignal signal = new StopSignal();
        signal.install();
        int code = FAILED;
        boolean exits = true;
        try {
            code = new HttpToS3().run(Path.of(""), System.out, System.err, signal, args);
        } finally {
            exits = signal.finish(code);
        }
        if (exits && code != COMPLETED) {
            System.exit(code);
        }
    }

    /** Does all that the program does and returns its exit code. */
    int run(Path directory, PrintStream out, PrintStream err, StopSignal signal, String... args) {
        try {
            Arguments arguments =
                    Arguments.parse(Set.of(FILE_MB), Set.of(Arguments.SERVE, Arguments.HELP), args);
            if (arguments.has(Arguments.HELP)) {
                out.println(HttpToS3Help.TEXT);
                return COMPLETED;
            }
            Map<String, String> dotEnv = DotEnv.read(directory.resolve(".env"));
            Variables variables = new Variables(Map.of(), environment, dotEnv);
            boolean isLocal =
                    variables.text(IngestionSettings.BUCKET_NAME).isEmpty()
                            && variables.text(S3Variables.S3_ENDPOINT).isEmpty();
            if (arguments.has(Arguments.SERVE)) {
                return serve(arguments, out, signal);
            }
            if (!isLocal && arguments.options().containsKey(FILE_MB)) {
                throw new SettingsException(
                        FILE_MB + " must not be given with a bucket of yours, was");
            }
            String id = UUID.randomUUID().toString();
            Reply reply =
                    isLocal
                            ? runLocally(arguments, dotEnv, id, err, signal)
                            : run(
                                    variables,
                                    Optional.empty(),
                                    id,
                                    FileView.none(),
                                    stoppingOn(signal));
            out.println(reply.indentedBody());
            return signal.isStopped() ? STOPPED : exitCode(reply);
        } catch (SettingsException e) {
            err.println("HttpToS3: " + e.getMessage());
            return BAD_SETTINGS;
        } catch (IOException | RuntimeException e) {
            err.println("HttpToS3: " + e);
            return FAILED;
        }
    }

    private Reply runLocally(
            Arguments arguments,
            Map<String, String> dotEnv,
            String requestId,
            PrintStream err,
            StopSignal signal)
            throws IOException, SettingsException {
        err.println("HttpToS3: starting a file server and an S3 server of its own");
        try (LocalIngestion local = LocalIngestion.start(fileBytes(arguments))) {
            Map<String, String> defaults = new HashMap<>(local.variables());
            defaults.putAll(dotEnv);
            Variables variables = new Variables(Map.of(), environment, defaults);
            return run(
                    variables,
                    Optional.of(local.access()),
                    requestId,
                    FileView.on(err, Terminal.isInteractive()),
                    stoppingOn(signal));
        }
    }

    private static long fileBytes(Arguments arguments) throws SettingsException {
        Variables sizes = new Variables(arguments.options(), Map.of(), Map.of());
        return 1_000_000 * sizes.number(FILE_MB, "", 1, 100_000, 200);
    }

    /** Brings the servers along for a program in another JVM. */
    private static int serve(Arguments arguments, PrintStream out, StopSignal signal)
            throws IOException, SettingsException {
        CountDownLatch stopped = new CountDownLatch(1);
        try (LocalIngestion local = LocalIngestion.start(fileBytes(arguments))) {
            signal.onStop(stopped::countDown);
            local.environment().forEach((name, value) -> out.println(name + "=" + value));
            out.flush();
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return STOPPED;
    }

    private static Stopping stoppingOn(StopSignal signal) {
        return ingestion -> {
            signal.onStop(() -> ingestion.stop("stopped by a signal"));
            return () -> {};
        };
    }

    private static int exitCode(Reply reply) {
        return reply.statusCode() == 200 && reply.failed() == 0 ? COMPLETED : FAILED;
    }
}
