package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Priority;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.Settlement;
import io.ingest4j.spi.Ticker;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store in a database as one scheduler sees it. */
final class JdbcQueue<T> implements ScheduleQueue<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private static final long MOST_PURGE_NANOS = 200_000_000;
    private static final long RATE_MICROS = JdbcTime.micros(Duration.ofMinutes(1));
    private static final double RATE_SECONDS = 60;
    private static final long RECOUNT_NANOS = 5_000_000_000L;

    /** Counting again takes at most that part of the time. */
    private static final int COUNT_SHARE = 20;

    private static final String OLDEST =
            "SELECT submitted_at FROM {item} WHERE state = 0 AND priority >= ? AND priority <= ?"
                    + " ORDER BY priority, submission, idx LIMIT 1";
    private static final String OLDEST_DELAYED =
            "SELECT MIN(submitted_at) FROM {item} WHERE state = 5";
    private static final String OPEN =
            "SELECT number, priority, submitted_at, open_count FROM {submission} WHERE open_count > 0"
                    + " ORDER BY number DESC LIMIT ?";
    private static final String DISPATCHES = "SELECT COUNT(*) FROM {dispatch} WHERE claimed_at > ?";

    private final ItemForm<T> form;
    private final ScheduleRules rules;
    private final Ticker ticker;
    private final JdbcDialect dialect;
    private final String prefix;
    private final JdbcDepth depth;
    private final JdbcLease lease;
    private final JdbcWriter writer;
    private final JdbcReader reader;
    private final GroupCommit<JdbcOperation<?>> commits;
    private final boolean hasDispatched;
    private final AtomicBoolean counting = new AtomicBoolean();
    private volatile long countedAt;
    private volatile long countNanos;
    private volatile boolean closed;

    JdbcQueue(
            ItemForm<T> form,
            ScheduleRules rules,
            Ticker ticker,
            JdbcDialect dialect,
            JdbcWriter.Opener opener)
            throws SQLException {
        this.form = form;
        this.rules = rules;
        this.ticker = ticker;
        this.dialect = dialect;
        depth = new JdbcDepth();
        lease = new JdbcLease(ticker, rules.lease());
        try (JdbcSession session = opener.open()) {
            prefix = JdbcSchema.migrate(session);
            hasDispatched = hasDispatched(session, rules.period());
            long since = ticker.nanos();
            depth.count(session);
            countedAt = ticker.nanos();
            countNanos = countedAt - since;
        }
        writer = new JdbcWriter(opener, depth);
        reader = new JdbcReader(opener);
        commits = new GroupCommit<>(writer::execute);
        try {
            renew();
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    /** A file's clock may have been set since; calls may have begun long after their claim. */
    private static boolean hasDispatched(JdbcSession session, Duration period) throws SQLException {
        Long newest =
                session.first(
                        "SELECT claimed_at FROM {dispatch} ORDER BY number DESC LIMIT 1",
                        row -> row.getLong(1));
        return newest != null
                && (!session.dialect().isShared()
                        || newest > session.now() - JdbcTime.micros(period));
    }

    @Override
    public String submit(Submission<T> submission) {
        requireOpen();
        return prefix + run(JdbcSubmit.of(submission, form.print(), rules, depth));
    }

    @Override
    public Optional<SubmissionStatus<T>> status(String id) {
        long number = number(id);
        return number < 0
                ? Optional.empty()
                : reader.read(session -> JdbcStatus.read(session, id, number, form.parse()));
    }

    @Override
    public boolean isOpen(String id) {
        long number = number(id);
        return number >= 0 && reader.read(session -> JdbcStatus.isOpen(session, number));
    }

    @Override
    public Cancellation cancel(String id) {
        requireOpen();
        long number = number(id);
        return number < 0
                ? new Cancellation(false, Optional.empty())
                : run(new JdbcCancel(number, depth));
    }

    @Override
    public Claim<T> claim() {
        requireOpen();
        return run(new JdbcClaim<>(rules, lease, depth, prefix, form.parse()));
    }

    @Override
    public Map<String, State> settle(List<Settlement<T>> settlements) {
        Map<String, State> ended = new LinkedHashMap<>();
        if (!closed && !settlements.isEmpty()) {
            run(new JdbcSettle<>(settlements, lease, depth))
                    .forEach((number, state) -> ended.put(prefix + number, state));
        }
        return ended;
    }

    @Override
    public boolean maintain() {
        if (closed) {
            return false;
        }
        renew();
        boolean more = purge();
        recount();
        return more;
    }

    /** What is not done in a moment is left for the next time, since claims wait meanwhile. */
    private boolean purge() {
        long since = ticker.nanos();
        boolean more = true;
        try {
            while (more && ticker.nanos() - since < MOST_PURGE_NANOS) {
                more = run(new JdbcUpkeep(rules));
            }
            return more;
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("what is too old can't be removed, trying again later");
            return false;
        }
    }

    private void renew() {
        long askedAt = ticker.nanos();
        run(
                new JdbcOperation<Long>(JdbcOperation.Kind.UPKEEP) {
                    @Override
                    Long apply(JdbcSession session, long now) throws SQLException {
                        return lease.renew(session, now);
                    }

                    @Override
                    void kept(Long epoch) {
                        lease.renewed(epoch, askedAt);
                    }
                });
    }

    /** What others added and took shows only in the database. Nobody waits for that but who asks. */
    private void recount() {
        long since = ticker.nanos();
        if (!dialect.isShared()
                || since - countedAt < Math.max(RECOUNT_NANOS, COUNT_SHARE * countNanos)
                || !counting.compareAndSet(false, true)) {
            return;
        }
        try {
            reader.read(
                    session -> {
                        depth.recount(session);
                        return true;
                    });
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("what waits can't be counted, trying again later");
        } finally {
            countedAt = ticker.nanos();
            countNanos = countedAt - since;
            counting.set(false);
        }
    }

    @Override
    public boolean isHeld() {
        return lease.isHeld();
    }

    @Override
    public QueueStatistics statistics() {
        requireOpen();
        recount();
        return reader.read(
                session -> {
                    long now = session.now();
                    long oldest = oldest(session, now);
                    long dispatches = session.number(DISPATCHES, now - RATE_MICROS);
                    return new QueueStatistics(
                            depth.byPriority(),
                            oldest >= now ? Duration.ZERO : Duration.ofNanos((now - oldest) * 1000),
                            dispatches / RATE_SECONDS);
                });
    }

    @Override
    public List<OpenSubmission> open(int most) {
        requireOpen();
        return reader.read(
                session -> {
                    long now = session.now();
                    return session.list(OPEN, row -> open(row, now), most);
                });
    }

    private OpenSubmission open(ResultSet row, long now) throws SQLException {
        return new OpenSubmission(
                prefix + row.getLong(1),
                priority(row.getInt(2)),
                Duration.ofNanos(JdbcTime.nanos(Math.max(0, now - row.getLong(3)))),
                row.getLong(4));
    }

    private static Priority priority(int rank) {
        return Arrays.stream(Priority.values())
                .filter(any -> any.rank() == rank)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no priority has rank " + rank));
    }

    private static long oldest(JdbcSession session, long now) throws SQLException {
        long delayed = session.number(OLDEST_DELAYED);
        long oldest = delayed == 0 ? now : delayed;
        for (Priority priority : Priority.values()) {
            Long first =
                    session.first(OLDEST, row -> row.getLong(1), priority.rank(), priority.rank());
            oldest = first == null ? oldest : Math.min(oldest, first);
        }
        return oldest;
    }

    @Override
    public boolean isShared() {
        return dialect.isShared();
    }

    @Override
    public boolean hasDispatched() {
        return hasDispatched;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            run(
                    new JdbcOperation<Boolean>(JdbcOperation.Kind.UPKEEP) {
                        @Override
                        Boolean apply(JdbcSession session, long now) throws SQLException {
                            JdbcLease.putBack(session, depth, lease.epoch());
                            session.update("DELETE FROM {worker} WHERE epoch = ?", lease.epoch());
                            return true;
                        }
                    });
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("what was taken goes back when the lease ends");
        }
        lease.lose();
        writer.close();
        reader.close();
    }

    private <R> R run(JdbcOperation<R> operation) {
        commits.run(operation);
        return operation.result();
    }

    /** The number in an id; -1 if it is none of this store's. */
    private long number(String id) {
        if (!id.startsWith(prefix)) {
            return -1;
        }
        try {
            long number = Long.parseLong(id.substring(prefix.length()));
            return number >= 0 && id.equals(prefix + number) ? number : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw closed();
        }
    }

    static IllegalStateException closed() {
        return new IllegalStateException("the schedule's queue must be open, was closed");
    }
}
