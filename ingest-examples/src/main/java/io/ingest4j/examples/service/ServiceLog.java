package io.ingest4j.examples.service;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.event.LoggingEvent;

/** What is logged, and what is to be seen by it. */
public final class ServiceLog {

    private ServiceLog() {}

    /**
     * Does something when a thread has run out of memory, whoever catches that: whatever catches it logs it,
     * and what nobody catches ends its thread. The rest of the process can't be trusted any more, as a thread
     * may be gone that all requests need.
     *
     * @param end gets what was thrown; called once or more often, on the thread that ran out of memory
     */
    public static void onOutOfMemory(Consumer<Throwable> end) {
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> {
                    LoggerFactory.getLogger(ServiceLog.class)
                            .error("thread {} has ended", thread.getName(), failure);
                    if (failure instanceof OutOfMemoryError) {
                        end.accept(failure);
                    }
                });
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            watch(context, end);
        }
    }

    static void watch(LoggerContext context, Consumer<Throwable> end) {
        TurboFilter filter = new OutOfMemoryFilter(end);
        filter.setContext(context);
        filter.start();
        context.addTurboFilter(filter);
    }

    /** Looks at each event before its level is looked at, and leaves what is logged as it is. */
    private static final class OutOfMemoryFilter extends TurboFilter {

        /** A failure may be its own cause's cause. */
        private static final int MAX_CAUSES = 100;

        private final Consumer<Throwable> end;

        OutOfMemoryFilter(Consumer<Throwable> end) {
            this.end = end;
        }

        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] arguments,
                @Nullable Throwable failure) {
            if (format == null && failure == null) {
                // Only asked whether the level is logged; after a no, no event would be built to
                // look at.
                return level.isGreaterOrEqual(Level.WARN)
                        ? FilterReply.ACCEPT
                        : FilterReply.NEUTRAL;
            }
            look(failure);
            if (failure == null
                    && arguments != null
                    && arguments.length > 0
                    && arguments[arguments.length - 1] instanceof Throwable last) {
                look(last);
            }
            return FilterReply.NEUTRAL;
        }

        @Override
        public FilterReply decide(Logger logger, LoggingEvent event) {
            look(event.getThrowable());
            Level level = Level.convertAnSLF4JLevel(event.getLevel());
            return level.isGreaterOrEqual(logger.getEffectiveLevel())
                    ? FilterReply.NEUTRAL
                    : FilterReply.DENY;
        }

        private void look(@Nullable Throwable failure) {
            Throwable cause = failure;
            for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
                if (cause instanceof OutOfMemoryError) {
                    end.accept(cause);
                    return;
                }
                cause = cause.getCause();
            }
        }
    }

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
