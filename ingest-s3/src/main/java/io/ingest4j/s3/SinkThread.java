package io.ingest4j.s3;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The one thread that fills parts and steers the upload. What is asked for is done in turn. */
final class SinkThread {

    /** Something to do. */
    interface Work<V> {
        V run() throws IOException;
    }

    private final String object;
    private final ThreadPoolExecutor executor;

    SinkThread(String object) {
        this.object = object;
        executor =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread thread = new Thread(task, "ingest4j-s3-sink-" + object);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** Has something done later; it must not throw. Returns false after {@link #end}. */
    boolean execute(Runnable work) {
        try {
            executor.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Has something done and waits for it, also when the calling thread is interrupted. */
    <V> V call(Work<V> work) throws IOException {
        Future<V> result;
        try {
            result = executor.submit(work::run);
        } catch (RejectedExecutionException e) {
            throw closed();
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw rethrow(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException rethrow(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof IOException e ? e : new IOException(cause);
    }

    IOException closed() {
        return new IOException("the writer of " + object + " must be open, was closed");
    }

    /** Ends the thread when it has done what was asked for before. */
    void end() {
        executor.shutdown();
    }
}
