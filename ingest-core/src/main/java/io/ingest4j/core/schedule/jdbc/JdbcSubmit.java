package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.core.schedule.ScheduleRules;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A submission that is to be kept. Its result is its number, or that of the one that it repeats. */
final class JdbcSubmit extends JdbcOperation<Long> {

    /** The first of a key. */
    private record Known(long submission, String content) {}

    private static final int ROWS_AT_A_TIME = 1_000;

    private static final String CLAIM_KEY =
            "INSERT INTO {known} (content_key, submission, content, until) VALUES (?, ?, ?, ?) ON"
                    + " CONFLICT (content_key) DO UPDATE SET submission = excluded.submission,"
                    + " content = excluded.content, until = excluded.until WHERE {known}.until <= ?";
    private static final String FIND_KEY =
            "SELECT submission, content FROM {known} WHERE content_key = ?";
    private static final String FREE_KEY = "DELETE FROM {known} WHERE content_key = ?";
    private static final String ADD_SUBMISSION =
            "INSERT INTO {submission} (number, priority, tenant, batch_size, item_count,"
                    + " submitted_at, open_count, failed_count, cancelled_count) VALUES (?, ?, ?, ?,"
                    + " ?, ?, ?, 0, 0)";
    private static final String ADD_ITEM =
            "INSERT INTO {item} (submission, idx, priority, tenant, batch_size, submitted_at, text,"
                    + " state, started, due_at, attempts, epoch, reason) VALUES (?, ?, ?, ?, ?, ?,"
                    + " ?, 0, 0, 0, 0, 0, '')";

    private final Submission<?> submission;
    private final List<String> texts;
    private final String key;
    private final String content;
    private final ScheduleRules rules;
    private final JdbcDepth depth;

    private JdbcSubmit(
            Submission<?> submission, List<String> texts, ScheduleRules rules, JdbcDepth depth) {
        super(Kind.SUBMIT);
        this.submission = submission;
        this.texts = texts;
        this.rules = rules;
        this.depth = depth;
        boolean known = submission.once() || !submission.idempotencyKey().isEmpty();
        content = known ? ContentDigest.of(submission, texts) : "";
        key =
                !known
                        ? ""
                        : submission.once()
                                ? "sha256:" + content
                                : "key:" + submission.idempotencyKey();
    }

    static <T> JdbcSubmit of(
            Submission<T> submission,
            Function<T, String> print,
            ScheduleRules rules,
            JdbcDepth depth) {
        List<String> texts = new ArrayList<>(submission.items().size());
        for (T item : submission.items()) {
            texts.add(JdbcText.require("items[" + texts.size() + ']', print.apply(item)));
        }
        JdbcText.require("idempotencyKey", submission.idempotencyKey());
        JdbcText.require("tenant", submission.tenant());
        return new JdbcSubmit(submission, texts, rules, depth);
    }

    /** Keeps several; those that are refused fail alone. */
    static void applyAll(List<JdbcSubmit> all, JdbcSession session, long now) throws SQLException {
        if (all.isEmpty()) {
            return;
        }
        long[] numbers = session.dialect().numbers(session, all.size());
        List<JdbcSubmit> ordered = new ArrayList<>();
        for (int i = 0; i < numbers.length; i++) {
            all.get(i).succeed(numbers[i]);
            ordered.add(all.get(i));
        }
        // All processes take the keys in one order, so that none waits for another in a circle.
        ordered.sort(Comparator.comparing(one -> one.key));
        List<JdbcSubmit> accepted = new ArrayList<>();
        for (JdbcSubmit one : ordered) {
            if (one.isNew(session, now)) {
                accepted.add(one);
            }
        }
        addSubmissions(accepted, session, now);
        addItems(accepted, session, now);
    }

    @Override
    Long apply(JdbcSession session, long now) throws SQLException {
        throw new IllegalStateException("submissions are kept together");
    }

    /** Tells whether it is to be kept; if not, what became of it is said. */
    private boolean isNew(JdbcSession session, long now) throws SQLException {
        if (!key.isEmpty() && session.update(CLAIM_KEY, keyRow(now)) == 0) {
            Known first =
                    session.first(
                            FIND_KEY, row -> new Known(row.getLong(1), row.getString(2)), key);
            repeat(first);
            return false;
        }
        long queued = depth.queued();
        if (queued + texts.size() > rules.maxQueued()) {
            if (!key.isEmpty()) {
                session.update(FREE_KEY, key);
            }
            fail(SubmissionRefusedException.queueFull(rules.maxQueued(), queued, texts.size()));
            return false;
        }
        depth.add(submission.priority().rank(), texts.size());
        return true;
    }

    private Object[] keyRow(long now) {
        long until = now + JdbcTime.micros(rules.idempotencyWindow());
        return new Object[] {key, result(), content, until, now};
    }

    private void repeat(@Nullable Known first) throws SQLException {
        if (first == null) {
            throw new SQLException("a key is gone that was there", "40001");
        }
        if (first.content().equals(content)) {
            succeed(first.submission());
            return;
        }
        fail(SubmissionRefusedException.keyReused(submission.idempotencyKey()));
    }

    private static void addSubmissions(List<JdbcSubmit> accepted, JdbcSession session, long now)
            throws SQLException {
        if (accepted.isEmpty()) {
            return;
        }
        PreparedStatement row = session.prepare(ADD_SUBMISSION);
        for (JdbcSubmit one : accepted) {
            row.setLong(1, one.result());
            row.setInt(2, one.submission.priority().rank());
            row.setString(3, one.submission.tenant());
            row.setInt(4, one.rules.batchSize());
            row.setInt(5, one.texts.size());
            row.setLong(6, now);
            row.setInt(7, one.texts.size());
            row.addBatch();
        }
        row.executeBatch();
    }

    private static void addItems(List<JdbcSubmit> accepted, JdbcSession session, long now)
            throws SQLException {
        PreparedStatement row = session.prepare(ADD_ITEM);
        int rows = 0;
        for (JdbcSubmit one : accepted) {
            for (int i = 0; i < one.texts.size(); i++) {
                row.setLong(1, one.result());
                row.setInt(2, i);
                row.setInt(3, one.submission.priority().rank());
                row.setString(4, one.submission.tenant());
                row.setInt(5, one.rules.batchSize());
                row.setLong(6, now);
                row.setString(7, one.texts.get(i));
                row.addBatch();
                if (++rows % ROWS_AT_A_TIME == 0) {
                    row.executeBatch();
                }
            }
        }
        if (rows % ROWS_AT_A_TIME != 0) {
            row.executeBatch();
        }
    }
}
