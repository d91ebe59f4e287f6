package io.ingest4j.core;

import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes a report for people. */
final class ReportText {

    private ReportText() {}

    static String write(IngestReport report) {
        StringBuilder text = new StringBuilder();
        Progress ledger = report.ledger();
        Progress run = report.thisRun();
        boolean isPart = report.runs() > 1 || report.nothingToDo().isPresent();
        String runs =
                report.runs() == 1
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", %s in %d runs together",
                                seconds(ledger.elapsed()),
                                report.runs());
        line(text, "%s: %s in %s%s", report.job(), report.state(), seconds(run.elapsed()), runs);
        report.nothingToDo().ifPresent(reason -> line(text, "  nothing to do: %s", reason));
        report.pauseReason().ifPresent(reason -> line(text, "  because     %s", reason));
        if (report.failure().isPresent()) {
            line(text, "  because     %s", report.failureLine());
        }
        if (isPart) {
            line(text, "  this run    %s", records(run));
        }
        line(text, isPart ? "  whole job   %s" : "  records     %s", records(ledger));
        line(text, "  attempts    %,d, of them %,d retries", ledger.attempts(), ledger.retries());
        line(text, "  bytes       read %,d, sent %,d", ledger.readBytes(), ledger.sentBytes());
        if (!ledger.requests().isEmpty()) {
            line(text, "  requests    %s", requests(ledger.requests()));
        }
        IngestReport.Rate rate = report.rate();
        line(
                text,
                "  rate        %,.0f records/s on average over %s, %,.0f at the peak",
                rate.averagePerSecond(),
                seconds(rate.sending()),
                rate.peakPerSecond());
        line(
                text,
                "  latency     %s mean, %s max",
                millis(rate.meanLatency()),
                millis(rate.maxLatency()));
        for (IngestReport.ErrorCount error : report.errors()) {
            line(
                    text,
                    "  error       %s: %,d times, first: %s",
                    error.kind(),
                    error.count(),
                    error.sample());
        }
        if (report.state() != RunState.COMPLETED) {
            for (IngestReport.Place place : report.places()) {
                line(text, "  done up to  %s", Places.describe(place.split(), place.done()));
            }
        }
        return text.toString().stripTrailing();
    }

    /** The ledger in a line. */
    static String records(Progress ledger) {
        return String.format(
                Locale.ROOT,
                "read %,d = delivered %,d + dead-lettered %,d + skipped %,d + pending %,d",
                ledger.read(),
                ledger.delivered(),
                ledger.deadLettered(),
                ledger.skipped(),
                ledger.pending());
    }

    private static String requests(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .map(
                        entry ->
                                String.format(
                                        Locale.ROOT, "%s %,d", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toNanos() / 1e9);
    }

    private static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.2f ms", duration.toNanos() / 1e6);
    }
}
