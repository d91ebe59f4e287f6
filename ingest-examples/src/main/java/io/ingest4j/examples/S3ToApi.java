package io.ingest4j.examples;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.IngestRun;
import io.ingest4j.core.RunFailedException;
import io.ingest4j.examples.server.Counts;
import io.ingest4j.examples.settings.SettingsException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the records of a CSV object on S3 to a rate-limited HTTP API. Without any setting it brings both
 * ends along; {@code --help} tells the rest.
 */
public final class S3ToApi {

    private static final Logger LOG = LoggerFactory.getLogger(S3ToApi.class);

    static final int COMPLETED = 0;
    static final int FAILED = 1;
    static final int BAD_SETTINGS = 2;
    static final int PAUSED = 3;
    static final int STOPPED = 130;

    private static final String GOES_ON = "the same command goes on from here";

    private final Map<String, String> environment;
    private final Path directory;
    private final PrintStream out;
    private final PrintStream err;
    private final StopSignal signal;

    S3ToApi(
            Map<String, String> environment,
            Path directory,
            PrintStream out,
            PrintStream err,
            StopSignal signal) {
        this.environment = environment;
        this.directory = directory;
        this.out = out;
        this.err = err;
        this.signal = signal;
    }

    /**
     * Runs the program; exits the JVM only with a code other than 0.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        prepareHttpClient(System.getProperties());
        StopSignal signal = new StopSignal();
        signal.install();
        int code = FAILED;
        boolean exits = true;
        try {
            code =
                    new S3ToApi(System.getenv(), Path.of(""), System.out, System.err, signal)
                            .run(args);
        } finally {
            exits = signal.finish(code);
        }
        if (exits && code != COMPLETED) {
            System.exit(code);
        }
    }

    /**
     * The JDK's client reads these once, when it is first used: it must not send a request twice behind
     * our back, nor one on a connection that the server is about to close.
     */
    private static void prepareHttpClient(Properties properties) {
        properties.putIfAbsent("jdk.httpclient.redirects.retrylimit", "1");
        properties.putIfAbsent("jdk.httpclient.keepalive.timeout", "20");
    }

    /** Does all that the program does and returns its exit code. */
    int run(String... args) {
        try {
            Arguments arguments = Arguments.parse(args);
            if (arguments.has(Arguments.HELP)) {
                out.println(Help.TEXT);
                return COMPLETED;
            }
            return run(Settings.read(arguments, environment, directory));
        } catch (SettingsException e) {
            return fail(e, BAD_SETTINGS);
        } catch (IOException | RuntimeException e) {
            return signal.isStopped() ? STOPPED : fail(e, FAILED);
        }
    }

    private int fail(Exception failure, int code) {
        LOG.debug("failed", failure);
        String message = failure.getMessage();
        err.println("S3ToApi: " + (message == null ? failure.toString() : message));
        return code;
    }

    private int run(Settings settings) throws IOException {
        if (settings.ends().isPresent()) {
            Ends ends = settings.ends().get();
            say(announcement(settings, ends));
            Reachability.check(ends.api());
            return transfer(settings, ends, Optional.empty());
        }
        LOG.info("starting own ends for {}", settings);
        signal.onStop(Thread.currentThread()::interrupt);
        if (!settings.serve()) {
            say(
                    String.format(
                            Locale.ROOT,
                            "starting an S3 server with %,d records and an API of its own",
                            settings.records()));
        }
        try (LocalEnds local = LocalEnds.start(settings)) {
            if (settings.serve()) {
                return serve(settings, local);
            }
            say("warming up, without the limit");
            local.warmUp(settings);
            say(announcement(settings, local.ends()));
            return transfer(settings, local.ends(), Optional.of(local));
        }
    }

    /** At once, also where output is kept back. */
    private void say(String line) {
        out.println(line);
        out.flush();
    }

    private int serve(Settings settings, LocalEnds local) {
        CountDownLatch stopped = new CountDownLatch(1);
        signal.onStop(stopped::countDown);
        local.variables().forEach((name, value) -> out.println(name + "=" + value));
        out.println("RATE_LIMIT_CALLS=" + settings.rateLimitCalls());
        out.println("RATE_LIMIT_PERIOD=" + settings.rateLimitPeriod().toSeconds());
        out.flush();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        err.println(local.counts());
        return STOPPED;
    }

    private int transfer(Settings settings, Ends ends, Optional<LocalEnds> local)
            throws IOException {
        if (signal.isStopped()) {
            return STOPPED;
        }
        String name = local.isPresent() ? LocalEnds.jobName(settings) : Transfer.name(ends);
        IngestJob job = Transfer.job(settings, ends, name).listener(new Continuation(out));
        local.ifPresent(own -> own.identify(job, settings));
        IngestRun run = job.start();
        signal.onStop(run::stop);
        IngestReport report = run.await();
        Optional<Counts> counts = local.map(LocalEnds::counts);
        out.println(report);
        sayHowToGoOn(report, settings.failed());
        counts.ifPresent(out::println);
        if (settings.report().isPresent()) {
            write(settings.report().get(), report, counts);
        }
        boolean isReplay = settings.replay().isPresent();
        if (local.isPresent() && !isReplay && report.state() == RunState.COMPLETED) {
            local.get().forget(settings);
        }
        return exitCode(report);
    }

    private void sayHowToGoOn(IngestReport report, Path failed) {
        long givenUp = report.ledger().deadLettered();
        if (givenUp > 0) {
            out.println(
                    String.format(
                            Locale.ROOT,
                            "%,d record(s) given up, see %s; --replay tries them again",
                            givenUp,
                            failed));
        }
        if (report.state() != RunState.COMPLETED) {
            out.println(report.failure().map(S3ToApi::remedy).orElse(GOES_ON));
        }
    }

    /** Says which command does what this one didn't. */
    private static String remedy(Throwable failure) {
        if (failure instanceof SourceChangedException) {
            return "the same command does not go on, as its source has changed since; with --start-over it"
                    + " begins anew, and sends all records that are there now";
        }
        return failure instanceof CheckpointException
                ? GOES_ON + ", or begins anew with --start-over"
                : GOES_ON;
    }

    private static String announcement(Settings settings, Ends ends) {
        URI api = ends.api();
        String from =
                settings.replay().isPresent()
                        ? settings.replay().get().toString()
                        : "s3://" + ends.bucket() + '/' + ends.key();
        String limit =
                settings.rateLimitCalls() == 0
                        ? "no limit"
                        : String.format(
                                Locale.ROOT,
                                "at most %,d requests in any %d s",
                                settings.rateLimitCalls(),
                                settings.rateLimitPeriod().toSeconds());
        return String.format(
                Locale.ROOT,
                "from %s%nto %s://%s%s%n%,d record(s) a request, %s",
                from,
                api.getScheme(),
                api.getRawAuthority(),
                api.getRawPath(),
                settings.batchSize(),
                limit);
    }

    /** The report is an object, to which the API's counts are added as one more member. */
    private static void write(Path file, IngestReport report, Optional<Counts> counts)
            throws IOException {
        String json = report.toJson();
        String server = counts.map(c -> ",\"server\":" + c.toJson()).orElse("");
        Files.writeString(file, json.substring(0, json.lastIndexOf('}')) + server + "}\n");
    }

    private int exitCode(IngestReport report) {
        try {
            return switch (report.orThrow().state()) {
                case COMPLETED -> COMPLETED;
                case STOPPED -> STOPPED;
                case PAUSED -> PAUSED;
                default -> FAILED;
            };
        } catch (RunFailedException e) {
            return fail(e, FAILED);
        }
    }
}
