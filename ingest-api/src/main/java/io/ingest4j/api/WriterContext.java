package io.ingest4j.api;

import io.ingest4j.spi.Ticker;
import java.util.Objects;
import java.util.Optional;

/**
 * What a run gives to its writer.
 *
 * @param ticker the run's clock
 * @param limiter the run's limiter. Every call of {@link RecordWriter#write} is paid already; a
 *     writer that makes further requests for it, such as after a redirect, pays for those here
 * @param state what {@link StatefulRecordWriter#snapshot()} last returned in an earlier run that this
 *     one continues; empty if nothing is to be continued
 * @since 0.1
 */
public record WriterContext(Ticker ticker, RateLimiter limiter, Optional<byte[]> state) {

    /** Checks that nothing is missing. */
    public WriterContext {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(ticker, "ticker");
        Objects.requireNonNull(limiter, "limiter");
    }
}
