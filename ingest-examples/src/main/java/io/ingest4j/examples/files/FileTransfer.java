package io.ingest4j.examples.files;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.IngestRun;
import io.ingest4j.core.bytes.Bytes;
import io.ingest4j.http.HttpDownload;
import io.ingest4j.s3.S3CheckpointStore;
import io.ingest4j.s3.S3Sink;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/** Streams one file from its URL into an object, once. */
final class FileTransfer {

    /** Where states are kept while files are unfinished, if they are to be continued. */
    static final String STATE_PREFIX = "config/state/";

    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofHours(1);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);
    private static final int CHUNKS_IN_MEMORY = 4;
    private static final long MIN_MEMORY = 64 << 10;
    private static final String DEFAULT_TYPE = "text/csv";
    private static final Pattern CONTENT_TYPE = Pattern.compile("[!-~][ -~]{0,198}[!-~]");

    /** What fits into the metadata of an object. */
    private static final int LONGEST_URL = 1_500;

    private final IngestionSettings settings;
    private final String url;
    private final String shownUrl;
    private final String key;
    private final Instant ingestionTime;
    private final FileView view;
    private final UploadLog uploads = new UploadLog();

    private boolean keeps;
    private boolean isSpoilt;
    private @Nullable IngestRun run;
    private @Nullable String stopReason;

    /**
     * @param url where the file is
     * @param key of the object that it becomes
     * @param ingestionTime kept with the object
     * @param view shows people how far it is
     */
    FileTransfer(
            IngestionSettings settings,
            String url,
            String key,
            Instant ingestionTime,
            FileView view) {
        this.view = view;
        this.settings = settings;
        this.url = url;
        this.key = key;
        this.ingestionTime = ingestionTime;
        shownUrl = ShownUrl.of(url);
    }

    /** Ends the transfer soon; it then failed for this reason. */
    synchronized void stop(String reason) {
        stopReason = reason;
        if (run != null) {
            run.stop();
        }
    }

    private synchronized Optional<IngestRun> start(IngestJob job) {
        if (stopReason == null) {
            run = job.start();
        }
        return Optional.ofNullable(run);
    }

    private synchronized Optional<String> stopReason() {
        return Optional.ofNullable(stopReason);
    }

    /** Gives up a transfer that doesn't end in time. */
    FileResult abandon(String reason, long elapsedMillis) {
        FileResult result = failed(0, reason, Map.of());
        log(result, elapsedMillis);
        return result;
    }

    FileResult transfer() {
        long started = System.nanoTime();
        FileResult result;
        try {
            result = attempt();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            result = failed(0, text(e), Map.of());
        }
        log(result, (System.nanoTime() - started) / 1_000_000);
        return result;
    }

    private FileResult attempt() throws IOException {
        HttpDownload download =
                HttpDownload.of(uri()).allowPrivateAddresses(settings.allowPrivateAddresses());
        if (stopReason().isPresent()) {
            return failed(0, stopReason().get() + " before it began", Map.of());
        }
        ByteObject object = download.objects().get(0);
        String contentType = contentType(download);
        Events.info("file_download_start")
                .addKeyValue("url", shownUrl)
                .addKeyValue("s3_key", key)
                .addKeyValue("expected", object.length())
                .addKeyValue("content_type", contentType)
                .log();
        IngestJob job = job(download, sink(object, contentType));
        Optional<CheckpointStore> store = store(object);
        keeps = store.isPresent();
        FileResult result = run(store.isEmpty() ? job : kept(job, store.get()));
        if (store.isPresent() && isSpoilt) {
            // The file has changed, or its upload is gone: what was kept is of no use.
            result = run(kept(job(download, sink(object, contentType)), store.get()).startOver());
        }
        return store.isPresent() && result.error().isEmpty()
                ? result.and(forget(store.get()))
                : result;
    }

    /** The server's, if it fits into a header. */
    private static String contentType(HttpDownload download) throws IOException {
        String found = download.contentType().orElse(DEFAULT_TYPE);
        return CONTENT_TYPE.matcher(found).matches() ? found : DEFAULT_TYPE;
    }

    private FileResult run(IngestJob job) {
        Optional<IngestRun> started = start(job);
        if (started.isEmpty()) {
            return failed(0, stopReason().orElseThrow() + " before it began", Map.of());
        }
        IngestReport report = started.get().await();
        synchronized (this) {
            run = null; // it holds all that it worked with
        }
        isSpoilt =
                report.failure()
                        .filter(
                                cause ->
                                        cause instanceof SourceChangedException
                                                || cause instanceof CheckpointException)
                        .isPresent();
        return result(report);
    }

    private IngestJob kept(IngestJob job, CheckpointStore store) {
        return job.checkpoint(store).checkpointInterval(settings.stateInterval()).name(jobName());
    }

    private URI uri() throws IOException {
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            throw new IOException("the URL must be an http or https URI, was " + shownUrl, e);
        }
    }

    private IngestJob job(HttpDownload download, S3Sink<ByteBuffer> sink) {
        long memory = Math.max(MIN_MEMORY, (long) CHUNKS_IN_MEMORY * settings.chunkBytes());
        return Ingest.from(download.as(Bytes.chunks(settings.chunkBytes())))
                .maxBufferedBytes(memory)
                .attemptTimeout(PATIENCE)
                .stopTimeout(STOP_TIMEOUT)
                .progressInterval(PROGRESS_INTERVAL)
                .listener(new FileProgress(shownUrl, key, view))
                .to(sink);
    }

    private S3Sink<ByteBuffer> sink(ByteObject object, String contentType) {
        S3Sink<ByteBuffer> sink =
                S3Sink.object(settings.access(), settings.bucket(), key)
                        .partBytes(settings.partBytes())
                        .partsInFlight(settings.partsInFlight())
                        .contentType(contentType)
                        .metadata(
                                Map.of(
                                        "source_url",
                                        shownUrl.substring(
                                                0, Math.min(shownUrl.length(), LONGEST_URL)),
                                        "ingestion_time",
                                        ingestionTime.toString()))
                        .listener(uploads);
        return object.length() == ByteObject.UNKNOWN ? sink : sink.expectedLength(object.length());
    }

    /** Without a version nobody could tell whether the file has changed. */
    private Optional<CheckpointStore> store(ByteObject object) {
        return settings.resume() && !object.version().isEmpty()
                ? Optional.of(
                        S3CheckpointStore.in(settings.access(), settings.bucket(), STATE_PREFIX))
                : Optional.empty();
    }

    /** The same file for the same object is the same job; a signature in the URL may be another. */
    private String jobName() {
        CRC32C digest = new CRC32C();
        digest.update((shownUrl + '\n' + key).getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "http-to-s3-%08x", digest.getValue());
    }

    /** The next ingestion fetches the file anew. Returns the requests that this took. */
    private Map<String, Long> forget(CheckpointStore store) {
        Map<String, Long> before = store.requests();
        try (CheckpointStore.Lease lease = store.acquire(jobName())) {
            lease.clear();
        } catch (CheckpointException e) {
            Events.warn("state_error")
                    .addKeyValue("s3_key", key)
                    .addKeyValue("error", text(e))
                    .log();
        }
        Map<String, Long> requests = new HashMap<>(store.requests());
        before.forEach((kind, count) -> requests.merge(kind, -count, Long::sum));
        return requests;
    }

    private FileResult result(IngestReport report) {
        long bytes = report.ledger().readBytes();
        Map<String, Long> requests = report.ledger().requests();
        if (report.state() == RunState.COMPLETED) {
            return new FileResult(
                    shownUrl, key, bytes, uploads.parts(), Optional.empty(), requests);
        }
        String reason =
                report.failure()
                        .map(FileTransfer::text)
                        .or(this::stopReason)
                        .or(report::pauseReason)
                        .orElse("ended as " + report.state());
        String kept = keeps ? "; what was uploaded is kept, to be continued" : "";
        return failed(bytes, reason + kept, requests);
    }

    private FileResult failed(long bytes, String reason, Map<String, Long> requests) {
        return new FileResult(shownUrl, key, bytes, uploads.parts(), Optional.of(reason), requests);
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getName() : message;
    }

    private void log(FileResult result, long elapsedMillis) {
        if (result.error().isPresent()) {
            fields(Events.error("file_error"), result, elapsedMillis)
                    .addKeyValue("error", result.error().get())
                    .log();
        } else if (result.bytes() == 0) {
            fields(Events.info("file_complete_zero"), result, elapsedMillis).log();
        } else {
            double perSecond = result.bytes() / 1e3 / Math.max(1, elapsedMillis);
            fields(Events.info("file_complete"), result, elapsedMillis)
                    .addKeyValue("avg_mbps", Math.round(perSecond * 100) / 100.0)
                    .log();
        }
    }

    private static LoggingEventBuilder fields(
            LoggingEventBuilder event, FileResult result, long elapsedMillis) {
        return event.addKeyValue("url", result.url())
                .addKeyValue("s3_key", result.key())
                .addKeyValue("bytes", result.bytes())
                .addKeyValue("parts", result.parts())
                .addKeyValue("elapsed_ms", elapsedMillis);
    }
}
