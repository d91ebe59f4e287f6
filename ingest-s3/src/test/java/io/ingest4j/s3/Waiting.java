package io.ingest4j.s3;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How tests wait for what happens elsewhere. */
final class Waiting {

    private Waiting() {}

    /** Looks at once and often, and gives a machine that stands still for a while its time. */
    static ConditionFactory await() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10));
    }
}
