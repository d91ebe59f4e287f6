package io.ingest4j.core;

import io.ingest4j.api.IngestListener;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The run's listeners. What one throws is logged, once, and changes nothing. */
final class Audience {

    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);

    private final String job;
    private final List<IngestListener> listeners;
    private final Set<IngestListener> failed = Collections.newSetFromMap(new IdentityHashMap<>());

    Audience(String job, List<IngestListener> listeners) {
        this.job = job;
        this.listeners = listeners;
    }

    void tell(Consumer<IngestListener> event) {
        for (IngestListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                if (failed.add(listener)) {
                    LOG.warn(
                            "job {}: listener {} failed; it is told further events, but what it"
                                    + " throws is not logged again",
                            job,
                            listener.getClass().getName(),
                            e);
                }
            }
        }
    }
}
