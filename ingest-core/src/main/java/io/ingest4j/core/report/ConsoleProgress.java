package io.ingest4j.core.report;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import java.io.PrintStream;
import java.util.Objects;

/**
 * Shows the progress of a run on the console: how many records are done, how many a second of late, and
 * how long the rest will take.
 *
 * <p>The total is estimated from the size of the source and of the records read so far; it is left out
 * for a source that doesn't know its size. The time left is the rest of it at the rate of the last ten
 * reports, but never at more than the {@linkplain Progress#ceiling() limiter lets through}.
 *
 * <p>For one run at a time. Not thread-safe; a run calls its listeners from one thread.
 *
 * @since 0.1
 */
public final class ConsoleProgress implements IngestListener {

    private final ProgressView view;
    private Meter meter = new Meter();

    ConsoleProgress(ProgressView view) {
        this.view = view;
    }

    /**
     * Shows a bar if standard output is a terminal, and else a line every five seconds, on standard
     * output. The bar takes {@code me.tongfei:progressbar} on the class or module path; without it
     * there are lines.
     *
     * @return a new listener
     */
    public static ConsoleProgress create() {
        return Terminal.isInteractive() && isBarPresent()
                ? new ConsoleProgress(new BarView(System.out))
                : lines(System.out);
    }

    /**
     * Prints a line every five seconds, and one at the end.
     *
     * @param out where to; stays open
     * @return a new listener
     */
    public static ConsoleProgress lines(PrintStream out) {
        return new ConsoleProgress(new LineView(Objects.requireNonNull(out, "out")));
    }

    private static boolean isBarPresent() {
        try {
            Class.forName("me.tongfei.progressbar.ProgressBar");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @Override
    public void onStart(Progress progress) {
        meter = new Meter();
        meter.sample(progress);
        view.begin(progress, meter);
    }

    @Override
    public void onProgress(Progress progress) {
        meter.sample(progress);
        view.update(progress, meter);
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        meter.sample(progress);
        view.end(state, progress);
    }
}
