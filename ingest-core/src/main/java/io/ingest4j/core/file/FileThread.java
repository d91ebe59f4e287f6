package io.ingest4j.core.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that touches a file. Nobody interrupts it, as that would close the file's channel.
 * What is asked for is done in turn.
 */
final class FileThread {

    /** Something to do with a file. */
    interface Work<V> {
        V run() throws IOException;
    }

    private final Path file;
    private final ThreadPoolExecutor executor;

    FileThread(Path file) {
        this.file = file;
        executor =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread thread = new Thread(task, "ingest4j-file-" + file.getFileName());
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
        return new IOException("the writer of " + file + " must be open, was closed");
    }

    /** Does what was asked for before, then ends the thread. */
    void end() {
        executor.shutdown();
    }
}
