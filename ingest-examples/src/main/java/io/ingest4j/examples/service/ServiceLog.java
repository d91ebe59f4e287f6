package io.ingest4j.examples.service;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** How much is logged. */
public final class ServiceLog {

    private ServiceLog() {}

    /**
     * Sets what is logged of the library and the service.
     *
     * @param level the least that is logged
     */
    public static void setLevel(org.slf4j.event.Level level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger("io.ingest4j").setLevel(Level.toLevel(level.name()));
        }
    }
}
