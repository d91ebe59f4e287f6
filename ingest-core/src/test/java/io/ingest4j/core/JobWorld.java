package io.ingest4j.core;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What outlives processes: the content of sources and targets, and stores with checkpoints of several jobs. */
final class JobWorld {

    private final SplittableRandom random;
    private final SimulatedTime time;
    private final boolean tellsLength;
    private long values;

    final Map<String, Content> contents = new HashMap<>();

    /** What each file holds that was finished. */
    final Map<String, List<Long>> files = new HashMap<>();

    /** What each API ever got. */
    final Map<String, Set<Long>> received = new HashMap<>();

    /** What each key of an API stands for. */
    private final Map<String, Long> keys = new HashMap<>();

    /** The job's start that each key of an API is of. */
    private final Map<String, String> starts = new HashMap<>();

    /** The key of each record in the runs that continue each other. */
    private final Map<String, String> keysSent = new HashMap<>();

    private final Map<String, List<Long>> unfinished = new HashMap<>();
    private final Set<String> locked = new HashSet<>();

    /** A source without a version may change whenever it is opened. */
    boolean changesWhenOpened;

    JobWorld(SplittableRandom random, SimulatedTime time) {
        this.random = random;
        this.time = time;
        tellsLength = random.nextBoolean();
    }

    /** The records of a source at a time. */
    record Content(List<Long> records, String version) {}

    /** Gives a source other records. */
    void change(String source, boolean isVersioned) {
        List<Long> records = new ArrayList<>();
        Content before = contents.get(source);
        if (before != null && random.nextBoolean()) { // keeps a part, changes or appends the rest
            int kept = random.nextInt(before.records.size() + 1);
            records.addAll(before.records.subList(0, kept));
        }
        for (int more = random.nextInt(6); more > 0; more--) {
            records.add(++values);
        }
        contents.put(source, new Content(records, isVersioned ? "v" + (++values) : ""));
    }

    /** The process dies. */
    void crash() {
        locked.clear();
    }

    /** A source of one split. */
    record Source(JobWorld world, String name) implements RecordSource<Long> {
        private static final long serialVersionUID = 1;

        private Content content() {
            return world.contents.get(name);
        }

        @Override
        public String identity() {
            return name;
        }

        @Override
        public List<SourceSplit> splits(int wanted) {
            long end = world.tellsLength ? content().records.size() : SourceSplit.UNKNOWN;
            return List.of(new SourceSplit(name, name, content().version, 0, end, ""));
        }

        @Override
        public RecordReader<Long> open(SourceSplit split, Position from) throws IOException {
            if (world.changesWhenOpened && world.random.nextInt(4) == 0) {
                world.change(name, false);
            }
            Content content = content();
            if (!content.version.equals(split.version())) {
                throw new SourceChangedException(name, split.version(), content.version);
            }
            return new Reader(split, from, content.records);
        }

        private final class Reader implements RecordReader<Long> {
            private final SourceSplit split;
            private final List<Long> records;
            private int next;

            Reader(SourceSplit split, Position from, List<Long> records) throws IOException {
                this.split = split;
                this.records = records;
                next = (int) from.recordNumber();
                if (next > 0 && !split.isVersioned()) {
                    throw new IOException("nothing proves that what comes before is the same");
                }
            }

            @Override
            public Optional<SourceBatch<Long>> read(int maxRecords, long maxBytes) {
                int most = Math.min(maxRecords, 1 + world.random.nextInt(3));
                int from = next;
                next = Math.min(records.size(), from + most);
                return from == next
                        ? Optional.empty()
                        : Optional.of(new Batch(split, records.subList(from, next), from));
            }

            @Override
            public Position position() {
                return Batch.position(split, next);
            }

            @Override
            public void wakeup() {}

            @Override
            public void close() {}
        }
    }

    private record Batch(SourceSplit split, List<Long> records, int from)
            implements SourceBatch<Long> {

        static Position position(SourceSplit split, int number) {
            return new Position(split.id(), number, number, "");
        }

        @Override
        public int size() {
            return records.size();
        }

        @Override
        public Long record(int index) {
            return records.get(index);
        }

        @Override
        public Position position(int index) {
            return position(split, from + index);
        }

        @Override
        public ByteBuffer raw(int index) {
            return StandardCharsets.US_ASCII.encode(records.get(index).toString());
        }

        @Override
        public long sizeBytes() {
            return size();
        }

        @Override
        public List<RejectedRecord> rejected() {
            return List.of();
        }

        @Override
        public Position end() {
            return position(split, from + size());
        }
    }

    /**
     * An API, whose answers take their time.
     *
     * @param startId tells the id of the job's start
     */
    record Api(JobWorld world, String name, Supplier<String> startId) implements RecordSink<Long> {
        private static final long serialVersionUID = 1;

        @Override
        public String identity() {
            return name;
        }

        @Override
        public RecordWriter<Long> open(WriterContext context) {
            return new RecordWriter<>() {
                @Override
                public CompletionStage<WriteResult> write(RecordBatch<? extends Long> batch) {
                    CompletableFuture<WriteResult> stage = new CompletableFuture<>();
                    world.receive(name, startId.get(), batch);
                    world.time.in(
                            world.random.nextLong(3_000_000),
                            () -> stage.complete(WriteResult.delivered()));
                    return stage;
                }

                @Override
                public void close() {}
            };
        }
    }

    private void receive(String api, String startId, RecordBatch<? extends Long> batch) {
        for (int i = 0; i < batch.size(); i++) {
            String key = batch.key(i);
            Long other = keys.put(api + key, batch.record(i));
            if (other != null && !other.equals(batch.record(i))) {
                throw new AssertionError(
                        "key " + key + " stands for " + other + " and " + batch.record(i));
            }
            String start = starts.put(api + key, startId);
            if (start != null && !start.equals(startId) && !batch.split().isVersioned()) {
                throw new AssertionError("key " + key + " is of " + start + " and " + startId);
            }
            String before = keysSent.put(startId + ' ' + batch.record(i), key);
            if (before != null && !before.equals(key)) {
                throw new AssertionError(
                        "record " + batch.record(i) + " has the keys " + before + " and " + key);
            }
            received.computeIfAbsent(api, name -> new HashSet<>()).add(batch.record(i));
        }
    }

    /** A file that is written under another name. */
    record File(JobWorld world, String name) implements RecordSink<Long> {
        private static final long serialVersionUID = 1;

        @Override
        public String identity() {
            return name;
        }

        @Override
        public boolean isIntact(byte[] state) {
            return world.files.containsKey(name)
                    && new String(state, StandardCharsets.US_ASCII)
                            .equals(state(world.files.get(name)));
        }

        private static String state(List<Long> records) {
            return records.size() + ":" + records.hashCode();
        }

        @Override
        public RecordWriter<Long> open(WriterContext context) throws IOException {
            if (!world.locked.add(name)) {
                throw new IOException(name + " must be written by one run at a time");
            }
            List<Long> partial = new ArrayList<>();
            Optional<String> state =
                    context.state().map(bytes -> new String(bytes, StandardCharsets.US_ASCII));
            if (state.isPresent()) {
                partial.addAll(resumed(state.get()));
            }
            world.unfinished.put(name, partial);
            return new Writer(partial);
        }

        private List<Long> resumed(String state) {
            int length = Integer.parseInt(state.substring(0, state.indexOf(':')));
            for (Map<String, List<Long>> place : List.of(world.unfinished, world.files)) {
                List<Long> kept = place.getOrDefault(name, List.of());
                if (kept.size() >= length && state(kept.subList(0, length)).equals(state)) {
                    return kept.subList(0, length);
                }
            }
            throw new CheckpointException(name + " must be as the checkpoint says", null);
        }

        private final class Writer implements StatefulRecordWriter<Long> {
            private final List<Long> partial;
            private boolean closed;

            Writer(List<Long> partial) {
                this.partial = partial;
            }

            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends Long> batch) {
                for (int i = 0; i < batch.size(); i++) {
                    partial.add(batch.record(i));
                }
                return CompletableFuture.completedFuture(WriteResult.delivered());
            }

            @Override
            public byte[] snapshot() {
                return state(partial).getBytes(StandardCharsets.US_ASCII);
            }

            @Override
            public void finish() {
                world.files.put(name, List.copyOf(partial));
                world.unfinished.remove(name);
            }

            @Override
            public void close() {
                if (!closed) {
                    closed = true;
                    world.locked.remove(name);
                }
            }
        }
    }

    /** Keeps the checkpoints of several jobs. */
    static final class Store implements CheckpointStore {
        final Map<String, byte[]> kept = new HashMap<>();
        private final Set<String> leased = new HashSet<>();

        void crash() {
            leased.clear();
        }

        Optional<Checkpoint> kept(String job) {
            return Optional.ofNullable(kept.get(job)).map(Checkpoint::decode);
        }

        @Override
        public Lease acquire(String job) {
            if (!leased.add(job)) {
                throw new CheckpointException("another run has job " + job, null);
            }
            return new Lease() {
                @Override
                public Optional<Checkpoint> latest() {
                    return kept(job);
                }

                @Override
                public void save(Checkpoint checkpoint) {
                    kept.put(job, checkpoint.encode());
                }

                @Override
                public void clear() {
                    kept.remove(job);
                }

                @Override
                public void close() {
                    leased.remove(job);
                }
            };
        }
    }
}
