/**
 * Files behind URLs, streamed into objects on S3: {@link io.ingest4j.examples.files.Ingestion} does
 * it all, a {@code FileTransfer} each of the files.
 */
@NullMarked
package io.ingest4j.examples.files;

import org.jspecify.annotations.NullMarked;
