/**
 * Limiters: how fast a run may send. Start at {@link io.ingest4j.core.limit.RateLimiters}.
 *
 * <h2>What is promised, and why it holds</h2>
 *
 * <p>A {@link io.ingest4j.core.limit.PacedRateLimiter} of n permits per period T owns n tokens. Each
 * grant takes one, and a token is used again only
 *
 * <ul>
 *   <li>{@code AT_SERVER}: T after the answer arrived, as the server saw the attempt before it answered;
 *       or T after the connection was closed without an answer plus {@code lateArrival}, as what was
 *       sent arrives before that is over. T is lengthened by 0.1 % in case the server's clock runs
 *       slower than ours.
 *   <li>{@code AT_START}: T after it was granted.
 * </ul>
 *
 * <p>So two attempts on one token reach the server (or begin) at least T apart, however long either
 * was on its way. A window of length T, wherever it begins, therefore holds at most one attempt for
 * each token: n in all. The proof needs no assumption on latency, jitter, order or threads; it needs
 * that {@code lateArrival} is long enough, that the clocks drift apart by no more than said, and that
 * all senders share the limiter. A token that is never closed is never used again.
 *
 * <p>The price is throughput: a token makes one trip in T plus the round trip RTT, so at most n · T /
 * (T + RTT) attempts are made in T. At 200 ms and a period of one second that is 83 % of the limit.
 *
 * <p>Tokens wait for their return in queues of at most some 4096 entries: of a larger number of tokens
 * those that return within 1/4096 of T of each other share an entry, and the latest counts.
 *
 * <h2>Runs that share a limiter</h2>
 *
 * <p>A limiter is one object, and several runs may use it. A run that continues an earlier one resumes
 * it; that counts only if no permit was granted before, or for what another process has spent of a long
 * budget, once for each limiter of that process. So a run that starts takes nothing from the others.
 *
 * <h2>Pacing</h2>
 *
 * <p>Tokens alone would allow all n at once. The generic cell rate algorithm (ITU-T Recommendation
 * I.371, Annex A, and ATM Forum Traffic Management Specification 4.1, section 4.4.2; its virtual
 * scheduling form) spreads the grants by T / n each, with a small tolerance in which who wakes late
 * catches up. Pacing shapes, tokens guarantee: no error of the first can break the second.
 *
 * <p>After a pause, as a receiver asks for with Retry-After, the pace starts at 1/16 and doubles four
 * times.
 */
@NullMarked
package io.ingest4j.core.limit;

import org.jspecify.annotations.NullMarked;
