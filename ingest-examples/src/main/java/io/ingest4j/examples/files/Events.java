package io.ingest4j.examples.files;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** What happens in an ingestion, each event with a name and fields. */
final class Events {

    /** The key of an event's name. */
    static final String EVENT = "event";

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private Events() {}

    static LoggingEventBuilder info(String event) {
        return at(Level.INFO, event);
    }

    static LoggingEventBuilder warn(String event) {
        return at(Level.WARN, event);
    }

    static LoggingEventBuilder error(String event) {
        return at(Level.ERROR, event);
    }

    private static LoggingEventBuilder at(Level level, String event) {
        return LOG.atLevel(level).addKeyValue(EVENT, event);
    }
}
