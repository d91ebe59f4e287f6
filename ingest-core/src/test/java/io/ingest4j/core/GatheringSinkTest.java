package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a gathering sink can't take is left out only if it says that the records are at fault. */
@Timeout(60)
class GatheringSinkTest {

    private final List<DeadLetter> letters = new ArrayList<>();
    private boolean finished;

    private IngestReport run(Supplier<CompletionStage<WriteResult>> answer) {
        SplittableRandom random = new SplittableRandom(1);
        return Ingest.from(new SimulatedSource(random, 1, 10, 100, 0, 0))
                .batchSize(4)
                .retry(
                        RetryPolicy.exponential(Duration.ofMillis(1), Duration.ofMillis(1))
                                .maxAttempts(2))
                .deadLetters(this::letters)
                .to(context -> new Gathering(answer))
                .start()
                .await();
    }

    private RecordWriter<DeadLetter> letters(WriterContext context) {
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
                for (int i = 0; i < batch.size(); i++) {
                    letters.add(batch.record(i));
                }
                return CompletableFuture.completedFuture(WriteResult.delivered());
            }

            @Override
            public void close() {}
        };
    }

    private final class Gathering implements StatefulRecordWriter<Long> {

        private final Supplier<CompletionStage<WriteResult>> answer;
        private int writes;

        Gathering(Supplier<CompletionStage<WriteResult>> answer) {
            this.answer = answer;
        }

        @Override
        public CompletionStage<WriteResult> write(RecordBatch<? extends Long> batch) {
            return writes++ == 0
                    ? CompletableFuture.completedFuture(WriteResult.delivered())
                    : answer.get();
        }

        @Override
        public byte[] snapshot() {
            return new byte[] {1};
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void close() {}
    }

    private void assertFailed(IngestReport report, String reason) {
        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.failure().orElseThrow()).hasMessageContaining(reason);
        assertThat(report.ledger().delivered()).isEqualTo(4);
        assertThat(letters).isEmpty();
        assertThat(finished).isFalse();
    }

    @Test
    void trouble_that_does_not_pass_ends_the_run() {
        IngestReport report =
                run(() -> CompletableFuture.failedFuture(new IOException("network is down")));

        assertFailed(report, "IOException: network is down");
        assertThat(report.failure().orElseThrow())
                .hasMessageContaining("after 2 attempts")
                .hasMessageContaining("record 4");
        assertThat(report.ledger().retries()).isEqualTo(1);
    }

    @Test
    void exception_that_nobody_foresaw_ends_the_run() {
        IngestReport report =
                run(
                        () -> {
                            throw new IllegalStateException("index 7 out of bounds");
                        });

        assertFailed(report, "IllegalStateException: index 7 out of bounds");
        assertThat(report.ledger().retries()).isZero();
    }

    @Test
    void records_that_the_sink_refuses_are_left_out() {
        WriteFailure refused = new WriteFailure(Action.DEAD_LETTER, "not encodable", "x");

        IngestReport report =
                run(
                        () ->
                                CompletableFuture.completedFuture(
                                        WriteResult.failed(refused, PermitOutcome.NOT_SENT)));

        assertThat(report.state()).isIn(RunState.COMPLETED, RunState.PAUSED);
        assertThat(letters).isNotEmpty();
    }
}
