package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.loop.Require;
import java.time.Duration;

/** Times as they stand in a database, in microseconds. */
final class JdbcTime {

    private static final long NANOS = 1_000;

    private JdbcTime() {}

    /** Rounds up, so that nothing is ever earlier for it. */
    static long micros(Duration time) {
        long nanos = Require.nanos(time);
        return nanos / NANOS + (nanos % NANOS == 0 ? 0 : 1);
    }

    /** At least one, and {@link Long#MAX_VALUE} rather than too much. */
    static long nanos(long micros) {
        return micros >= Long.MAX_VALUE / NANOS ? Long.MAX_VALUE : Math.max(1, micros * NANOS);
    }
}
