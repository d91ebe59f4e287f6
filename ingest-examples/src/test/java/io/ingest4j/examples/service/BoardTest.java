package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.WriteFailure;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is under way by the page and by the metrics, when items go back. */
class BoardTest {

    private static final ScheduledItem<BigInteger> ITEM =
            new ScheduledItem<>("a", "a-1", 0, BigInteger.ONE, Priority.LOW, "", 0);
    private static final WriteFailure FAILURE =
            new WriteFailure(WriteFailure.Action.RETRY, "lease", "the lease ended");

    private final LiveBoard board = new LiveBoard();
    private final Metrics metrics = new Metrics();

    @Test
    void anItemThatGoesBack_isNoLongerUnderWay() {
        for (int i = 0; i < 3; i++) {
            board.onDispatch(Instant.EPOCH, List.of(ITEM));
            metrics.onDispatch(Instant.EPOCH, List.of(ITEM));
            assertThat(board.totals().inFlight()).isEqualTo(1);
            assertThat(metrics.itemsInFlight()).isEqualTo(1);
            board.onRetry(ITEM, FAILURE, Duration.ZERO);
            metrics.onRetry(ITEM, FAILURE, Duration.ZERO);
            assertThat(board.totals().inFlight()).isZero();
            assertThat(metrics.itemsInFlight()).isZero();
        }
        assertThat(board.totals().completed()).isZero();
    }
}
