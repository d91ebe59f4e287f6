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
record Sinks<T>(RecordWriter<T> calls, @Nullable RecordWriter<DeadLetter> letters) {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** Opens all or none. */
    static <T> Sinks<T> open(ScheduleSettings<T> settings, WriterContext context) {
        RecordWriter<T> calls = open("the sink", settings.sink(), context);
        if (settings.deadLetters().isEmpty()) {
            return new Sinks<>(calls, null);
        }
        try {
            return new Sinks<>(calls, open("deadLetters", settings.deadLetters().get(), context));
        } catch (RuntimeException e) {
            close(calls);
            throw e;
        }
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
        } catch (IOException | RuntimeException e) {
            LOG.warn("a sink of a scheduler can't be closed", e);
        }
    }
}
