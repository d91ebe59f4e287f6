package io.ingest4j.core.schedule;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Outbox;
import io.ingest4j.core.loop.Require;
import io.ingest4j.spi.Ticker;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop's side of the dead-letter sink. An item that is given up has failed only when the sink has its
 * letter; when the sink doesn't take it, it is offered again, while the item stays taken. A sink that throws
 * is opened anew before, by another thread. All methods run on the loop's thread.
 */
final class LetterDesk<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private static final long AGAIN_NANOS = 1_000_000_000L;

    /** So long an attempt may go on after another one has thrown. */
    private static final long LAST_ATTEMPTS_NANOS = 30_000_000_000L;

    private record Delayed<T>(LetterBatch<T> letters, long sinceNanos) {}

    private final ScheduleSettings<T> settings;
    private final Sinks<T> sinks;
    private final SourceSplit split;
    private final Mailbox mailbox;
    private final Ticker ticker;
    private final InstantSource clock;
    private final Executor helpers;
    private final BiConsumer<ScheduledItem<T>, WriteFailure> buried;

    /** Null if letters go nowhere. */
    private @Nullable Outbox<DeadLetter, LetterBatch<T>> outbox;

    /** Whether the sink has to be opened anew, and since when. */
    private boolean broken;

    private long brokenAt;

    /** Whether somebody is at it. */
    private boolean opening;

    private final ArrayDeque<Delayed<T>> delayed = new ArrayDeque<>();
    private List<LetterBatch.Letter<T>> gathered = new ArrayList<>();

    /**
     * Makes a desk.
     *
     * @param sinks where letters go; if nowhere, giving up is all
     * @param helpers do what may take long
     * @param buried gets each item that is given up, once its letter is kept
     */
    LetterDesk(
            ScheduleSettings<T> settings,
            Sinks<T> sinks,
            Mailbox mailbox,
            Ticker ticker,
            InstantSource clock,
            Executor helpers,
            BiConsumer<ScheduledItem<T>, WriteFailure> buried) {
        this.settings = settings;
        this.sinks = sinks;
        this.mailbox = mailbox;
        this.ticker = ticker;
        this.clock = clock;
        this.helpers = helpers;
        this.buried = buried;
        split = ScheduledBatch.split(settings.name());
        RecordWriter<DeadLetter> writer = sinks.letters();
        outbox = writer == null ? null : outbox(writer);
    }

    private Outbox<DeadLetter, LetterBatch<T>> outbox(RecordWriter<DeadLetter> writer) {
        long timeout = Require.nanos(settings.attemptTimeout());
        return new Outbox<>(writer, timeout, ticker, mailbox, this::ended);
    }

    /** Gives an item up; {@link #send} follows. */
    void add(ScheduledItem<T> item, WriteFailure failure) {
        if (outbox == null) {
            buried.accept(item, failure);
            return;
        }
        DeadLetter letter =
                new DeadLetter(
                        split.source(),
                        split.version(),
                        ScheduledBatch.position(item),
                        item.key(),
                        bytes(item),
                        List.of(),
                        item.failedAttempts() + 1,
                        failure,
                        clock.instant());
        gathered.add(new LetterBatch.Letter<>(item, letter));
    }

    /** A letter is written even of an item that can't be shown. */
    private ByteBuffer bytes(ScheduledItem<T> item) {
        try {
            return settings.store().bytes(item.item());
        } catch (RuntimeException | Error e) {
            LOG.atWarn()
                    .addKeyValue("item", item.key())
                    .setCause(e)
                    .log("the dead letter of item {} has no bytes, as it has no text", item.key());
            return ByteBuffer.allocate(0).asReadOnlyBuffer();
        }
    }

    void send(long now) {
        if (outbox == null || gathered.isEmpty()) {
            return;
        }
        List<LetterBatch.Letter<T>> letters = gathered;
        gathered = new ArrayList<>();
        for (int from = 0; from < letters.size(); ) {
            int to = (int) Math.min(letters.size(), (long) from + sinks.maxLetters());
            LetterBatch<T> some = new LetterBatch<>(split, letters.subList(from, to));
            if (broken) {
                delayed.add(new Delayed<>(some, now));
            } else {
                outbox.send(some, now);
            }
            from = to;
        }
    }

    /** Does what is due; returns the nanoseconds to the next time. */
    long expire(long now) {
        if (outbox == null) {
            return Long.MAX_VALUE;
        }
        if (broken) {
            return mend(outbox, now);
        }
        for (Delayed<T> next = delayed.peek(); next != null; next = delayed.peek()) {
            long left = AGAIN_NANOS - (now - next.sinceNanos);
            if (left > 0) {
                return Math.min(left, outbox.expire(now));
            }
            delayed.remove();
            outbox.send(next.letters, now);
        }
        return outbox.expire(now);
    }

    /** Has the sink opened anew, once nothing is under way or the broken writer seems not to end it. */
    private long mend(Outbox<DeadLetter, LetterBatch<T>> outbox, long now) {
        if (opening) {
            return Long.MAX_VALUE;
        }
        long wait = outbox.expire(now);
        long since = now - brokenAt;
        if (outbox.inFlight() > 0 && since < LAST_ATTEMPTS_NANOS) {
            return Math.min(wait, LAST_ATTEMPTS_NANOS - since);
        }
        if (since < AGAIN_NANOS) {
            return AGAIN_NANOS - since;
        }
        outbox.cancelAll();
        opening = true;
        try {
            helpers.execute(this::open);
        } catch (RuntimeException | Error e) {
            opened(null, e);
        }
        return AGAIN_NANOS;
    }

    private void open() {
        RecordWriter<DeadLetter> writer = null;
        Throwable failure = null;
        try {
            writer = sinks.openLetters();
        } catch (Throwable e) {
            failure = e;
        }
        RecordWriter<DeadLetter> opened = writer;
        Throwable cause = failure;
        mailbox.post(() -> opened(opened, cause));
    }

    private void opened(@Nullable RecordWriter<DeadLetter> writer, @Nullable Throwable failure) {
        opening = false;
        if (writer != null) {
            outbox = outbox(writer);
            broken = false;
            return;
        }
        LOG.atError()
                .addKeyValue("scheduler", settings.name())
                .setCause(failure)
                .log(
                        "scheduler {}: the dead-letter sink can't be opened, trying again",
                        settings.name());
        brokenAt = ticker.nanos();
    }

    /** Waits for no letter any more. */
    void abandon() {
        if (outbox != null) {
            outbox.cancelAll();
        }
    }

    private void ended(
            LetterBatch<T> batch,
            WriteResult result,
            @Nullable Throwable thrown,
            long startedAt,
            long now) {
        List<LetterBatch.Letter<T>> again = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            LetterBatch.Letter<T> letter = batch.letters().get(i);
            if (result.failure(i).isPresent()) {
                again.add(letter);
            } else {
                buried.accept(letter.item(), letter.text().failure());
            }
        }
        if (thrown != null) {
            broken = true;
            brokenAt = now;
        }
        if (!again.isEmpty()) {
            LOG.atError()
                    .addKeyValue("scheduler", settings.name())
                    .addKeyValue("letters", again.size())
                    .setCause(thrown)
                    .log(
                            "scheduler {}: the dead-letter sink failed, trying {} letters again",
                            settings.name(),
                            again.size());
            delayed.add(new Delayed<>(new LetterBatch<>(split, again), now));
        }
    }
}
