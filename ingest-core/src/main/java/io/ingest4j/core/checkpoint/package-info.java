/**
 * Checkpoint stores: where a run keeps how far it has come. Start at {@link
 * io.ingest4j.core.checkpoint.CheckpointStores}.
 *
 * <h2>What the directory promises, and why it holds</h2>
 *
 * <p>A checkpoint is written to a file beside the old one, forced to the disk, renamed over the old
 * one, and then the directory is forced. A rename is atomic (POSIX.1-2017, {@code rename}), but
 * neither the content of a file nor the names in a directory are on the disk before they are forced
 * (POSIX.1-2017, {@code fsync}; Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014).
 * So after a loss of power there is the old checkpoint or the new one, whole, and the new one for
 * sure once {@code save} has returned.
 *
 * <p>A force that has failed is never tried again: the system may have dropped what it could not
 * write, and the second force would find nothing to do and succeed (Rebello et al., "Can Applications
 * Recover from fsync Failures?", USENIX ATC 2020). The lease refuses everything from then on; the
 * next one begins with what is on the disk.
 */
@NullMarked
package io.ingest4j.core.checkpoint;

import org.jspecify.annotations.NullMarked;
