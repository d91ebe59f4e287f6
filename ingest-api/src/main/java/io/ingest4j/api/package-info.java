/**
 * The contract between the run loop and everything that plugs into it.
 *
 * <p>Follow a record through the package: a {@link io.ingest4j.api.RecordSource} plans {@link
 * io.ingest4j.api.SourceSplit}s; a {@link io.ingest4j.api.RecordReader} reads one split in {@link
 * io.ingest4j.api.SourceBatch}es whose records know their {@link io.ingest4j.api.Position}; the run
 * loop asks a {@link io.ingest4j.api.RateLimiter} for a permit and hands a {@link
 * io.ingest4j.api.RecordBatch} to a {@link io.ingest4j.api.RecordWriter}, opened by a {@link
 * io.ingest4j.api.RecordSink}; the {@link io.ingest4j.api.WriteResult} decides for each record
 * whether it is delivered, tried again or becomes a {@link io.ingest4j.api.DeadLetter}; and a {@link
 * io.ingest4j.api.CheckpointStore} remembers how far all this came.
 *
 * <p>Transports that move bytes implement {@link io.ingest4j.api.ByteSource} instead, and become
 * record sources through a {@link io.ingest4j.api.RecordFormat}.
 */
@NullMarked
package io.ingest4j.api;

import org.jspecify.annotations.NullMarked;
