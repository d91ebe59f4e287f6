/**
 * Schedules in a database. Start at {@link io.ingest4j.core.schedule.jdbc.JdbcScheduleStore}.
 *
 * <p>Every change is an operation in a transaction of one connection, and those that several threads want
 * at the same time go together (group commit). A claim locks one row, so that there is one after the other
 * whoever asks, looks at the newest dispatch by the database's clock, and takes the first items of each
 * priority from partial indexes. A scheduler has a lease, one row with the number (epoch) that its items
 * bear; what it says of them counts only while the row is there and has not ended by the same clock. In a
 * file, whose clock may be set, it counts as long as the row is there. What needs neither a claim nor a
 * cancellation needs no lock that others hold for them. How many items wait is a sum of rows, to which each
 * transaction adds its own changes. A dispatch tells when its calls have begun, from which other processes
 * count their period.
 */
@NullMarked
package io.ingest4j.core.schedule.jdbc;

import org.jspecify.annotations.NullMarked;
