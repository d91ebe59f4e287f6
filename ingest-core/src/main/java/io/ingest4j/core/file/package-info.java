/** Local files as sources and sinks, files of dead letters, and bytes that are compressed wherever they lie. */
@NullMarked
package io.ingest4j.core.file;

import org.jspecify.annotations.NullMarked;
