/**
 * Priority scheduling: submitted items are processed by priority, so many in a period. Start at {@link
 * io.ingest4j.core.schedule.PriorityScheduler}.
 *
 * <p>A {@link io.ingest4j.core.schedule.ScheduleStore} keeps the submissions, decides which items go
 * next and who may process them; the scheduler's loop asks it for the next dispatch when the limiter
 * allows one, begins the calls and tells it what became of them.
 */
@NullMarked
package io.ingest4j.core.schedule;

import org.jspecify.annotations.NullMarked;
