package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.Position;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Reads how far a submission is, from all of its items at one instant. */
final class JdbcStatus {

    private static final String ITEMS =
            "SELECT text, state, started, reason, batch_size FROM {item} WHERE submission = ? AND"
                    + " EXISTS (SELECT 1 FROM {submission} WHERE number = ? AND item_count > 0)"
                    + " ORDER BY submission, idx";

    private static final String OPEN =
            "SELECT COUNT(*) FROM {submission} WHERE number = ? AND item_count > 0 AND open_count > 0";

    private record Row(String text, int state, boolean started, String reason, int batchSize) {

        static Row read(ResultSet row) throws SQLException {
            return new Row(
                    row.getString(1),
                    row.getInt(2),
                    row.getInt(3) == 1,
                    row.getString(4),
                    row.getInt(5));
        }

        boolean isOpen() {
            return state == JdbcSchema.WAITING
                    || state == JdbcSchema.DELAYED
                    || state == JdbcSchema.TAKEN;
        }
    }

    private JdbcStatus() {}

    static <T> Optional<SubmissionStatus<T>> read(
            JdbcSession session, String id, long number, Function<String, T> parse)
            throws SQLException {
        List<Row> rows = session.list(ITEMS, Row::read, number, number);
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        int batchSize = rows.get(0).batchSize;
        List<SubmissionStatus.Batch<T>> batches = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += batchSize) {
            List<Row> some = rows.subList(from, Math.min(rows.size(), from + batchSize));
            batches.add(batch(id, from, some, parse));
        }
        State state = State.of(batches.stream().map(SubmissionStatus.Batch::state).toList());
        return Optional.of(new SubmissionStatus<>(id, state, batches));
    }

    /** Reads no item. */
    static boolean isOpen(JdbcSession session, long number) throws SQLException {
        return session.number(OPEN, number) > 0;
    }

    private static <T> SubmissionStatus.Batch<T> batch(
            String submission, int from, List<Row> rows, Function<String, T> parse) {
        List<T> items = new ArrayList<>();
        Map<Integer, String> failures = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            items.add(parsed(parse, rows.get(i).text, submission, from + i));
            if (rows.get(i).state == JdbcSchema.FAILED) {
                failures.put(i, rows.get(i).reason);
            }
        }
        String id = submission + '-' + (from / rows.get(0).batchSize + 1);
        return new SubmissionStatus.Batch<>(id, items, state(rows, !failures.isEmpty()), failures);
    }

    static <T> T parsed(Function<String, T> parse, String text, String submission, int index) {
        try {
            return Objects.requireNonNull(parse.apply(text), "parsed item");
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new BadRecordException(
                    new Position(submission, index, index, ""),
                    "the form must read the text of every item, can't read item "
                            + index
                            + " of submission "
                            + submission,
                    e);
        }
    }

    private static State state(List<Row> rows, boolean failed) {
        if (rows.get(0).state == JdbcSchema.CANCELLED) {
            return State.CANCELLED;
        }
        if (rows.stream().noneMatch(Row::started)) {
            return State.YET_TO_START;
        }
        if (rows.stream().anyMatch(Row::isOpen)) {
            return State.TRIGGERED;
        }
        return failed ? State.FAILED : State.COMPLETED;
    }
}
