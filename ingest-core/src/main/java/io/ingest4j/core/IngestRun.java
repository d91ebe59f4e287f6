package io.ingest4j.core;

import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.spi.Ticker;
import java.time.Clock;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A run under way. Safe for use by several threads.
 *
 * @since 0.1
 */
public final class IngestRun {

    private final Mailbox mailbox = new Mailbox();
    private final CompletableFuture<IngestReport> end = new CompletableFuture<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final RunLoop<?, ?> loop;
    private final @Nullable StopSignal stopSignal;

    private IngestRun(Job<?, ?> job, @Nullable StopSignal stopSignal) {
        this.stopSignal = stopSignal;
        Surroundings surroundings =
                new Surroundings(
                        Ticker.system(),
                        Clock.systemUTC(),
                        new SplittableRandom(),
                        name -> new ThreadLane("ingest4j-" + job.name() + "-" + name));
        loop = new RunLoop<>(job, surroundings, mailbox);
    }

    static IngestRun start(Job<?, ?> job, @Nullable StopSignal stopSignal) {
        IngestRun run = new IngestRun(job, stopSignal);
        if (stopSignal != null && stopSignal.add(run)) {
            run.stop();
        }
        new Thread(run::drive, "ingest4j-" + job.name()).start();
        return run;
    }

    private void drive() {
        try {
            runToTheEnd();
        } finally {
            if (stopSignal != null) {
                stopSignal.remove(this);
            }
            ended.countDown(); // first, as what hangs on the end may ask whether it has come
            complete();
        }
    }

    private void complete() {
        try {
            end.complete(loop.report());
        } catch (RuntimeException e) {
            end.completeExceptionally(e);
        }
    }

    private void runToTheEnd() {
        try {
            loop.start();
            while (!loop.hasEnded()) {
                long wait = loop.step();
                if (wait > 0) {
                    mailbox.await(wait);
                }
            }
        } catch (Throwable e) {
            loop.crash(e);
        }
    }

    /**
     * Asks the run to stop: no new reads and no new attempts; what is in flight finishes within the
     * stop timeout.
     */
    public void stop() {
        mailbox.post(() -> loop.stop(RunState.STOPPED));
    }

    /** Begins no new attempts until {@link #resume()}; what is in flight goes on. */
    public void pause() {
        mailbox.post(() -> loop.hold(true));
    }

    /** Ends a {@link #pause()}. */
    public void resume() {
        mailbox.post(() -> loop.hold(false));
    }

    /**
     * Returns the ledger.
     *
     * @return at most about one progress interval old; final once the run has ended
     */
    public Progress progress() {
        return loop.progress();
    }

    /**
     * Tells whether the run has ended.
     *
     * @return true once {@link #await()} returns at once
     */
    public boolean isEnded() {
        return ended.getCount() == 0;
    }

    /**
     * Waits for the end. If the waiting thread is interrupted, now or before, the run is asked to stop,
     * and this still waits for the end, which comes within the stop timeout and the time that the last
     * checkpoint takes. The thread's interrupt status is set again when this returns.
     *
     * @return the report, also of a run that FAILED
     */
    public IngestReport await() {
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                stop();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return end.join();
    }

    /**
     * Returns the end as a stage.
     *
     * @return completes with the report, also of a run that FAILED
     */
    public CompletionStage<IngestReport> completion() {
        return end.minimalCompletionStage();
    }
}
