package io.ingest4j.examples.server;

/** The body of a request is not the JSON that it should be. */
final class MalformedBodyException extends Exception {

    private static final long serialVersionUID = 1;

    MalformedBodyException(String message) {
        super(message);
    }
}
