package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Priority;
import io.ingest4j.core.schedule.ScheduleRules;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses the items of a dispatch among those that wait, in the order of {@link ScheduleRules}. */
final class JdbcChoice {

    /** A tenant at the priority that its items count as. */
    private record Turn(int level, String tenant) {}

    private static final String TENANTS =
            """
            WITH RECURSIVE found(tenant) AS (
                SELECT MIN(tenant) FROM {item} WHERE state = 0 AND priority = ?
                UNION ALL
                SELECT (SELECT MIN(i.tenant) FROM {item} i
                        WHERE i.state = 0 AND i.priority = ? AND i.tenant > found.tenant)
                FROM found WHERE found.tenant IS NOT NULL
            )
            SELECT h.tenant, h.number,
                (SELECT s.submitted_at FROM {submission} s WHERE s.number = h.number)
            FROM (
                SELECT found.tenant AS tenant,
                    (SELECT i.submission FROM {item} i
                     WHERE i.state = 0 AND (i.priority, i.tenant) >= (?, found.tenant)
                     ORDER BY i.priority, i.tenant, i.submission, i.idx LIMIT 1) AS number
                FROM found WHERE found.tenant IS NOT NULL
            ) h""";
    private static final String SERVE =
            "INSERT INTO {turn} (level, tenant, served) VALUES (?, ?, ?) ON CONFLICT (level,"
                    + " tenant) DO UPDATE SET served = excluded.served";

    private final JdbcSession session;
    private final ScheduleRules rules;
    private final long now;
    private final long maxWait;
    private final Map<Turn, Long> turns = new HashMap<>();
    private long lastTurn;

    JdbcChoice(JdbcSession session, ScheduleRules rules, long now) {
        this.session = session;
        this.rules = rules;
        this.now = now;
        maxWait = rules.maxWait().map(JdbcTime::micros).orElse(Long.MAX_VALUE);
    }

    List<JdbcLane.Row> choose() throws SQLException {
        int most = rules.batchSize();
        List<JdbcLane> lanes = rules.fairTenants() ? byTenant() : byPriority(most);
        List<JdbcLane.Row> chosen = new ArrayList<>();
        while (chosen.size() < most) {
            JdbcLane next = next(lanes);
            if (next == null) {
                break;
            }
            next.load(session, most - chosen.size());
            if (next.isEmpty()) {
                lanes.remove(next);
                continue;
            }
            serve(next);
            chosen.add(next.poll());
        }
        return chosen;
    }

    private List<JdbcLane> byPriority(int most) throws SQLException {
        List<JdbcLane> lanes = new ArrayList<>();
        int left = most;
        for (Priority priority : Priority.values()) {
            JdbcLane lane = JdbcLane.of(session, priority.rank(), left);
            lanes.add(lane);
            // Only time can put a lower priority before a higher one.
            left -= rules.maxWait().isPresent() ? 0 : lane.size();
            if (left == 0) {
                break;
            }
        }
        return lanes;
    }

    private List<JdbcLane> byTenant() throws SQLException {
        session.list(
                "SELECT level, tenant, served FROM {turn}",
                row -> {
                    long served = row.getLong(3);
                    turns.put(new Turn(row.getInt(1), row.getString(2)), served);
                    lastTurn = Math.max(lastTurn, served);
                    return "";
                });
        List<JdbcLane> lanes = new ArrayList<>();
        for (Priority priority : Priority.values()) {
            int rank = priority.rank();
            lanes.addAll(
                    session.list(
                            TENANTS,
                            row ->
                                    new JdbcLane(
                                            rank, row.getString(1), row.getLong(2), row.getLong(3)),
                            rank,
                            rank,
                            rank));
        }
        return lanes;
    }

    private @Nullable JdbcLane next(List<JdbcLane> lanes) {
        JdbcLane best = null;
        for (JdbcLane lane : lanes) {
            if (!lane.isEmpty() && (best == null || isBefore(lane, best))) {
                best = lane;
            }
        }
        return best;
    }

    private boolean isBefore(JdbcLane one, JdbcLane other) {
        int level = level(one);
        int otherLevel = level(other);
        if (level != otherLevel) {
            return level < otherLevel;
        }
        long turn = turns.getOrDefault(new Turn(level, one.tenant), 0L);
        long otherTurn = turns.getOrDefault(new Turn(level, other.tenant), 0L);
        return turn != otherTurn ? turn < otherTurn : one.submission < other.submission;
    }

    /** What an item counts as by now: 0 is the highest priority. */
    private int level(JdbcLane lane) {
        long raised = (now - lane.submittedAt) / maxWait;
        return (int) Math.max(0, lane.rank - Math.max(0, raised));
    }

    private void serve(JdbcLane lane) throws SQLException {
        if (rules.fairTenants()) {
            Turn turn = new Turn(level(lane), lane.tenant);
            turns.put(turn, ++lastTurn);
            session.update(SERVE, turn.level, turn.tenant, lastTurn);
        }
    }
}
