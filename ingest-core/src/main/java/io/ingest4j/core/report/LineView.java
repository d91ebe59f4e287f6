package io.ingest4j.core.report;

import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;

/** A line now and then, for logs and pipes. */
final class LineView implements ProgressView {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final PrintStream out;
    private Duration next = INTERVAL;

    LineView(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(Progress progress, Meter meter) {
        next = progress.elapsed().plus(INTERVAL);
    }

    @Override
    public void update(Progress progress, Meter meter) {
        if (progress.elapsed().compareTo(next) >= 0) {
            next = progress.elapsed().plus(INTERVAL);
            out.println(line(progress, meter));
        }
    }

    @Override
    public void end(RunState state, Progress progress) {
        out.println(
                format("%,d records in %s: ", progress.done(), clock(progress.elapsed())) + state);
    }

    private static String line(Progress progress, Meter meter) {
        StringBuilder line = new StringBuilder(format("%,d", progress.done()));
        OptionalLong total = meter.total();
        if (total.isPresent()) {
            long percent = 100 * progress.done() / Math.max(1, total.getAsLong());
            line.append(format(" of about %,d records (%d %%)", total.getAsLong(), percent));
        } else {
            line.append(" records");
        }
        line.append(format(", %,.0f/s", meter.perSecond()));
        meter.left().ifPresent(left -> line.append(", ").append(clock(left)).append(" left"));
        append(line, progress.retries(), "retries");
        append(line, progress.deadLettered(), "dead letters");
        return line.toString();
    }

    private static void append(StringBuilder line, long count, String what) {
        if (count > 0) {
            line.append(format(", %,d ", count)).append(what);
        }
    }

    private static String clock(Duration time) {
        return format("%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
