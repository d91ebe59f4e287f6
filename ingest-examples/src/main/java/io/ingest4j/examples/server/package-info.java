/**
 * The other ends of the examples, in this JVM: an S3 server and an HTTP API that limits its callers and
 * checks what they send, and the customers that travel from one to the other.
 */
@NullMarked
package io.ingest4j.examples.server;

import org.jspecify.annotations.NullMarked;
