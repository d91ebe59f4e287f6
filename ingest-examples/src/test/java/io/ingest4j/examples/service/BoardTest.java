package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.core.schedule.ScheduleQueue;
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

    private void submit(String id, int second) {
        board.submitted(
                id,
                Submission.of(List.of(BigInteger.ONE), Priority.LOW),
                Instant.ofEpochSecond(second));
    }

    private List<String> shown() {
        return board.submissions().stream().map(LiveBoard.Shown::id).toList();
    }

    @Test
    void submissions_areInTheOrderOfTheirSubmission_whateverIsDispatched() {
        submit("a", 1);
        submit("b", 2);
        board.onDispatch(Instant.ofEpochSecond(3), List.of(ITEM));
        submit("a", 4);
        assertThat(shown()).containsExactly("b", "a");
    }

    @Test
    void ofMany_theNewestAreKept() {
        for (int i = 0; i < 20; i++) {
            submit("s" + i, i);
        }
        board.onDispatch(Instant.ofEpochSecond(30), List.of(ITEM));
        assertThat(shown()).hasSize(12).startsWith("a", "s19").endsWith("s9");
    }

    @Test
    void whatTheStoreKnows_isAskedForAtTheStart_andAfterAForeignDispatch() {
        assertThat(board.unknown()).isEqualTo(1);
        submit("b", 20);
        board.onDispatch(Instant.ofEpochSecond(30), List.of(ITEM));
        assertThat(shown()).containsExactly("a", "b");
        assertThat(board.unknown()).isEqualTo(2);
        board.found(
                List.of(
                        new ScheduleQueue.OpenSubmission(
                                "a", Priority.LOW, Duration.ofSeconds(20), 1)),
                Instant.ofEpochSecond(30));
        assertThat(shown()).containsExactly("b", "a");
    }

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
