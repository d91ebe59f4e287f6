package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ServiceLogTest {

    private final OutOfMemoryError failure = new OutOfMemoryError("none left");
    private final List<Throwable> seen = new ArrayList<>();
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("io.ingest4j.some");
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();

    @BeforeEach
    void watch() {
        ServiceLog.watch(context, seen::add);
        written.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(written);
        context.getLogger("io.ingest4j").setLevel(Level.ERROR);
    }

    @Test
    void outOfMemory_isSeen_thoughItsLevelIsNotLogged() {
        logger.warn("failed", failure);
        logger.warn("{} failed", 1, failure);
        logger.info("{} of {} failed", 1, 2, new IllegalStateException(failure));
        logger.atWarn().setCause(new IllegalStateException(failure)).log("failed");
        assertThat(seen).containsExactly(failure, failure, failure, failure);
        assertThat(written.list).isEmpty();
    }

    @Test
    void outOfMemory_thatIsLogged_isSeenOnce() {
        logger.atError().setCause(failure).log("failed");
        logger.error("failed", failure);
        assertThat(seen).containsExactly(failure, failure);
        assertThat(written.list).hasSize(2);
    }

    @Test
    void otherFailures_areNone() {
        IllegalStateException first = new IllegalStateException("first");
        first.initCause(new IllegalStateException("second", first));
        logger.warn("failed", first);
        logger.warn("failed {}", "much");
        logger.atWarn().log("failed");
        logger.atError().log("failed");
        assertThat(seen).isEmpty();
        assertThat(written.list).hasSize(1);
    }
}
