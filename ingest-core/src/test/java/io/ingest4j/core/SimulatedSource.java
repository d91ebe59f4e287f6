package io.ingest4j.core;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Records that are their own offsets, some of them malformed, read in batches of random size. */
final class SimulatedSource implements RecordSource<Long> {

    private static final long serialVersionUID = 1;

    private final transient RandomGenerator random;
    private final int splitCount;
    private final int recordsPerSplit;
    private final double malformed;
    private double readFailure;
    final int maxRecordBytes;
    int openReaders;
    int releasedBatches;
    int returnedBatches;

    /** Empty for a source that has none, and is read again from its start by each run. */
    String version = "v1";

    /** How much a batch weighs for each byte of its records. */
    int weight = 1;

    final List<Long> askedBytes = Collections.synchronizedList(new ArrayList<>());

    SimulatedSource(
            RandomGenerator random,
            int splitCount,
            int recordsPerSplit,
            int maxRecordBytes,
            double malformed,
            double readFailure) {
        this.random = random;
        this.splitCount = splitCount;
        this.recordsPerSplit = recordsPerSplit;
        this.maxRecordBytes = maxRecordBytes;
        this.malformed = malformed;
        this.readFailure = readFailure;
    }

    /** Another process reads, which has nothing open. */
    void restart() {
        openReaders = 0;
        releasedBatches = returnedBatches;
    }

    void heal() {
        readFailure = 0;
    }

    long records() {
        return (long) splitCount * recordsPerSplit;
    }

    @Override
    public List<SourceSplit> splits(int wanted) throws IOException {
        if (random.nextDouble() < readFailure) {
            throw new IOException("planning failed");
        }
        List<SourceSplit> splits = new ArrayList<>();
        for (int i = 0; i < splitCount; i++) {
            long start = (long) i * recordsPerSplit;
            splits.add(
                    new SourceSplit(
                            "s" + i, "sim://source", version, start, start + recordsPerSplit, ""));
        }
        return splits;
    }

    @Override
    public RecordReader<Long> open(SourceSplit split, Position from) throws IOException {
        if (random.nextDouble() < readFailure) {
            throw new IOException("opening failed");
        }
        openReaders++;
        return new Reader(split, from);
    }

    private final class Reader implements RecordReader<Long> {
        private final SourceSplit split;
        private long next;
        private boolean awake;
        private boolean closed;

        Reader(SourceSplit split, Position from) {
            this.split = split;
            next = from.offset();
        }

        @Override
        public Optional<SourceBatch<Long>> read(int maxRecords, long maxBytes) throws IOException {
            if (closed) {
                throw new AssertionError("read after close");
            }
            if (awake || random.nextDouble() < readFailure) {
                throw new IOException("reading failed");
            }
            if (next == split.end()) {
                return Optional.empty();
            }
            askedBytes.add(maxBytes);
            int most = 1 + random.nextInt(maxRecords);
            Batch batch = new Batch(split, next);
            while (batch.count() < most && next < split.end()) {
                int size = 1 + random.nextInt(maxRecordBytes);
                if (batch.count() > 0 && batch.bytes + size > maxBytes) {
                    break;
                }
                batch.take(next++, size, random.nextDouble() < malformed);
            }
            returnedBatches++;
            return Optional.of(batch);
        }

        @Override
        public Position position() {
            return positionOf(split, next);
        }

        @Override
        public void wakeup() {
            awake = true;
        }

        @Override
        public void close() {
            if (closed) {
                throw new AssertionError("closed twice");
            }
            closed = true;
            openReaders--;
        }
    }

    private static Position positionOf(SourceSplit split, long offset) {
        return new Position(split.id(), offset - split.start(), offset, "");
    }

    private final class Batch implements SourceBatch<Long> {
        private final SourceSplit split;
        private final List<Long> records = new ArrayList<>();
        private final List<RejectedRecord> rejected = new ArrayList<>();
        private long end;
        private long bytes;
        private boolean released;

        Batch(SourceSplit split, long start) {
            this.split = split;
            end = start;
        }

        int count() {
            return records.size() + rejected.size();
        }

        void take(long offset, int size, boolean bad) {
            bytes += size;
            end = offset + 1;
            if (bad) {
                ByteBuffer raw = StandardCharsets.US_ASCII.encode(Long.toString(offset));
                rejected.add(
                        new RejectedRecord(positionOf(split, offset), raw, "malformed on purpose"));
            } else {
                records.add(offset);
            }
        }

        private void requireAlive() {
            if (released) {
                throw new AssertionError("batch used after its release");
            }
        }

        @Override
        public SourceSplit split() {
            return split;
        }

        @Override
        public int size() {
            return records.size();
        }

        @Override
        public Long record(int index) {
            requireAlive();
            return records.get(index);
        }

        @Override
        public Position position(int index) {
            requireAlive();
            return positionOf(split, records.get(index));
        }

        @Override
        public ByteBuffer raw(int index) {
            requireAlive();
            return StandardCharsets.US_ASCII.encode(Long.toString(records.get(index)));
        }

        @Override
        public long sizeBytes() {
            return bytes * weight;
        }

        @Override
        public List<RejectedRecord> rejected() {
            return rejected;
        }

        @Override
        public Position end() {
            return positionOf(split, end);
        }

        @Override
        public void release() {
            requireAlive();
            released = true;
            releasedBatches++;
        }
    }
}
