/** Bytes in local files, and bytes that are compressed wherever they lie. */
@NullMarked
package io.ingest4j.core.file;

import org.jspecify.annotations.NullMarked;
