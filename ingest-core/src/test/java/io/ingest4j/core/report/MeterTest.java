package io.ingest4j.core.report;

import static io.ingest4j.core.report.Ledgers.NO_CEILING;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MeterTest {

    private final Meter meter = new Meter();

    @Test
    void rate_isThatOfTheLastTenReports() {
        for (int second = 0; second <= 10; second++) {
            meter.sample(Ledgers.of(second, 1_000L * second, 100_000, NO_CEILING));
        }
        assertThat(meter.perSecond()).isEqualTo(1_000);
        for (int second = 11; second <= 20; second++) {
            meter.sample(Ledgers.of(second, 10_000 + 2_000L * (second - 10), 100_000, NO_CEILING));
        }
        assertThat(meter.perSecond()).isEqualTo(2_000);
    }

    @Test
    void rate_leavesOutWhatAnEarlierRunDid() {
        meter.sample(Ledgers.of(0, 50_000, 100_000, NO_CEILING));
        meter.sample(Ledgers.of(2, 50_100, 100_000, NO_CEILING));
        assertThat(meter.perSecond()).isEqualTo(50);
    }

    @Test
    void left_isTheRestAtThatRate() {
        meter.sample(Ledgers.of(0, 0, 100_000, NO_CEILING));
        meter.sample(Ledgers.of(1, 1_000, 100_000, NO_CEILING));
        assertThat(meter.total()).hasValue(100_000);
        assertThat(meter.left()).contains(Duration.ofSeconds(99));
    }

    @Test
    void left_neverTrustsARateAboveTheLimit() {
        meter.sample(Ledgers.of(0, 0, 100_000, 5_000));
        meter.sample(Ledgers.of(1, 10_000, 100_000, 5_000));
        assertThat(meter.left()).contains(Duration.ofSeconds(18));
    }

    @Test
    void left_isUnknownWithoutSizeOrRate() {
        assertThat(meter.left()).isEmpty();
        meter.sample(Ledgers.of(0, 0, -1, NO_CEILING));
        meter.sample(Ledgers.of(1, 1_000, -1, NO_CEILING));
        assertThat(meter.left()).isEmpty();
        assertThat(meter.total()).isEmpty();

        Meter standing = new Meter();
        standing.sample(Ledgers.of(0, 10, 100, NO_CEILING));
        standing.sample(Ledgers.of(1, 10, 100, NO_CEILING));
        assertThat(standing.left()).isEmpty();
    }
}
