/**
 * Bytes as they are: {@link io.ingest4j.core.bytes.Bytes} cuts them into chunks, so that a run copies
 * any transport to any other without knowing what is in them.
 */
@NullMarked
package io.ingest4j.core.bytes;

import org.jspecify.annotations.NullMarked;
