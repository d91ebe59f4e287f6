package io.ingest4j.core.schedule;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a scheduler writes to. */
record Sinks<T>(
        RecordWriter<T> calls,
        int maxCalls,
        @Nullable RecordWriter<DeadLetter> letters,
        int maxLetters) {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** Opens all or none. */
    static <T> Sinks<T> open(ScheduleSettings<T> settings, WriterContext context) {
        int maxCalls = maxBatchSize("the sink", settings.sink());
        if (settings.deadLetters().isEmpty()) {
            return new Sinks<>(open("the sink", settings.sink(), context), maxCalls, null, 1);
        }
        RecordSink<DeadLetter> letters = settings.deadLetters().get();
        int maxLetters = maxBatchSize("deadLetters", letters);
        RecordWriter<T> calls = open("the sink", settings.sink(), context);
        try {
            return new Sinks<>(calls, maxCalls, open("deadLetters", letters, context), maxLetters);
        } catch (RuntimeException e) {
            close(calls);
            throw e;
        }
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
        if (letters != null) {
            close(letters);
        }
    }

    private static void close(RecordWriter<?> writer) {
        try {
            writer.close();
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("a sink of a scheduler can't be closed", e);
        }
    }
}
