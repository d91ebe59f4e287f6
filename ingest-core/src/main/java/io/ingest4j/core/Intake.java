package io.ingest4j.core;

import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.core.loop.Mailbox;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop's side of the source: plans the splits, keeps a few readers busy on lanes of their own, and
 * asks for more only while the buffer has room. All methods run on the loop's thread.
 */
final class Intake<S> {

    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

    /** Reads asked for ahead, so that a reader works on while the loop takes what it read. */
    private static final int DEMANDS_PER_READER = 2;

    /** How much larger records may be in memory than in the source, until it is known better. */
    private static final int FIRST_EXPANSION = 4;

    /** By so small a part of itself the expansion shrinks with each chunk that was smaller. */
    private static final int EXPANSION_DECAY = 8;

    /** Takes what was read, and how many of its records an earlier run has done. */
    interface Arrivals<S> {
        void arrived(Chunk<S> chunk, int doneEarlier);
    }

    private final Job<S, ?> job;
    private final Surroundings surroundings;
    private final Mailbox mailbox;
    private final Arrivals<S> arrivals;
    private final Consumer<Throwable> failures;
    private final LongSupplier letterBytes;

    private final List<SplitState<S>> splits = new ArrayList<>();
    private final Queue<SplitState<S>> waiting = new ArrayDeque<>();

    /** Those being read, the one asked longest ago first. */
    private final List<SplitState<S>> active = new ArrayList<>();

    private Surroundings.@Nullable Lane planner;
    private boolean started;
    private volatile boolean stopped;
    private int readers = 1;
    private long chunkBytes;
    private long expansion = FIRST_EXPANSION;
    private long bufferedBytes;
    private long reservedBytes;
    private long readBytes;
    private long totalBytes = SourceSplit.UNKNOWN;

    Intake(
            Job<S, ?> job,
            Surroundings surroundings,
            Mailbox mailbox,
            Arrivals<S> arrivals,
            Consumer<Throwable> failures,
            LongSupplier letterBytes) {
        this.job = job;
        this.surroundings = surroundings;
        this.mailbox = mailbox;
        this.arrivals = arrivals;
        this.failures = failures;
        this.letterBytes = letterBytes;
    }

    /** Asks the source for so many splits of what it holds now. */
    void plan(int wanted, Consumer<List<SourceSplit>> planned) {
        ask(() -> job.source().splits(wanted), planned);
    }

    /** Asks what may take its time, before anything is read; a run that stops meanwhile is not told. */
    <V> void ask(Callable<V> question, Consumer<V> answered) {
        if (stopped) {
            return;
        }
        Surroundings.Lane lane = surroundings.lanes().open("plan");
        planner = lane;
        lane.execute(
                () -> {
                    try {
                        V answer = question.call();
                        mailbox.post(() -> planned(answer, answered));
                    } catch (Throwable e) {
                        mailbox.post(() -> planFailed(e));
                    }
                });
        lane.finish();
    }

    /** Reads on from there, so many splits at a time. */
    void start(List<SplitProgress> progress, int concurrent, String startId) {
        started = true;
        boolean isKept = job.resumption().store() != null;
        boolean unknown = false;
        totalBytes = 0;
        for (SplitProgress part : progress) {
            SplitState<S> split = new SplitState<>(part, startId, isKept);
            splits.add(split);
            if (!split.ended) {
                waiting.add(split);
            }
            readBytes += part.done().offset() - part.split().start();
            unknown |= part.split().end() == SourceSplit.UNKNOWN;
            totalBytes += part.split().end() - part.split().start();
        }
        totalBytes = unknown ? SourceSplit.UNKNOWN : totalBytes;
        readers = Math.min(concurrent, Math.max(1, waiting.size()));
        chunkBytes = job.chunkBytes(readers);
        if (stopped) {
            waiting.clear();
        } else {
            openNext();
        }
    }

    /** Asks the readers for as much as the buffer has room for, those first that were asked for least. */
    void pull() {
        Optional<SplitState<S>> next = nextToAsk();
        while (next.isPresent() && hasRoom()) {
            ask(next.get());
            next = nextToAsk();
        }
    }

    private Optional<SplitState<S>> nextToAsk() {
        return stopped
                ? Optional.empty()
                : active.stream()
                        .filter(split -> !split.ended && split.demands < DEMANDS_PER_READER)
                        .min(Comparator.comparingInt(split -> split.demands));
    }

    /** A reader is opened once it is asked, as an idle one may hold what it read ahead. */
    private void ask(SplitState<S> split) {
        active.remove(split);
        active.add(split);
        long limit = Math.max(1, chunkBytes / expansion);
        if (!split.opening) {
            split.opening = true;
            Position from = split.end;
            lane(split).execute(() -> open(split, from, limit));
        }
        split.demands++;
        reservedBytes += chunkBytes;
        lane(split).execute(() -> read(split, limit));
    }

    /** Takes back the room of a chunk whose last record is done. */
    void release(Chunk<S> chunk) {
        bufferedBytes -= chunk.bytes;
        chunk.release();
    }

    /** Reads no more: wakes the readers and lets them close. */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        waiting.clear();
        if (planner != null) {
            planner.interrupt();
        }
        for (SplitState<S> split : List.copyOf(active)) {
            wakeUp(split);
            close(split);
        }
    }

    private void wakeUp(SplitState<S> split) {
        RecordReader<S> reader = split.reader;
        if (reader != null) {
            try {
                reader.wakeup();
            } catch (RuntimeException e) {
                LOG.warn("job {}: waking the reader of {} failed", job.name(), split.split.id(), e);
            }
        }
    }

    /** Interrupts what did not end after {@link #stop()}. */
    void abandon() {
        if (planner != null) {
            planner.interrupt();
        }
        for (SplitState<S> split : active) {
            LOG.warn("job {}: the reader of {} did not end in time", job.name(), split.split.id());
            lane(split).interrupt();
        }
    }

    /** Whether everything that the source holds was read. */
    boolean isExhausted() {
        return started && waiting.isEmpty() && active.stream().allMatch(split -> split.ended);
    }

    /** Whether nothing is open or running any more. */
    boolean isClosed() {
        return planner == null && active.isEmpty();
    }

    long bufferedBytes() {
        return bufferedBytes;
    }

    long readBytes() {
        return readBytes;
    }

    /** The size of the whole source, or -1 if a split doesn't know its end. */
    long totalBytes() {
        return totalBytes;
    }

    List<SplitState<S>> splits() {
        return splits;
    }

    /** How many splits wait to be read on without being asked, to check the sharing of the buffer. */
    long idleReaders() {
        return active.stream().filter(split -> !split.ended && split.demands == 0).count();
    }

    private boolean hasRoom() {
        long used = bufferedBytes + reservedBytes + letterBytes.getAsLong();
        return used + chunkBytes <= job.maxBufferedBytes();
    }

    private void planFailed(Throwable failure) {
        planner = null;
        if (!stopped) {
            failures.accept(failure);
        }
    }

    private <V> void planned(V answer, Consumer<V> answered) {
        planner = null;
        if (!stopped) {
            answered.accept(answer);
        }
    }

    private void openNext() {
        while (active.size() < readers && !waiting.isEmpty()) {
            SplitState<S> split = waiting.remove();
            split.lane = surroundings.lanes().open("reader-" + split.split.id());
            active.add(split);
        }
        pull();
    }

    private void close(SplitState<S> split) {
        if (!split.closing) {
            split.closing = true;
            lane(split).execute(() -> closeReader(split));
            lane(split).finish();
        }
    }

    private void taken(SplitState<S> split, long maxBytes, Optional<SourceBatch<S>> read) {
        split.demands--;
        reservedBytes -= chunkBytes;
        if (stopped) {
            read.ifPresent(SourceBatch::release);
        } else if (read.isEmpty()) {
            end(split);
        } else {
            accept(split, maxBytes, read.get());
        }
    }

    private void end(SplitState<S> split) {
        split.ended = true;
        close(split);
        try {
            split.requireWhole();
        } catch (SourceChangedException e) {
            failures.accept(e);
        }
    }

    private void accept(SplitState<S> split, long maxBytes, SourceBatch<S> batch) {
        Position start = split.end;
        Chunk<S> chunk = new Chunk<>(split, start, batch);
        int doneEarlier;
        try {
            doneEarlier = split.append(chunk, batch);
        } catch (SourceChangedException e) {
            batch.release();
            failures.accept(e);
            return;
        }
        bufferedBytes += chunk.bytes;
        if (chunk.records() > 1) { // a single record may be larger than asked for
            measure(chunk.bytes, split.end.offset() - start.offset(), maxBytes);
        }
        long newFrom = Math.max(start.offset(), split.doneBefore.offset());
        readBytes += Math.max(0, split.end.offset() - newFrom);
        arrivals.arrived(chunk, doneEarlier);
    }

    private void measure(long chunkMemory, long sourceBytes, long maxBytes) {
        long measured = (chunkMemory + maxBytes - 1) / maxBytes;
        if (measured >= expansion) {
            expansion = measured;
        } else if (sourceBytes >= maxBytes / 2) { // smaller chunks tell nothing
            long decayed = expansion - (expansion + EXPANSION_DECAY - 1) / EXPANSION_DECAY;
            expansion = Math.max(FIRST_EXPANSION, Math.max(measured, decayed));
        }
    }

    private void closed(SplitState<S> split) {
        active.remove(split);
        split.reader = null;
        split.lane = null;
        if (!stopped) {
            openNext();
        }
    }

    private static <S> Surroundings.Lane lane(SplitState<S> split) {
        if (split.lane == null) {
            throw new IllegalStateException("split " + split.split.id() + " is not open");
        }
        return split.lane;
    }

    // What follows runs on a lane.

    private void open(SplitState<S> split, Position from, long maxBytes) {
        try {
            if (split.contentBefore.isPresent()) {
                compare(split, split.contentBefore.get().records(), maxBytes);
            }
            if (!stopped) {
                split.reader = job.source().open(split.split, from);
            }
        } catch (Throwable e) {
            split.exhausted = true;
            failed(e);
        }
    }

    /** Reads again what an earlier run has read of data without a version: nothing else proves it. */
    private void compare(SplitState<S> split, long records, long maxBytes) throws IOException {
        LOG.info(
                "job {}: {} has no version, so the {} records that were read before are read again and"
                        + " compared",
                job.name(),
                split.split.source(),
                records);
        ContentDigest readAgain = new ContentDigest();
        RecordReader<S> reader = job.source().open(split.split, split.split.startPosition());
        split.reader = reader;
        try {
            while (readAgain.records() < records && !stopped) {
                int most = (int) Math.min(job.chunkRecords(), records - readAgain.records());
                Optional<SourceBatch<S>> batch = reader.read(most, maxBytes);
                if (batch.isEmpty()) {
                    break;
                }
                readAgain.add(batch.get(), readAgain.records(), records);
                batch.get().release();
            }
        } finally {
            split.reader = null;
            close(split, reader);
        }
        if (!stopped) {
            split.requireSame(readAgain);
        }
    }

    private void read(SplitState<S> split, long maxBytes) {
        RecordReader<S> reader = split.reader;
        Optional<SourceBatch<S>> read = Optional.empty();
        if (reader != null && !split.exhausted && !stopped) {
            try {
                read = reader.read(job.chunkRecords(), maxBytes);
            } catch (Throwable e) {
                split.exhausted = true;
                failed(e);
                return;
            }
            split.exhausted = read.isEmpty();
        }
        Optional<SourceBatch<S>> result = read;
        mailbox.post(() -> taken(split, maxBytes, result));
    }

    private void failed(Throwable failure) {
        mailbox.post(
                () -> {
                    if (!stopped) {
                        failures.accept(failure);
                    }
                });
    }

    private void closeReader(SplitState<S> split) {
        RecordReader<S> reader = split.reader;
        if (reader != null) {
            close(split, reader);
        }
        mailbox.post(() -> closed(split));
    }

    private void close(SplitState<S> split, RecordReader<S> reader) {
        try {
            reader.close();
        } catch (IOException | RuntimeException e) {
            LOG.warn("job {}: closing the reader of {} failed", job.name(), split.split.id(), e);
        }
    }
}
