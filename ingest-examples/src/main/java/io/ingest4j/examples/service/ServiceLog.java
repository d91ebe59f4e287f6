package io.ingest4j.examples.service;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

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
            Appender<ILoggingEvent> watch = new OutOfMemoryAppender(end);
            watch.setContext(context);
            watch.start();
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(watch);
        }
    }

    private static final class OutOfMemoryAppender extends AppenderBase<ILoggingEvent> {

        private final Consumer<Throwable> end;

        OutOfMemoryAppender(Consumer<Throwable> end) {
            this.end = end;
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getThrowableProxy() instanceof ThrowableProxy logged) {
                for (Throwable cause = logged.getThrowable();
                        cause != null;
                        cause = cause.getCause()) {
                    if (cause instanceof OutOfMemoryError) {
                        end.accept(cause);
                        return;
                    }
                }
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
