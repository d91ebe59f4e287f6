package io.ingest4j.core.report;

import static io.ingest4j.core.report.Ledgers.NO_CEILING;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RunState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, UTF_8);

    @Test
    void lines_comeEveryFiveSecondsAndAtTheEnd() {
        ConsoleProgress progress = ConsoleProgress.lines(out);
        progress.onStart(Ledgers.of(0, 0, 60_000, 5_000));
        for (int second = 1; second <= 12; second++) {
            progress.onProgress(Ledgers.of(second, 5_000L * second, 60_000, 5_000));
        }
        progress.onEnd(RunState.COMPLETED, Ledgers.of(12.01, 60_000, 60_000, 5_000));
        assertThat(shown().lines())
                .containsExactly(
                        "25,000 of about 60,000 records (41 %), 5,000/s, 0:00:07 left",
                        "50,000 of about 60,000 records (83 %), 5,000/s, 0:00:02 left",
                        "60,000 records in 0:00:12: COMPLETED");
    }

    @Test
    void lines_ofASourceOfUnknownSizeTellNoTotal() {
        ConsoleProgress progress = ConsoleProgress.lines(out);
        progress.onStart(Ledgers.of(0, 0, -1, NO_CEILING));
        progress.onProgress(Ledgers.of(5, 1_000, -1, NO_CEILING));
        assertThat(shown().lines()).containsExactly("1,000 records, 200/s");
    }

    @Test
    void listener_canWatchOneRunAfterAnother() {
        ConsoleProgress progress = ConsoleProgress.lines(out);
        for (int run = 0; run < 2; run++) {
            progress.onStart(Ledgers.of(0, 0, -1, NO_CEILING));
            progress.onProgress(Ledgers.of(6, 600, -1, NO_CEILING));
        }
        assertThat(shown().lines()).containsExactly("600 records, 100/s", "600 records, 100/s");
    }

    @Test
    void bar_endsFullWithItsCounts() {
        ConsoleProgress progress = new ConsoleProgress(new BarView(out));
        progress.onStart(Ledgers.of(0, 0, 1_000, 5_000));
        progress.onProgress(Ledgers.of(1, 500, 1_000, 5_000));
        progress.onEnd(RunState.COMPLETED, Ledgers.of(2, 1_000, 1_000, 5_000));
        assertThat(shown()).contains("100%").contains("1,000/1,000").contains("500/s");
    }

    @Test
    void bar_ofAStoppedRunIsNotFull() {
        ConsoleProgress progress = new ConsoleProgress(new BarView(out));
        progress.onStart(Ledgers.of(0, 0, 1_000, 5_000));
        progress.onProgress(Ledgers.of(1, 500, 1_000, 5_000));
        progress.onEnd(RunState.STOPPED, Ledgers.of(2, 600, 1_000, 5_000));
        assertThat(shown()).contains("60%").doesNotContain("100%");
    }

    @Test
    void create_withoutATerminalShowsLines() {
        assertThat(ConsoleProgress.create()).isNotNull();
    }

    private String shown() {
        return bytes.toString(UTF_8);
    }
}
