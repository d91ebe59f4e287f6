package io.ingest4j.core.report;

import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import java.io.PrintStream;
import java.text.DecimalFormat;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/** A bar that is drawn again on the same line. */
final class BarView implements ProgressView {

    /** What fits on most terminals. To ask this one takes native code, which JDK 24 and later warn of. */
    private static final int COLUMNS = 80;

    private static final int REDRAW_MILLIS = 500;
    private static final long UNKNOWN = -1;

    private final PrintStream out;
    private @Nullable ProgressBar bar;

    BarView(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(Progress progress, Meter meter) {
        bar =
                new ProgressBarBuilder()
                        .setTaskName("records")
                        .setInitialMax(UNKNOWN)
                        .startsFrom(progress.done(), progress.elapsed())
                        .setRenderer(new Renderer(meter))
                        .setUpdateIntervalMillis(REDRAW_MILLIS)
                        .setConsumer(new ConsoleProgressBarConsumer(out, COLUMNS))
                        .build();
    }

    /** Writes counts as they stand everywhere else. */
    private static final class Renderer extends DefaultProgressBarRenderer {

        Renderer(Meter meter) {
            super(
                    ProgressBarStyle.ASCII,
                    "",
                    1,
                    false,
                    new DecimalFormat("#"),
                    ChronoUnit.SECONDS,
                    true,
                    state -> meter.left());
        }

        @Override
        protected String ratio(ProgressState state) {
            String max = state.isIndefinite() ? "?" : grouped(state.getMax());
            return grouped(state.getCurrent()) + '/' + max;
        }

        private static String grouped(long count) {
            return String.format(Locale.ROOT, "%,d", count);
        }
    }

    @Override
    public void update(Progress progress, Meter meter) {
        if (bar != null) {
            meter.total().ifPresent(bar::maxHint);
            bar.stepTo(progress.done());
            bar.setExtraMessage(String.format(Locale.ROOT, " %,.0f/s", meter.perSecond()));
        }
    }

    /** If all is done, the bar is full. */
    @Override
    public void end(RunState state, Progress progress) {
        if (bar != null) {
            if (state == RunState.COMPLETED) {
                bar.maxHint(progress.done());
            }
            bar.stepTo(progress.done());
            bar.close();
            bar = null;
        }
    }
}
