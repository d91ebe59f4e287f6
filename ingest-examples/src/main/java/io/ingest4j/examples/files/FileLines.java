package io.ingest4j.examples.files;

import io.ingest4j.api.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A line of each file now and then, and at its end. */
final class FileLines implements FileView {

    private final PrintStream out;
    private final Duration period;
    private final Map<String, Duration> shownAt = new HashMap<>();

    FileLines(PrintStream out, Duration period) {
        this.out = out;
        this.period = period;
    }

    @Override
    public synchronized void show(String name, Progress progress, boolean isEnd) {
        Duration last = shownAt.computeIfAbsent(name, any -> Duration.ZERO);
        if (isEnd || progress.elapsed().minus(last).compareTo(period) >= 0) {
            shownAt.put(name, progress.elapsed());
            out.println(name + "  " + percent(progress) + figures(progress));
        }
    }

    private static String percent(Progress progress) {
        return progress.totalBytes() < 0
                ? ""
                : String.format(Locale.ROOT, "%.1f %%, ", FileProgress.percent(progress));
    }

    /** How much of how much, and how fast. */
    static String figures(Progress progress) {
        double megabytes = progress.readBytes() / 1e6;
        double seconds = Math.max(1e-3, progress.elapsed().toMillis() / 1e3);
        String total =
                progress.totalBytes() < 0
                        ? ""
                        : String.format(Locale.ROOT, " of %,.1f", progress.totalBytes() / 1e6);
        return String.format(
                Locale.ROOT, "%,.1f%s MB, %,.1f MB/s", megabytes, total, megabytes / seconds);
    }
}
