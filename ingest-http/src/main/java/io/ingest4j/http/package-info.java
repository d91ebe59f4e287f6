/**
 * The HTTP sink and the download source: {@link io.ingest4j.http.HttpSink} sends batches as requests,
 * on the JDK's own client; {@link io.ingest4j.http.HttpDownload} reads what is at a URI, on Apache
 * HttpComponents, through broken connections and past lying servers.
 */
@NullMarked
package io.ingest4j.http;

import org.jspecify.annotations.NullMarked;
