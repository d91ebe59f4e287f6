package io.ingest4j.api;

/**
 * What became of an attempt, as far as the receiver's count of requests goes.
 *
 * @since 0.1
 */
public enum PermitOutcome {
    /** The receiver answered, so it counted the attempt before now. */
    ANSWERED,
    /** The connection was closed without an answer; what was sent may still arrive a little later. */
    UNANSWERED,
    /** Nothing was sent, so nothing was counted. */
    NOT_SENT
}
