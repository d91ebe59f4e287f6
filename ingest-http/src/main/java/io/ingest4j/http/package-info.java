/**
 * The HTTP sink: {@link io.ingest4j.http.HttpSink} sends batches as requests, on the JDK's own
 * client.
 */
@NullMarked
package io.ingest4j.http;

import org.jspecify.annotations.NullMarked;
