package io.ingest4j.examples.files;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs how far a file is. */
final class FileProgress implements IngestListener {

    private final String url;
    private final String key;
    private final FileView view;

    FileProgress(String url, String key, FileView view) {
        this.view = view;
        this.url = url;
        this.key = key;
    }

    @Override
    public void onProgress(Progress progress) {
        show(progress, false);
    }

    private void show(Progress progress, boolean isEnd) {
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
        view.show(key, progress, isEnd);
    }

    static double percent(Progress progress) {
        return progress.totalBytes() == 0
                ? 100
                : Math.round(1_000.0 * progress.readBytes() / progress.totalBytes()) / 10.0;
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        show(progress, true);
    }
}
