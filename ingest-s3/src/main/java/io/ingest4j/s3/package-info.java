/**
 * Bytes on S3. {@link io.ingest4j.s3.S3Access} says how to reach a server, {@link
 * io.ingest4j.s3.S3Source} what to read there. Inside, a {@code RangedStream} hands out bytes that
 * a {@code RangeFetcher} brings in bounded ranges, each pinned to one version of the object.
 *
 * <p>{@link io.ingest4j.s3.S3Sink} writes one object there: an {@code S3SinkWriter} encodes, an {@code
 * ObjectFill} cuts the bytes into parts as a {@code PartPlan} says, {@code PartUploads} brings them to
 * the server, and an {@code ObjectUpload} makes the object of them. An {@code UploadState} is what a
 * checkpoint keeps of that, and {@code UploadResume} compares it with the server.
 *
 * <p>{@link io.ingest4j.s3.S3CheckpointStore} keeps checkpoints there: a {@code LeaseContest} takes
 * the object of a job, an {@code S3Lease} has it, and a {@code CheckpointObject} replaces it on the
 * condition that nobody else has.
 */
@NullMarked
package io.ingest4j.s3;

import org.jspecify.annotations.NullMarked;
