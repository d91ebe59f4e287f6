package io.ingest4j.examples.files;

import io.ingest4j.s3.S3Sink;
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
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
        List<String> urls;
        try {
            Parameters parameters = Parameters.read(settings);
            count(parameters.requests());
            urls = parameters.urls();
        } catch (IOException | RuntimeException e) {
            String reason = String.valueOf(e.getMessage());
            Events.error("parameters_load_error").addKeyValue("error", reason).log();
            return Reply.error(500, reason);
        }
        if (urls.isEmpty()) {
            Events.warn("no_file_urls").addKeyValue("s3_key", Parameters.KEY).log();
            return Reply.error(400, "file_urls in " + Parameters.KEY + " must not be empty, was");
        }
        abortOrphans();
        return stream(urls);
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
        Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
        Map<String, Long> counts = allCounts();
        logCounts(counts);
        Reply reply = Reply.summary(results, counts, elapsed);
        Events.info("lambda_complete")
                .addKeyValue("total_files", results.size())
                .addKeyValue("failed", reply.failed())
                .addKeyValue("total_bytes", Reply.totalBytes(results))
                .addKeyValue("elapsed_ms", elapsed.toMillis())
                .log();
        return reply;
    }

    private static void logCounts(Map<String, Long> counts) {
        LoggingEventBuilder event = Events.info("s3_request_counters");
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            event = event.addKeyValue(count.getKey(), count.getValue());
        }
        event.log();
    }

    private synchronized void plan(List<String> urls) {
        FileNames names = new FileNames(settings.names());
        for (String url : urls) {
            FileTransfer transfer =
                    new FileTransfer(settings, url, path() + '/' + names.next(url), now, lines);
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
        ExecutorService executor =
                Executors.newFixedThreadPool(Math.min(settings.concurrency(), transfers.size()));
        try {
            List<CompletableFuture<FileResult>> results =
                    transfers.stream()
                            .map(
                                    transfer ->
                                            CompletableFuture.supplyAsync(
                                                    transfer::transfer, executor))
                            .toList();
            return results.stream().map(CompletableFuture::join).toList();
        } finally {
            executor.shutdown();
        }
    }

    /** A process that was killed left uploads behind, which cost money and which nobody sees. */
    private void abortOrphans() {
        if (settings.orphanAge().isZero()) {
            return;
        }
        String prefix = settings.prefix().isEmpty() ? "" : settings.prefix() + '/';
        try {
            int aborted =
                    S3Sink.abortUploads(
                            settings.access(), settings.bucket(), prefix, settings.orphanAge());
            if (aborted > 0) {
                Events.warn("orphans_aborted").addKeyValue("uploads", aborted).log();
            }
        } catch (IOException | RuntimeException e) {
            Events.warn("orphans_error").addKeyValue("error", e.getMessage()).log();
        }
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
}
