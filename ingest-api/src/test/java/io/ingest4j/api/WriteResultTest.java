package io.ingest4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.WriteFailure.Action;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WriteResultTest {

    private static final WriteFailure FAILURE = new WriteFailure(Action.RETRY, "HTTP 503", "busy");

    @Test
    void a_common_failure_is_every_records() {
        WriteResult result = WriteResult.failed(FAILURE, PermitOutcome.ANSWERED);

        assertThat(result.isDelivered()).isFalse();
        assertThat(result.failure(17)).contains(FAILURE);
        assertThat(result.covers(1_000)).isTrue();
    }

    @Test
    void a_result_by_record_covers_exactly_its_records() {
        WriteResult result = WriteResult.perRecord(List.of(Optional.empty(), Optional.of(FAILURE)));

        assertThat(result.isDelivered()).isFalse();
        assertThat(result.failure(0)).isEmpty();
        assertThat(result.failure(1)).contains(FAILURE);
        assertThat(result.covers(2)).isTrue();
        assertThat(result.covers(3)).isFalse();
        assertThat(WriteResult.perRecord(List.of(Optional.empty())).isDelivered()).isTrue();
    }

    @Test
    void a_result_by_record_for_no_record_is_refused_and_no_success() {
        assertThatThrownBy(() -> WriteResult.perRecord(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("failures must have an entry for each record of the batch, had none");
    }

    @Test
    void additions_keep_the_rest() {
        WriteResult result =
                WriteResult.failed(FAILURE, PermitOutcome.UNANSWERED)
                        .withBytes(12)
                        .withRetryAfter(Duration.ofSeconds(3));

        assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
        assertThat(result.bytes()).isEqualTo(12);
        assertThat(result.retryAfter()).isEqualTo(Duration.ofSeconds(3));
        assertThat(result.failure(0)).contains(FAILURE);
    }

    @Test
    void a_wait_of_nothing_is_refused() {
        assertThatThrownBy(() -> WriteResult.delivered().withRetryAfter(Duration.ZERO))
                .hasMessage("retryAfter must be > 0, was PT0S");
    }
}
