package io.ingest4j.examples.server;

/** The one method that a path knows. */
record Route(String method, Endpoint endpoint) {}
