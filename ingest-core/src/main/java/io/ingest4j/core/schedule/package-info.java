/**
 * Priority scheduling: submitted items are processed by priority, so many in a period. Start at {@link
 * io.ingest4j.core.schedule.PriorityScheduler}.
 *
 * <h2>What is dispatched when</h2>
 *
 * <p>A <em>batch</em> is up to N consecutive items of one submission, fixed when it is submitted; it is
 * what a status shows. A <em>dispatch</em> is what one period may process: up to N items of those that
 * wait, by priority, then time of submission, then place in the submission, filled across submissions
 * and priorities. With N = 3 and 5 seconds, MEDIUM [1..5] at T0 and HIGH [6..9] at T4 give
 *
 * <pre>
 * T0   [1, 2, 3]
 * T5   [6, 7, 8]
 * T10  [9, 4, 5]
 * </pre>
 *
 * <ul>
 *   <li>Between the last call of a dispatch and the first of the next there is always a whole period, in
 *       this process by a monotonic clock, and across restarts too. So in no window of that length, wherever
 *       it begins, are more than N items begun. Processes that share a PostgreSQL database share the
 *       period, counted from claim to claim by the database's clock; what lies between a claim and its
 *       calls, a commit say, shifts the calls.
 *   <li>A dispatch doesn't wait for the calls of the one before it, unless {@code maxInFlight} are under
 *       way, and is not put off to be filled: what waits goes as soon as the period allows.
 *   <li>An item that failed and may be tried again has its old place in the order when its wait is over,
 *       and counts in the dispatch that it goes with as any other.
 *   <li>With {@code maxWait}, an item counts as one priority higher for each such time since its
 *       submission, and among those of that priority the earlier submission goes first: so nothing is
 *       starved.
 *   <li>With {@code fairTenants}, the items of one priority are taken from the tenants by turns, the
 *       least recently served first; within a tenant the order stays.
 * </ul>
 *
 * <h2>What becomes of an item</h2>
 *
 * <p>It waits, is taken by a dispatch, and comes back or ends: completed, or failed with a reason, after
 * its dead letter was kept. A cancelled submission loses the batches of which nothing was ever taken. What
 * was under way when a process died is processed again: with a database, when the process's lease has
 * ended. So every item is processed at least once, and twice only if it was under way at a crash, or its
 * process was held up for longer than its lease. The lease is looked at again before each call; between
 * that look and the call nothing can.
 *
 * <h2>How it is made</h2>
 *
 * <p>A {@link io.ingest4j.core.schedule.ScheduleStore} keeps the submissions, decides which items go
 * next and who may process them; the scheduler's loop asks it for the next dispatch when the limiter
 * allows one, begins the calls and tells it what became of them.
 */
@NullMarked
package io.ingest4j.core.schedule;

import org.jspecify.annotations.NullMarked;
