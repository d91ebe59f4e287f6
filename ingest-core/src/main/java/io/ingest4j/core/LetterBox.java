package io.ingest4j.core;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteResult;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop's side of the dead-letter sink. A record that is given up is done only when the sink has
 * taken its letter; when the sink does not, the run fails. All methods run on the loop's thread.
 */
final class LetterBox<S> implements AutoCloseable {

    private final RecordWriter<DeadLetter> writer;
    private final Mailbox mailbox;
    private final Consumer<Letters<S>> taken;
    private final Consumer<Throwable> failures;
    private int underWay;

    LetterBox(
            RecordWriter<DeadLetter> writer,
            Mailbox mailbox,
            Consumer<Letters<S>> taken,
            Consumer<Throwable> failures) {
        this.writer = writer;
        this.mailbox = mailbox;
        this.taken = taken;
        this.failures = failures;
    }

    void send(Letters<S> letters) {
        CompletionStage<WriteResult> stage;
        try {
            stage = writer.write(letters);
        } catch (Exception e) {
            failures.accept(failed(letters, e));
            return;
        }
        underWay++;
        stage.whenComplete(
                (result, failure) -> mailbox.post(() -> ended(letters, result, failure)));
    }

    boolean isIdle() {
        return underWay == 0;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    private void ended(
            Letters<S> letters, @Nullable WriteResult result, @Nullable Throwable failure) {
        underWay--;
        WriteResult checked = Outbox.check(result, failure, letters.size());
        if (checked.isDelivered()) {
            taken.accept(letters);
        } else {
            failures.accept(failed(letters, failure));
        }
    }

    private static IngestException failed(Letters<?> letters, @Nullable Throwable cause) {
        DeadLetter first = letters.record(0);
        return new IngestException(
                "the dead-letter sink must take every record that is given up, but failed for "
                        + Places.describe(letters.split(), first.position())
                        + " ("
                        + first.failure()
                        + ")",
                cause);
    }
}
