package io.ingest4j.s3;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Uploads parts on threads of its own, which are made when needed, while the next part is filled. One
 * thread submits and awaits.
 */
final class PartUploads {

    private static final AtomicInteger THREADS = new AtomicInteger();

    private final ObjectUpload object;
    private final Segments memory;
    private final ThreadPoolExecutor executor;
    private final Set<Cancellation> cancellations = ConcurrentHashMap.newKeySet();
    private final SortedMap<Integer, UploadedPart> done = new TreeMap<>();
    private int pending;
    private @Nullable IOException failure;
    private volatile boolean ended;

    PartUploads(ObjectUpload object, Segments memory, int threads) {
        this.object = object;
        this.memory = memory;
        executor =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        PartUploads::thread);
        executor.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "ingest4j-s3-upload-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Takes over parts that a run before has uploaded. */
    synchronized void resume(List<UploadedPart> parts) {
        parts.forEach(part -> done.put(part.number(), part));
    }

    synchronized void submit(Part part) throws IOException {
        try {
            executor.execute(() -> upload(part));
            pending++;
        } catch (RejectedExecutionException e) {
            throw new IOException("the upload has ended", e);
        }
    }

    private void upload(Part part) {
        Cancellation cancellation = new Cancellation();
        cancellations.add(cancellation);
        try {
            if (ended) {
                throw new IOException("the upload has ended");
            }
            UploadedPart uploaded = object.upload(part, cancellation);
            part.release(memory); // before anyone waits for less
            ended(uploaded, null);
        } catch (IOException e) {
            ended(null, e);
        } catch (RuntimeException | Error e) {
            ended(null, new IOException("part " + part.number() + " could not be uploaded", e));
        } finally {
            cancellations.remove(cancellation);
            part.release(memory);
        }
    }

    /** After a failure the rest is given up, and nobody waits for memory any more. */
    private void ended(@Nullable UploadedPart uploaded, @Nullable IOException trouble) {
        synchronized (this) {
            pending--;
            if (uploaded != null) {
                done.put(uploaded.number(), uploaded);
            }
            if (trouble != null && failure == null) {
                failure = trouble;
            }
            notifyAll();
        }
        if (trouble != null) {
            cancel();
        }
    }

    /** What a part failed with for good; null if none did. */
    synchronized @Nullable IOException failure() {
        return failure;
    }

    /** Waits until all parts that were submitted are on the server, and returns all there are. */
    synchronized List<UploadedPart> await() throws IOException {
        boolean interrupted = false;
        while (pending > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
        return List.copyOf(done.values());
    }

    /** Ends what is under way: pauses at once, requests as soon as they read on or are answered. */
    void cancel() {
        ended = true;
        memory.end();
        cancellations.forEach(Cancellation::cancel);
    }

    /** Cancels, and returns when no thread is left. */
    void end() {
        cancel();
        executor.shutdown();
        boolean interrupted = false;
        boolean over = false;
        while (!over) {
            try {
                over = executor.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
