package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Priority;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.loop.SecretIds;
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
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store in a database as one scheduler sees it. */
final class JdbcQueue<T> implements ScheduleQueue<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private static final long MOST_PURGE_NANOS = 200_000_000;
    private static final long RATE_MICROS = JdbcTime.micros(Duration.ofMinutes(1));
    private static final double RATE_SECONDS = 60;
    private static final long ASKED_MICROS = JdbcClaim.LONGEST_WAIT_SHARED_NANOS / 1_000;

    private static final String OLDEST =
            "(SELECT submitted_at FROM {item} WHERE state = 0 AND priority >= %1$d AND priority <= %1$d"
                    + " ORDER BY priority, submission, idx LIMIT 1), ";
    private static final String FIGURES =
            "SELECT (SELECT MIN(submitted_at) FROM {item} WHERE state = 5), "
                    + Arrays.stream(Priority.values())
                            .map(priority -> OLDEST.formatted(priority.rank()))
                            .collect(Collectors.joining())
                    + "(SELECT COUNT(*) FROM {dispatch} WHERE claimed_at > ?)";
    private static final String OPEN =
            "SELECT number, priority, submitted_at, open_count FROM {submission} WHERE ended_at IS NULL"
                    + " AND open_count > 0 ORDER BY number DESC LIMIT ?";

    private final ItemForm<T> form;
    private final ScheduleRules rules;
    private final Ticker ticker;
    private final JdbcDialect dialect;
    private final SecretIds ids;
    private final JdbcDepth depth;
    private final JdbcLease lease;
    private final JdbcWriter writer;
    private final JdbcReader reader;
    private final GroupCommit<JdbcOperation<?>> commits;
    private final boolean hasDispatched;

    /** Whether the others wait for the calls of a dispatch to begin. */
    private final boolean isTimed;

    private volatile boolean closed;

    /** Whether the last claim found nothing, and nothing to come soon; then a look is enough. */
    private boolean isIdle;

    /** The scheduler's. */
    private volatile @Nullable Thread thread;

    private JdbcQueue(
            ItemForm<T> form,
            ScheduleRules rules,
            Ticker ticker,
            JdbcDialect dialect,
            JdbcConnections connections,
            JdbcSession writing,
            JdbcSession reading)
            throws SQLException {
        this.form = form;
        this.rules = rules;
        this.ticker = ticker;
        this.dialect = dialect;
        depth = new JdbcDepth(ticker);
        isTimed = dialect.isShared() && !rules.period().isZero();
        lease = new JdbcLease(ticker, rules.lease());
        dialect.probe(writing, reading);
        ids = JdbcSchema.migrate(writing);
        writing.begin(false);
        hasDispatched = hasDispatched(writing, rules.period());
        if (isAlone(writing)) {
            JdbcDepth.count(writing);
        }
        writing.commit();
        writer = new JdbcWriter(dialect, () -> connections.open(dialect), writing, depth);
        reader = new JdbcReader(dialect, () -> connections.open(dialect), reading);
        commits = new GroupCommit<>(writer::execute);
        try {
            renew();
        } catch (RuntimeException e) {
            writer.close(); // its session may be another by now
            throw e;
        }
    }

    static <T> JdbcQueue<T> open(
            ItemForm<T> form,
            ScheduleRules rules,
            Ticker ticker,
            JdbcDialect dialect,
            JdbcConnections connections)
            throws SQLException {
        JdbcSession writing = connections.open(dialect);
        JdbcSession reading = null;
        try {
            reading = connections.openAnother(dialect);
            return new JdbcQueue<>(form, rules, ticker, dialect, connections, writing, reading);
        } catch (SQLException | RuntimeException | Error e) {
            writing.close();
            if (reading != null) {
                reading.close();
            }
            throw e;
        }
    }

    private static boolean isAlone(JdbcSession session) throws SQLException {
        return !session.dialect().isShared()
                || session.number(
                                "SELECT COUNT(*) FROM {worker} WHERE lease_until > ?",
                                session.now())
                        == 0;
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
        return ids.id(run(JdbcSubmit.of(submission, form.print(), rules, depth)));
    }

    @Override
    public Optional<SubmissionStatus<T>> status(String id) {
        long number = ids.number(id);
        if (number < 0) {
            return Optional.empty();
        }
        JdbcReader.Query<Optional<SubmissionStatus<T>>> query =
                session -> JdbcStatus.read(session, id, number, form.parse());
        return Thread.currentThread() == thread ? reader.readNext(query) : reader.read(query);
    }

    @Override
    public boolean isOpen(String id) {
        long number = ids.number(id);
        return number >= 0 && reader.readNext(session -> JdbcStatus.isOpen(session, number));
    }

    @Override
    public Cancellation cancel(String id) {
        requireOpen();
        long number = ids.number(id);
        return number < 0
                ? new Cancellation(false, Optional.empty())
                : run(new JdbcCancel(number, depth));
    }

    @Override
    public Claim<T> claim() {
        requireOpen();
        thread = Thread.currentThread();
        if (isIdle
                && lease.isSure()
                && !reader.readNext(session -> dialect.mayClaim(session, ASKED_MICROS))) {
            return new Claim<>(List.of(), JdbcClaim.LONGEST_WAIT_SHARED_NANOS);
        }
        isIdle = false; // also if the claim fails
        Claim<T> claim = run(new JdbcClaim<>(rules, lease, depth, ids, form.parse()));
        isIdle =
                dialect.isShared()
                        && claim.items().isEmpty()
                        && claim.waitNanos() == JdbcClaim.LONGEST_WAIT_SHARED_NANOS;
        return claim;
    }

    @Override
    public Map<String, State> settle(List<Settlement<T>> settlements) {
        Map<String, State> ended = new LinkedHashMap<>();
        if (!closed && !settlements.isEmpty()) {
            run(new JdbcSettle<>(settlements, lease, depth))
                    .forEach((number, state) -> ended.put(ids.id(number), state));
        }
        return ended;
    }

    @Override
    public boolean maintain() {
        if (closed) {
            return false;
        }
        renew();
        return purge();
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
        isIdle = false; // only a claim takes back what a worker has whose clock was ahead
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

    @Override
    public boolean isHeld() {
        return lease.isHeld();
    }

    @Override
    public boolean mayBegin() {
        return isTimed ? lease.mayBegin() : lease.isHeld();
    }

    @Override
    public void begun() {
        long dispatch = lease.begun();
        if (closed || !isTimed || dispatch == 0) {
            return;
        }
        run(
                new JdbcOperation<Boolean>(JdbcOperation.Kind.UPKEEP) {
                    @Override
                    Boolean apply(JdbcSession session, long now) throws SQLException {
                        begun(session, dispatch, now);
                        return true;
                    }
                });
    }

    private static void begun(JdbcSession session, long dispatch, long now) throws SQLException {
        session.update("UPDATE {dispatch} SET begin_until = ? WHERE number = ?", now, dispatch);
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
                ids.id(row.getLong(1)),
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

    @Override
    public QueueStatistics statistics() {
        requireOpen();
        return reader.read(
                session -> {
                    Map<Priority, Long> waiting = JdbcDepth.byPriority(session);
                    long now = session.now();
                    QueueStatistics statistics =
                            session.first(
                                    FIGURES,
                                    row -> statistics(row, now, waiting),
                                    now - RATE_MICROS);
                    return Objects.requireNonNull(statistics, "a row of figures");
                });
    }

    private static QueueStatistics statistics(ResultSet row, long now, Map<Priority, Long> depth)
            throws SQLException {
        long oldest = now;
        int column = 1;
        for (int i = 0; i <= Priority.values().length; i++) {
            long since = row.getLong(column++);
            oldest = since == 0 ? oldest : Math.min(oldest, since);
        }
        return new QueueStatistics(
                depth,
                Duration.ofNanos((now - oldest) * 1_000),
                row.getLong(column) / RATE_SECONDS);
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
        long dispatch = lease.begun();
        try {
            run(
                    new JdbcOperation<Boolean>(JdbcOperation.Kind.UPKEEP) {
                        @Override
                        Boolean apply(JdbcSession session, long now) throws SQLException {
                            lease.end(session, depth);
                            begun(session, dispatch, now); // nothing of it begins any more
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

    private void requireOpen() {
        if (closed) {
            throw closed();
        }
    }

    static IllegalStateException closed() {
        return new IllegalStateException("the schedule's queue must be open, was closed");
    }
}
