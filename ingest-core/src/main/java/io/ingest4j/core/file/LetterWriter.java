package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Adds letters to a file and makes them durable before it says so: all that were handed over
 * meanwhile at once.
 */
final class LetterWriter implements RecordWriter<DeadLetter> {

    private record Entry(
            RecordBatch<? extends DeadLetter> batch, CompletableFuture<WriteResult> stage) {}

    private final Path path;
    private final FileThread thread;
    private final LetterFile file;
    private final ConcurrentLinkedQueue<Entry> queue = new ConcurrentLinkedQueue<>();

    /** The first error; used on the file's thread only. */
    private @Nullable IOException failure;

    private LetterWriter(Path path, FileThread thread, LetterFile file) {
        this.path = path;
        this.thread = thread;
        this.file = file;
    }

    static LetterWriter open(Path path, Disk disk) throws IOException {
        FileThread thread = new FileThread(path);
        boolean opened = false;
        try {
            LetterFile file = thread.call(() -> LetterFile.open(path, disk));
            opened = true;
            return new LetterWriter(path, thread, file);
        } finally {
            if (!opened) {
                thread.end();
            }
        }
    }

    @Override
    public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
        CompletableFuture<WriteResult> stage = new CompletableFuture<>();
        queue.add(new Entry(batch, stage));
        if (!thread.execute(this::drain)) {
            stage.completeExceptionally(thread.closed());
        }
        return stage;
    }

    /** Writes all that is queued. Whoever queued later asks for another turn. */
    private void drain() {
        List<Entry> group = new ArrayList<>();
        for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
            if (!entry.stage.isDone()) { // whoever gave up hands the letters over again
                group.add(entry);
            }
        }
        if (group.isEmpty()) {
            return;
        }
        List<Runnable> results = new ArrayList<>();
        try {
            for (Entry entry : group) {
                write(entry, results);
            }
            commit();
            results.forEach(Runnable::run);
        } catch (Throwable e) {
            group.forEach(entry -> entry.stage.completeExceptionally(e));
        }
    }

    private void write(Entry entry, List<Runnable> results) throws IOException {
        requireUsable();
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        try {
            for (int i = 0; i < entry.batch.size(); i++) {
                lines.writeBytes(LetterJson.write(entry.batch.record(i)));
            }
        } catch (RuntimeException e) {
            entry.stage.completeExceptionally(e);
            return;
        }
        try {
            file.append(ByteBuffer.wrap(lines.toByteArray()));
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        results.add(() -> entry.stage.complete(WriteResult.delivered().withBytes(lines.size())));
    }

    private void commit() throws IOException {
        requireUsable();
        try {
            file.force();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void requireUsable() throws IOException {
        if (failure != null) {
            throw new IOException(
                    "no letter can be written to " + path + " any more: " + failure.getMessage(),
                    failure);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            thread.call(
                    () -> {
                        file.close();
                        return true;
                    });
        } finally {
            thread.end();
        }
    }
}
