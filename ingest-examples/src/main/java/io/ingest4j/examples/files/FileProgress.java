package io.ingest4j.examples.files;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import java.util.Locale;
import java.util.function.Consumer;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs how far a file is. */
final class FileProgress implements IngestListener {

    private final String url;
    private final String key;
    private final Consumer<String> lines;

    FileProgress(String url, String key, Consumer<String> lines) {
        this.lines = lines;
        this.url = url;
        this.key = key;
    }

    @Override
    public void onProgress(Progress progress) {
        LoggingEventBuilder event =
                Events.info("file_progress")
                        .addKeyValue("url", url)
                        .addKeyValue("s3_key", key)
                        .addKeyValue("bytes", progress.readBytes());
        if (progress.totalBytes() >= 0) {
            event =
                    event.addKeyValue("expected", progress.totalBytes())
                            .addKeyValue("percent", percent(progress));
        }
        event.log();
        lines.accept(line(progress));
    }

    private String line(Progress progress) {
        double megabytes = progress.readBytes() / 1e6;
        String of =
                progress.totalBytes() < 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " of %,.1f MB  %5.1f %%",
                                progress.totalBytes() / 1e6,
                                percent(progress));
        double seconds = Math.max(1e-3, progress.elapsed().toMillis() / 1e3);
        return String.format(
                Locale.ROOT,
                "%-40s %,9.1f MB%s  %,7.1f MB/s",
                key,
                megabytes,
                of,
                megabytes / seconds);
    }

    private static double percent(Progress progress) {
        return progress.totalBytes() == 0
                ? 100
                : Math.round(1_000.0 * progress.readBytes() / progress.totalBytes()) / 10.0;
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        onProgress(progress);
    }
}
