package io.ingest4j.api;

import io.ingest4j.spi.Ticker;
import java.util.Objects;

/**
 * What a run gives to its writer.
 *
 * @param ticker the run's clock
 * @param limiter the run's limiter. Every call of {@link RecordWriter#write} is paid already; a
 *     writer that makes further requests for it, such as after a redirect, pays for those here
 * @since 0.1
 */
public record WriterContext(Ticker ticker, RateLimiter limiter) {

    /** Checks that nothing is missing. */
    public WriterContext {
        Objects.requireNonNull(ticker, "ticker");
        Objects.requireNonNull(limiter, "limiter");
    }
}
