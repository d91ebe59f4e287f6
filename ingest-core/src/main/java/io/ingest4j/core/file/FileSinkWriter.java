package io.ingest4j.core.file;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Encodes batches into a file. Its fields are used on the file's thread only. */
final class FileSinkWriter<T> implements StatefulRecordWriter<T> {

    private static final int LARGE = 1 << 20;

    private final FileThread thread;
    private final PartialFile file;
    private final RecordEncoder<? super T> first;

    /** Null while the file is empty. */
    private @Nullable RecordEncoder<? super T> next;

    private String head = "";
    private Bytes buffer = new Bytes();

    /** The batch that was accepted last, to know it if its result didn't reach the run in time. */
    private @Nullable WeakReference<Object> last;

    private boolean closed;

    private FileSinkWriter(FileThread thread, PartialFile file, RecordEncoder<? super T> encoder) {
        this.thread = thread;
        this.file = file;
        first = encoder;
    }

    static <T> FileSinkWriter<T> open(
            Path target, PartialFile file, RecordEncoder<? super T> encoder, Optional<byte[]> state)
            throws IOException {
        FileThread thread = new FileThread(target);
        FileSinkWriter<T> writer = new FileSinkWriter<>(thread, file, encoder);
        boolean opened = false;
        try {
            thread.call(() -> writer.begin(target, state));
            opened = true;
            return writer;
        } finally {
            if (!opened) {
                writer.close();
            }
        }
    }

    private boolean begin(Path target, Optional<byte[]> bytes) throws IOException {
        if (bytes.isEmpty()) {
            file.create();
            return true;
        }
        FileState state = FileState.decode(bytes.get());
        if (!state.contentType().equals(first.contentType())) {
            throw new CheckpointException(
                    target
                            + " must go on as "
                            + state.contentType()
                            + " as the checkpoint says, was to be "
                            + first.contentType(),
                    null);
        }
        file.resume(state);
        if (state.length() > 0) {
            head = state.head();
            next = first.after(head);
        }
        return true;
    }

    @Override
    public CompletionStage<WriteResult> write(RecordBatch<? extends T> batch) {
        CompletableFuture<WriteResult> stage = new CompletableFuture<>();
        if (!thread.execute(() -> append(batch, stage))) {
            stage.completeExceptionally(thread.closed());
        }
        return stage;
    }

    private void append(RecordBatch<? extends T> batch, CompletableFuture<WriteResult> stage) {
        if (stage.isDone()) {
            return; // cancelled
        }
        try {
            if (last != null && last.get() == batch) {
                stage.complete(WriteResult.delivered());
                return;
            }
            buffer.reset();
            WriteFailure refused = encode(batch);
            if (refused == null) {
                write(batch, stage);
            } else {
                stage.complete(WriteResult.failed(refused, PermitOutcome.NOT_SENT));
            }
        } catch (Throwable e) {
            if (file.isFailed()) {
                stage.complete(WriteResult.failed(aborted(e), PermitOutcome.NOT_SENT));
            } else {
                stage.completeExceptionally(e);
            }
        } finally {
            if (buffer.isLarge()) {
                buffer = new Bytes();
            }
        }
    }

    private @Nullable WriteFailure encode(RecordBatch<? extends T> batch) {
        RecordEncoder<? super T> encoder = next == null ? first : next;
        try {
            encoder.encode(batch, buffer);
            return null;
        } catch (IOException | RuntimeException e) {
            String detail = e.getMessage() == null ? e.getClass().getName() : e.getMessage();
            return new WriteFailure(Action.DEAD_LETTER, "not encodable", detail);
        }
    }

    /** What is written counts only if nobody cancelled meanwhile: then it comes again. */
    private void write(RecordBatch<? extends T> batch, CompletableFuture<WriteResult> stage)
            throws IOException {
        String fixed = next == null ? first.head(batch) : head;
        RecordEncoder<? super T> following = next == null ? first.after(fixed) : next;
        ByteBuffer bytes = buffer.bytes();
        file.write(bytes.duplicate());
        WeakReference<Object> reference = new WeakReference<>(batch);
        if (stage.complete(WriteResult.delivered().withBytes(bytes.remaining()))) {
            last = reference; // from here on nothing may fail, for want of memory neither
            if (bytes.hasRemaining()) {
                head = fixed;
                next = following;
                file.accept(bytes);
            }
        }
    }

    private static WriteFailure aborted(Throwable cause) {
        String detail = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new WriteFailure(Action.ABORT, "file failed", detail);
    }

    @Override
    public byte[] snapshot() throws IOException {
        return thread.call(
                () -> {
                    file.keep();
                    FileState state =
                            new FileState(file.length(), file.digest(), first.contentType(), head);
                    return state.encode();
                });
    }

    @Override
    public void finish() throws IOException {
        thread.call(
                () -> {
                    file.publish();
                    return true;
                });
    }

    @Override
    public void close() throws IOException {
        end(file::close);
    }

    /** Ends the thread and leaves all else as a crash would, for tests. */
    void abandon() throws IOException {
        end(file::abandon);
    }

    private interface Ending {
        void run() throws IOException;
    }

    private synchronized void end(Ending ending) throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            thread.call(
                    () -> {
                        ending.run();
                        return true;
                    });
        } finally {
            thread.end();
        }
    }

    private static final class Bytes extends ByteArrayOutputStream {

        ByteBuffer bytes() {
            return ByteBuffer.wrap(buf, 0, count);
        }

        boolean isLarge() {
            return buf.length > LARGE;
        }
    }
}
