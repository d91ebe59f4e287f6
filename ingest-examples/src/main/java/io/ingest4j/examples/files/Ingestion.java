package io.ingest4j.examples.files;

import io.ingest4j.s3.S3Source;
import io.ingest4j.s3.S3Uploads;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Streams all files that the parameters name into the bucket, several at a time, under the date of the
 * day. What fails with one of them doesn't stop the others. Used once.
 */
public final class Ingestion {

    private static final List<String> KINDS =
            List.of(
                    "create_multipart",
                    "upload_part",
                    "complete_multipart",
                    "abort_multipart",
                    "put_object",
                    "get_object",
                    "list_parts",
                    "head_object");
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyy/MM/dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final IngestionSettings settings;
    private final Consumer<String> lines;
    private final Instant now;
    private final long startNanos = System.nanoTime();
    private final ExecutorService executor;
    private final CompletableFuture<Void> abandoned = new CompletableFuture<>();
    private final Map<String, Long> requests = new TreeMap<>();
    private final List<FileTransfer> transfers = new ArrayList<>();
    private @Nullable String stopReason;

    /**
     * Prepares an ingestion.
     *
     * @param settings what it is told
     * @param clock gives the day
     * @param lines gets a line now and then for each file, for people
     */
    public Ingestion(IngestionSettings settings, InstantSource clock, Consumer<String> lines) {
        this.settings = settings;
        this.lines = lines;
        now = clock.instant();
        executor = Executors.newFixedThreadPool(settings.concurrency(), Ingestion::daemon);
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "ingestion");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Ends it soon: what is under way is aborted, or kept if it is to be continued.
     *
     * @param reason the error of each file that isn't done
     */
    public synchronized void stop(String reason) {
        stopReason = reason;
        transfers.forEach(transfer -> transfer.stop(reason));
    }

    /** Waits no longer for what was stopped: {@link #run} returns at once. */
    public void abandon() {
        abandoned.complete(null);
    }

    /**
     * Does it all.
     *
     * @return the summary, or what was wrong with the parameters
     */
    public Reply run() {
        Events.info("lambda_start")
                .addKeyValue("bucket", settings.bucket())
                .addKeyValue("prefix", settings.prefix())
                .log();
        try {
            Optional<List<String>> urls = urls();
            if (urls.isEmpty()) {
                String reason = "file_urls in " + Parameters.KEY + " must not be empty, was";
                Events.warn("no_file_urls").addKeyValue("error", reason).log();
                logCounts();
                return Reply.error(400, reason);
            }
            abortOrphans();
            return stream(urls.get());
        } catch (IOException e) {
            Events.error("parameters_load_error").addKeyValue("error", e.getMessage()).log();
            logCounts();
            return Reply.error(500, String.valueOf(e.getMessage()));
        } finally {
            executor.shutdown();
        }
    }

    /**
     * Answers for an ingestion that could not even begin.
     *
     * @param cause why
     * @return the answer
     */
    public static Reply fatal(Exception cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        Events.error("lambda_fatal").addKeyValue("error", reason).log();
        return Reply.error(500, reason);
    }

    private Optional<List<String>> urls() throws IOException {
        S3Source source = Parameters.source(settings);
        try {
            return Optional.of(inTime(() -> Parameters.urls(source)))
                    .filter(urls -> !urls.isEmpty());
        } finally {
            count(source.requests());
        }
    }

    /** A process that was killed left uploads behind, which cost money and which nobody sees. */
    private void abortOrphans() {
        if (settings.orphanAge().isZero() || settings.prefix().isEmpty()) {
            return;
        }
        S3Uploads uploads =
                S3Uploads.under(settings.access(), settings.bucket(), settings.prefix() + '/');
        try {
            int aborted = inTime(() -> uploads.abortOlderThan(settings.orphanAge()));
            if (aborted > 0) {
                Events.warn("orphans_aborted").addKeyValue("uploads", aborted).log();
            }
        } catch (IOException e) {
            Events.warn("orphans_error").addKeyValue("error", e.getMessage()).log();
        } finally {
            count(uploads.requests());
        }
    }

    /** Does something elsewhere and waits for it, but not longer than there is time. */
    private <V> V inTime(Callable<V> work) throws IOException {
        FutureTask<V> task = new FutureTask<>(work);
        CompletableFuture<Void> done = CompletableFuture.runAsync(task, executor);
        CompletableFuture.anyOf(done, abandoned).join();
        if (!done.isDone()) {
            throw new IOException(reasonToStop());
        }
        try {
            return task.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof IOException failure
                    ? failure
                    : new IOException(cause == null ? "unknown" : cause.getMessage(), cause);
        } catch (InterruptedException e) {
            throw new IllegalStateException("it is done", e);
        }
    }

    private synchronized String reasonToStop() {
        return stopReason == null ? "abandoned" : stopReason;
    }

    private Reply stream(List<String> urls) {
        plan(urls);
        Events.info("ingestion_plan")
                .addKeyValue("files", urls.size())
                .addKeyValue("concurrency", settings.concurrency())
                .addKeyValue("part_mb", settings.partBytes() >> 20)
                .addKeyValue("parts_in_flight", settings.partsInFlight())
                .addKeyValue("path", path())
                .log();
        List<FileResult> results = transferAll();
        results.forEach(result -> count(result.requests()));
        logCounts();
        Duration elapsed = elapsed();
        Reply reply = Reply.summary(results, allCounts(), elapsed);
        Events.info("lambda_complete")
                .addKeyValue("total_files", results.size())
                .addKeyValue("failed", reply.failed())
                .addKeyValue("total_bytes", Reply.totalBytes(results))
                .addKeyValue("elapsed_ms", elapsed.toMillis())
                .log();
        return reply;
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private synchronized void plan(List<String> urls) {
        List<String> names = new FileNames(settings.names()).all(urls);
        for (int i = 0; i < urls.size(); i++) {
            String key = path() + '/' + names.get(i);
            FileTransfer transfer = new FileTransfer(settings, urls.get(i), key, now, lines);
            if (stopReason != null) {
                transfer.stop(stopReason);
            }
            transfers.add(transfer);
        }
    }

    private String path() {
        String day = DAY.format(now);
        return settings.prefix().isEmpty() ? day : settings.prefix() + '/' + day;
    }

    private List<FileResult> transferAll() {
        List<CompletableFuture<FileResult>> results =
                transfers.stream()
                        .map(
                                transfer ->
                                        CompletableFuture.supplyAsync(transfer::transfer, executor))
                        .toList();
        CompletableFuture<Void> all =
                CompletableFuture.allOf(results.toArray(new CompletableFuture<?>[0]));
        CompletableFuture.anyOf(all, abandoned).join();
        List<FileResult> known = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            CompletableFuture<FileResult> result = results.get(i);
            known.add(
                    result.isDone()
                            ? result.join()
                            : transfers.get(i).abandon(reasonToStop(), elapsed().toMillis()));
        }
        return known;
    }

    /** The downloads' own requests cost nothing here. */
    private void count(Map<String, Long> more) {
        more.forEach(
                (kind, count) -> {
                    if (!kind.startsWith("http_")) {
                        requests.merge(kind, count, Long::sum);
                    }
                });
    }

    private Map<String, Long> allCounts() {
        Map<String, Long> counts = new TreeMap<>(requests);
        KINDS.forEach(kind -> counts.putIfAbsent(kind, 0L));
        counts.put("total", requests.values().stream().mapToLong(count -> count).sum());
        return counts;
    }

    private void logCounts() {
        LoggingEventBuilder event = Events.info("s3_request_counters");
        for (Map.Entry<String, Long> count : allCounts().entrySet()) {
            event = event.addKeyValue(count.getKey(), count.getValue());
        }
        event.log();
    }
}
