package io.ingest4j.examples.service;

/** Answers requests of one method at one path. May block. */
interface Endpoint {

    void handle(Exchange exchange) throws RequestException;
}
