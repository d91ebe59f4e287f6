package io.ingest4j.core.schedule;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A function as a sink that takes one record at a time. */
final class FunctionSink<T> implements RecordSink<T> {

    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private static final CompletionStage<WriteResult> DELIVERED =
            CompletableFuture.completedStage(WriteResult.delivered());

    private final transient Function<? super T, ? extends CompletionStage<?>> function;

    FunctionSink(Function<? super T, ? extends CompletionStage<?>> function) {
        this.function = Objects.requireNonNull(function, "function");
    }

    @Override
    public RecordWriter<T> open(WriterContext context) {
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends T> batch) {
                return begin(batch.record(0));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public int maxBatchSize() {
        return 1;
    }

    private CompletionStage<WriteResult> begin(T item) {
        CompletionStage<?> stage;
        try {
            stage = function.apply(item);
        } catch (Error e) {
            return CompletableFuture.completedFuture(failed(e));
        }
        if (stage instanceof CompletableFuture<?> future
                && future.isDone()
                && !future.isCompletedExceptionally()) {
            return DELIVERED;
        }
        if (stage == null) {
            throw new NullPointerException("the function returned null");
        }
        Processing result = new Processing(stage);
        stage.whenComplete((any, failure) -> result.end(failure));
        return result;
    }

    /** An error fails the item that the function was called with, and no other. */
    private static WriteResult failed(Error error) {
        LOG.error("the scheduler's function threw an error", error);
        boolean mayPass = error instanceof OutOfMemoryError || error instanceof LinkageError;
        String message = error.getMessage();
        return WriteResult.failed(
                new WriteFailure(
                        mayPass ? WriteFailure.Action.RETRY : WriteFailure.Action.DEAD_LETTER,
                        error.getClass().getSimpleName(),
                        message == null ? "" : message),
                PermitOutcome.UNANSWERED);
    }

    /** Ends with the function's stage, and ends that when it is cancelled. */
    private static final class Processing extends CompletableFuture<WriteResult> {

        private final CompletionStage<?> stage;

        Processing(CompletionStage<?> stage) {
            this.stage = stage;
        }

        void end(@Nullable Throwable failure) {
            if (failure == null) {
                complete(WriteResult.delivered());
            } else if (cause(failure) instanceof Error error) {
                complete(failed(error));
            } else {
                completeExceptionally(failure);
            }
        }

        private static Throwable cause(Throwable failure) {
            Throwable cause = failure.getCause();
            return failure instanceof CompletionException && cause != null ? cause : failure;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            boolean isCancelled = super.cancel(mayInterrupt);
            if (isCancelled) {
                stage.toCompletableFuture().cancel(mayInterrupt);
            }
            return isCancelled;
        }
    }
}
