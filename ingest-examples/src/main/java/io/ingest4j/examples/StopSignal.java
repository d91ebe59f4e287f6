package io.ingest4j.examples;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Lets a program end in order on Ctrl-C or SIGTERM: whoever is asked to stop does so, the program goes on
 * to its end, and then the JVM exits with the program's own code.
 */
final class StopSignal {

    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final Thread hook = new Thread(this::stopAndWait, "stop-signal");
    private @Nullable Runnable listener;
    private boolean stopped;

    /** Begins to catch signals. */
    void install() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Has the program been asked to stop? */
    synchronized boolean isStopped() {
        return stopped;
    }

    /** Says what to do on a signal; done at once if there was one. */
    void onStop(Runnable action) {
        boolean late;
        synchronized (this) {
            listener = action;
            late = stopped;
        }
        if (late) {
            action.run();
        }
    }

    void stop() {
        Runnable action;
        synchronized (this) {
            stopped = true;
            action = listener;
        }
        if (action != null) {
            action.run();
        }
    }

    /** The program has done all it had to. Returns false if the JVM is already exiting. */
    boolean finish(int code) {
        exitCode.complete(code);
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private void stopAndWait() {
        stop();
        Runtime.getRuntime().halt(exitCode.join());
    }
}
