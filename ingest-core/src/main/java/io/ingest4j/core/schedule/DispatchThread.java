package io.ingest4j.core.schedule;

import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Require;
import io.ingest4j.spi.Ticker;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that steps a {@link DispatchLoop}, and the way to it for all others. */
final class DispatchThread<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** What closing may take beyond the time to stop: the store's last words. */
    private static final long LAST_WORDS_MILLIS = 10_000;

    private final ScheduleSettings<T> settings;
    private final ScheduleQueue<T> queue;
    private final Mailbox mailbox;
    private final DispatchLoop<T> loop;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean over;

    private DispatchThread(
            ScheduleSettings<T> settings,
            ScheduleQueue<T> queue,
            Mailbox mailbox,
            DispatchLoop<T> loop) {
        this.settings = settings;
        this.queue = queue;
        this.mailbox = mailbox;
        this.loop = loop;
        thread = new Thread(this::run, settings.name());
        thread.setDaemon(true);
    }

    static <T> DispatchThread<T> start(
            ScheduleSettings<T> settings, Ticker ticker, InstantSource clock) {
        Mailbox mailbox = new Mailbox();
        ScheduleQueue<T> queue = settings.store().open(settings.rules(), ticker, clock);
        DispatchLoop<T> loop;
        try {
            loop =
                    DispatchLoop.open(
                            settings,
                            queue,
                            mailbox,
                            ticker,
                            clock,
                            new SplittableRandom(),
                            task -> help(settings, task));
        } catch (RuntimeException | Error e) {
            queue.close();
            throw e;
        }
        DispatchThread<T> started = new DispatchThread<>(settings, queue, mailbox, loop);
        started.thread.start();
        return started;
    }

    /** So seldom that a thread may be made for it. */
    private static void help(ScheduleSettings<?> settings, Runnable task) {
        Thread helper = new Thread(task, settings.name() + "-helper");
        helper.setDaemon(true);
        helper.start();
    }

    String submit(Submission<T> submission) {
        requireOpen();
        String id = queue.submit(submission);
        mailbox.post(DispatchThread::wake);
        return id;
    }

    Optional<SubmissionStatus<T>> status(String id) {
        requireOpen();
        return queue.status(id);
    }

    boolean cancel(String id) {
        requireOpen();
        ScheduleQueue.Cancellation cancellation;
        try {
            cancellation = queue.cancel(id);
        } catch (RuntimeException e) {
            mailbox.post(loop::distrust); // it may have been done nevertheless
            throw e;
        }
        if (cancellation.isAny()) {
            cancellation
                    .state()
                    .filter(SubmissionStatus.State::isEnd)
                    .ifPresent(state -> mailbox.post(() -> loop.ended(id, state)));
        }
        return cancellation.isAny();
    }

    CompletableFuture<SubmissionStatus<T>> completion(String id) {
        CompletableFuture<SubmissionStatus<T>> future = new CompletableFuture<>();
        mailbox.post(() -> loop.await(id, future));
        if (over) {
            future.completeExceptionally(closedException());
        }
        return future;
    }

    List<ScheduleQueue.OpenSubmission> open(int most) {
        requireOpen();
        return queue.open(most);
    }

    QueueStatistics statistics() {
        requireOpen();
        return queue.statistics();
    }

    void close() {
        if (!closed) {
            closed = true;
            mailbox.post(loop::close);
        }
        if (Thread.currentThread() == thread) {
            return;
        }
        long stopMillis = TimeUnit.NANOSECONDS.toMillis(Require.nanos(settings.stopTimeout()));
        try {
            thread.join(stopMillis + LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.atWarn()
                    .addKeyValue("scheduler", settings.name())
                    .log(
                            "scheduler {}: its store or sink doesn't end, no longer waiting for it",
                            settings.name());
        }
    }

    /** An event that only makes the loop look at the queue. */
    private static void wake() {}

    private void run() {
        Throwable failure = null;
        try {
            while (!loop.isOver()) {
                mailbox.await(loop.step());
            }
        } catch (Throwable e) {
            failure = e;
            LOG.atError()
                    .addKeyValue("scheduler", settings.name())
                    .setCause(e)
                    .log("scheduler {} ends on an error", settings.name());
        } finally {
            closed = true;
            over = true; // before the last events are taken: who posts later sees it
            loop.abandonAll(closedException(), failure);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw closedException();
        }
    }

    private IllegalStateException closedException() {
        return new IllegalStateException("the scheduler '" + settings.name() + "' is closed");
    }
}
