package io.ingest4j.core.schedule;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.Position;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.spi.Ticker;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A store that can be told to fail, and to have lost its lease, and that tells when it is renewed. */
final class FailingStore<T> implements ScheduleStore<T> {

    boolean failing;

    /** Statuses can't be read. */
    boolean unreadable;

    /** Happens whenever somebody asks whether a submission is open. */
    Runnable onRead = () -> {};

    /** Happens whenever it is told that the calls of a dispatch have begun. */
    Runnable onBegun = () -> {};

    /** Items can't be understood. */
    boolean unreadableForm;

    /** What is settled is kept, but the answer is lost. */
    boolean settlesUnseen;

    @Nullable Error dying;
    boolean held = true;
    private final ScheduleStore<T> store;
    private final Runnable renewed;

    FailingStore() {
        this(ScheduleStores.memory(), () -> {});
    }

    FailingStore(ScheduleStore<T> store, Runnable renewed) {
        this.store = store;
        this.renewed = renewed;
    }

    @Override
    public ScheduleQueue<T> open(ScheduleRules rules, Ticker ticker, InstantSource clock) {
        renewed.run();
        ScheduleQueue<T> queue = store.open(rules, ticker, clock);
        return new ScheduleQueue<>() {
            @Override
            public String submit(Submission<T> submission) {
                return checked().submit(submission);
            }

            @Override
            public Optional<SubmissionStatus<T>> status(String id) {
                if (unreadableForm) {
                    throw new BadRecordException(
                            new Position(id, 0, 0, ""), "told to be unreadable");
                }
                if (unreadable) {
                    throw new IngestException("the store is told not to be readable", null);
                }
                return checked().status(id);
            }

            @Override
            public boolean isOpen(String id) {
                onRead.run();
                if (unreadable) {
                    throw new IngestException("the store is told not to be readable", null);
                }
                return checked().isOpen(id);
            }

            @Override
            public Cancellation cancel(String id) {
                return checked().cancel(id);
            }

            @Override
            public Claim<T> claim() {
                if (dying != null) {
                    throw dying;
                }
                return checked().claim();
            }

            @Override
            public Map<String, SubmissionStatus.State> settle(List<Settlement<T>> settlements) {
                Map<String, SubmissionStatus.State> ended = checked().settle(settlements);
                if (settlesUnseen) {
                    settlesUnseen = false;
                    throw new IngestException("the store is told to lose its answer", null);
                }
                return ended;
            }

            @Override
            public boolean maintain() {
                boolean more = checked().maintain();
                renewed.run();
                return more;
            }

            @Override
            public boolean isHeld() {
                return held && queue.isHeld();
            }

            @Override
            public boolean mayBegin() {
                return held && queue.mayBegin();
            }

            @Override
            public void begun() {
                onBegun.run();
                checked().begun();
            }

            @Override
            public boolean hasDispatched() {
                return checked().hasDispatched();
            }

            @Override
            public QueueStatistics statistics() {
                return checked().statistics();
            }

            @Override
            public boolean isShared() {
                return queue.isShared();
            }

            @Override
            public void close() {
                queue.close();
            }

            private ScheduleQueue<T> checked() {
                if (failing) {
                    throw new IngestException("the store is told to fail", null);
                }
                return queue;
            }
        };
    }
}
