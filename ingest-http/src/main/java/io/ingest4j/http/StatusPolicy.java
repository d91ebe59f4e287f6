package io.ingest4j.http;

import io.ingest4j.api.WriteFailure.Action;
import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Says what each status of a response means for its records. Immutable.
 *
 * <p>By default 2xx is a success; 408, 425, 429, 500, 502, 503 and 504 are tried again; 401, 403 and
 * 407 abort the run, because no other record would fare better; everything else, redirects among it,
 * makes dead letters. One exception: until something else was answered, a redirect to the same path
 * by https, or a 400 that says that TLS is wanted, aborts the run, because the URI should begin with
 * {@code https}.
 *
 * <pre>{@code
 * StatusPolicy.defaults().success(409).retry(404).abort(402)
 * }</pre>
 *
 * @since 0.1
 */
public final class StatusPolicy implements Serializable {

    private static final long serialVersionUID = 1;
    private static final StatusPolicy DEFAULTS =
            new StatusPolicy(Map.of())
                    .retry(408, 425, 429, 500, 502, 503, 504)
                    .abort(401, 403, 407);

    /** Only what differs from success for 2xx and dead letter for the rest. */
    private final TreeMap<Integer, Verdict> verdicts;

    private enum Verdict {
        SUCCESS,
        RETRY,
        DEAD_LETTER,
        ABORT
    }

    private StatusPolicy(Map<Integer, Verdict> verdicts) {
        this.verdicts = new TreeMap<>(verdicts);
    }

    /**
     * Returns the policy described above.
     *
     * @return always the same object
     */
    public static StatusPolicy defaults() {
        return DEFAULTS;
    }

    /**
     * Makes answers with these statuses successes.
     *
     * @param statuses from 200 to 599
     * @return another policy, like this one for all other statuses
     */
    public StatusPolicy success(int... statuses) {
        return with(Verdict.SUCCESS, statuses);
    }

    /**
     * Makes records that are answered with these statuses be sent again.
     *
     * @param statuses from 200 to 599
     * @return another policy, like this one for all other statuses
     */
    public StatusPolicy retry(int... statuses) {
        return with(Verdict.RETRY, statuses);
    }

    /**
     * Makes records that are answered with these statuses dead letters.
     *
     * @param statuses from 200 to 599
     * @return another policy, like this one for all other statuses
     */
    public StatusPolicy deadLetter(int... statuses) {
        return with(Verdict.DEAD_LETTER, statuses);
    }

    /**
     * Makes a run fail that is answered with one of these statuses.
     *
     * @param statuses from 200 to 599
     * @return another policy, like this one for all other statuses
     */
    public StatusPolicy abort(int... statuses) {
        return with(Verdict.ABORT, statuses);
    }

    private StatusPolicy with(Verdict verdict, int... statuses) {
        Objects.requireNonNull(statuses, "statuses must not be null");
        Map<Integer, Verdict> changed = new TreeMap<>(verdicts);
        for (int status : statuses) {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("status must be from 200 to 599, was " + status);
            }
            changed.put(status, verdict);
        }
        return new StatusPolicy(changed);
    }

    /** Returns what to do about a status; empty for a success. */
    Optional<Action> action(int status) {
        Verdict unlisted = status / 100 == 2 ? Verdict.SUCCESS : Verdict.DEAD_LETTER;
        return switch (verdicts.getOrDefault(status, unlisted)) {
            case SUCCESS -> Optional.empty();
            case RETRY -> Optional.of(Action.RETRY);
            case DEAD_LETTER -> Optional.of(Action.DEAD_LETTER);
            case ABORT -> Optional.of(Action.ABORT);
        };
    }

    @Override
    public String toString() {
        return "2xx=SUCCESS " + verdicts;
    }
}
