package io.ingest4j.examples.service;

import java.time.Duration;
import org.eclipse.jetty.server.Request;

/** What a body may take of the heap and of time. Safe for use by several threads. */
final class BodyLimits {

    private static final long LEAST_BYTES_PER_SECOND = 4_096;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long RETRY_SECONDS = 5;

    private final int maxBytes;
    private final MemoryBudget budget;
    private volatile Duration patience = PATIENCE;

    BodyLimits(int maxBytes, MemoryBudget budget) {
        this.maxBytes = maxBytes;
        this.budget = budget;
    }

    int maxBytes() {
        return maxBytes;
    }

    MemoryBudget budget() {
        return budget;
    }

    /** Lets an answer be held until its client has taken it, or refuses. */
    void hold(Request request, long bytes) throws RequestException {
        MemoryBudget.Share share = budget.share();
        if (!share.resize(bytes)) {
            throw noRoom(bytes);
        }
        Request.addCompletionListener(request, failure -> share.close());
    }

    /** How long a body may take, however small it is. */
    void patience(Duration time) {
        patience = time;
    }

    /** As Apache's mod_reqtimeout has it: each so many bytes earn a second more. */
    boolean isTooSlow(long bytes, long nanos) {
        double earned = (double) bytes / LEAST_BYTES_PER_SECOND;
        return nanos / 1e9 > patience.toMillis() / 1e3 + earned;
    }

    String rule() {
        return "it has "
                + patience.toSeconds()
                + " seconds, and one more for each "
                + LEAST_BYTES_PER_SECOND
                + " bytes, and must not pause for long";
    }

    /** What is larger than all of the budget would be refused for ever, so its client must not come again. */
    RequestException noRoom(long bytes) {
        if (bytes > budget.maxBytes()) {
            return new RequestException(
                    413,
                    "the request needs %d bytes of memory, and all requests together may hold %d"
                            .formatted(bytes, budget.maxBytes()));
        }
        return new RequestException(
                503, "too many large requests at once, come again later", RETRY_SECONDS);
    }
}
