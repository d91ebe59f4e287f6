package io.ingest4j.examples.service;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.Request;

/** So many requests of a client in any second. Clients are told apart by their addresses. */
final class ClientLimit {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int MAX_CLIENTS = 100_000;
    private static final int MAX_NAME = 64;

    private final RateLimiter limiter;
    private final boolean trustForwardedFor;

    /** 0 requests for any number. */
    ClientLimit(int requestsPerSecond, boolean trustForwardedFor) {
        this.trustForwardedFor = trustForwardedFor;
        limiter =
                requestsPerSecond == 0
                        ? RateLimiters.unlimited()
                        : RateLimiters.perKey(
                                RateLimiters.per(requestsPerSecond, PERIOD)
                                        .guarantee(RateLimiter.Guarantee.AT_START)
                                        .clockDriftPpm(0)
                                        .catchUp(PERIOD),
                                MAX_CLIENTS);
    }

    void require(Request request) throws RequestException {
        String client = client(request);
        long now = System.nanoTime();
        long wait = limiter.reserve(1, client, now);
        if (wait != RateLimiter.GRANTED) {
            long seconds = -Math.floorDiv(-wait, 1_000_000_000L);
            throw new RequestException(
                    429, "too many requests of one client", Math.max(1, Math.min(60, seconds)));
        }
        limiter.close(1, client, PermitOutcome.ANSWERED, now);
    }

    /** A proxy adds whom it got the request from at the end; what stands before anyone can write. */
    private String client(Request request) {
        String address = Request.getRemoteAddr(request);
        if (trustForwardedFor) {
            List<String> forwarded = request.getHeaders().getCSV("X-Forwarded-For", false);
            if (!forwarded.isEmpty()) {
                address = forwarded.get(forwarded.size() - 1).strip();
            }
        }
        return address.length() <= MAX_NAME ? address : address.substring(0, MAX_NAME);
    }
}
