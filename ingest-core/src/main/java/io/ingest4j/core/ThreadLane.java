package io.ingest4j.core;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A lane on a daemon thread of its own. */
final class ThreadLane implements Surroundings.Lane {

    private final ExecutorService executor;
    private volatile @Nullable Thread thread;

    ThreadLane(String name) {
        executor =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread made = new Thread(task, name);
                            made.setDaemon(true);
                            thread = made;
                            return made;
                        });
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    @Override
    public void finish() {
        executor.shutdown();
    }

    @Override
    public void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }
}
