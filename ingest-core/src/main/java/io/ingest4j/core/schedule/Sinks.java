package io.ingest4j.core.schedule;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a scheduler writes to. */
final class Sinks<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private final Optional<RecordSink<DeadLetter>> letterSink;
    private final WriterContext context;
    private final int maxBatchSize;
    private final int maxLetters;
    private final RecordWriter<T> calls;
    private final AtomicReference<@Nullable RecordWriter<DeadLetter>> letters =
            new AtomicReference<>();
    private volatile boolean closed;

    private Sinks(ScheduleSettings<T> settings, WriterContext context) {
        this.context = context;
        letterSink = settings.deadLetters();
        maxBatchSize = maxBatchSize("the sink", settings.sink());
        maxLetters = letterSink.map(sink -> maxBatchSize("deadLetters", sink)).orElse(1);
        calls = open("the sink", settings.sink(), context);
    }

    /** Opens all or none. */
    static <T> Sinks<T> open(ScheduleSettings<T> settings, WriterContext context) {
        Sinks<T> sinks = new Sinks<>(settings, context);
        try {
            sinks.openLetters();
        } catch (RuntimeException | Error e) {
            sinks.close();
            throw e;
        }
        return sinks;
    }

    /**
     * Opens the dead-letter sink; anew if it is open, as a writer that failed may refuse all. May take long.
     *
     * @return its writer, null if there is none
     * @throws IngestException if it can't be opened
     * @throws IllegalStateException if the sinks were closed meanwhile
     */
    @Nullable RecordWriter<DeadLetter> openLetters() {
        replaceLetters(null);
        requireOpen();
        RecordWriter<DeadLetter> opened =
                letterSink.map(sink -> open("deadLetters", sink, context)).orElse(null);
        replaceLetters(opened);
        if (closed) {
            replaceLetters(null); // whoever closed all may have come before it was there
        }
        requireOpen();
        return opened;
    }

    private void replaceLetters(@Nullable RecordWriter<DeadLetter> writer) {
        RecordWriter<DeadLetter> replaced = letters.getAndSet(writer);
        if (replaced != null) {
            close(replaced);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the scheduler is closed");
        }
    }

    RecordWriter<T> calls() {
        return calls;
    }

    /** How many records a call may have. */
    int maxBatchSize() {
        return maxBatchSize;
    }

    /** Null if there is no dead-letter sink, or none is open. */
    @Nullable RecordWriter<DeadLetter> letters() {
        return letters.get();
    }

    /** How many may be handed over together. */
    int maxLetters() {
        return maxLetters;
    }

    private static int maxBatchSize(String name, RecordSink<?> sink) {
        int size = sink.maxBatchSize();
        if (size < 1) {
            throw new IngestException(
                    name + " of a scheduler must have a maxBatchSize >= 1, had " + size, null);
        }
        return size;
    }

    private static <R> RecordWriter<R> open(
            String name, RecordSink<R> sink, WriterContext context) {
        RecordWriter<R> writer;
        try {
            writer = sink.open(context);
        } catch (IOException e) {
            throw new IngestException(name + " of the scheduler can't be opened", e);
        }
        if (writer instanceof StatefulRecordWriter) {
            close(writer);
            throw new IngestException(
                    name
                            + " of a scheduler must be a sink whose delivered records are durable, was one"
                            + " that publishes them at the end: "
                            + writer.getClass().getName(),
                    null);
        }
        return writer;
    }

    /** Doesn't throw. */
    void close() {
        close(calls);
        closed = true;
        replaceLetters(null);
    }

    private static void close(RecordWriter<?> writer) {
        try {
            writer.close();
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("a sink of a scheduler can't be closed", e);
        }
    }
}
