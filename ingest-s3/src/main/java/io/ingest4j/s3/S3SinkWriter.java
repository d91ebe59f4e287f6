package io.ingest4j.s3;

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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Encodes batches into an object. A batch is accepted when it is encoded, and then copied into parts,
 * which may have to wait for memory; so does the next batch. Its fields are used on the sink's thread
 * only.
 */
final class S3SinkWriter<T> implements StatefulRecordWriter<T> {

    /** What the buffer may keep from batch to batch, so that it isn't grown for each again. */
    private static final int LARGE = 8 << 20;

    private final SinkThread thread;
    private final ObjectFill fill;
    private final SharedClient.Lease lease;
    private final RecordEncoder<? super T> first;

    /** Null while the object is empty. */
    private @Nullable RecordEncoder<? super T> next;

    private String head = "";
    private Bytes buffer = new Bytes();

    /** The batch that was accepted last, to know it if its result didn't reach the run in time. */
    private @Nullable WeakReference<Object> last;

    /** What an accepted batch could not be kept for; nothing is accepted any more then. */
    private @Nullable IOException broken;

    private boolean closed;
    private volatile boolean closing;

    private S3SinkWriter(
            ObjectFill fill, SharedClient.Lease lease, RecordEncoder<? super T> encoder) {
        thread = new SinkThread(fill.name());
        this.fill = fill;
        this.lease = lease;
        first = encoder;
    }

    /** Opens a writer, which gives the lease back when it is closed, or can't be opened. */
    static <T> S3SinkWriter<T> open(
            ObjectFill fill,
            SharedClient.Lease lease,
            RecordEncoder<? super T> encoder,
            Optional<byte[]> state)
            throws IOException {
        S3SinkWriter<T> writer = new S3SinkWriter<>(fill, lease, encoder);
        boolean opened = false;
        try {
            writer.thread.call(() -> writer.begin(state));
            opened = true;
            return writer;
        } finally {
            if (!opened) {
                writer.close();
            }
        }
    }

    private boolean begin(Optional<byte[]> bytes) throws IOException {
        if (bytes.isEmpty()) {
            fill.begin();
            return true;
        }
        UploadState state = UploadState.decode(bytes.get());
        require("object", state.object(), fill.name());
        require("content type", state.contentType(), first.contentType());
        if (!state.parts().isEmpty()) {
            require("checksum", state.checksum(), fill.checksum());
        }
        fill.resume(state);
        if (state.length() > 0) {
            head = state.head();
            next = first.after(head);
        }
        return true;
    }

    private void require(String what, String kept, String given) {
        if (!kept.equals(given)) {
            throw new CheckpointException(
                    fill.name()
                            + " must go on with the "
                            + what
                            + " of the checkpoint, "
                            + kept
                            + ", was to be "
                            + given,
                    null);
        }
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
            if (closing) {
                throw thread.closed();
            }
            IOException failure = failure();
            if (failure != null) {
                stage.complete(WriteResult.failed(aborted(failure), PermitOutcome.NOT_SENT));
            } else if (last != null && last.get() == batch) {
                stage.complete(WriteResult.delivered());
            } else {
                buffer.reset();
                WriteFailure refused = encode(batch);
                if (refused == null) {
                    accept(batch, stage);
                } else {
                    stage.complete(WriteResult.failed(refused, PermitOutcome.NOT_SENT));
                }
            }
        } catch (Error e) {
            // No fault of the records, such as too little memory: nothing is given up for it.
            broken = new IOException("writing " + fill.name() + " failed: " + e, e);
            stage.complete(WriteResult.failed(aborted(broken), PermitOutcome.NOT_SENT));
        } catch (Throwable e) {
            stage.completeExceptionally(e);
        } finally {
            if (buffer.capacity() > LARGE) {
                buffer = new Bytes();
            }
        }
    }

    private @Nullable IOException failure() {
        return broken == null ? fill.failure() : broken;
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

    /** What is encoded counts only if nobody cancelled meanwhile: then it comes again. */
    private void accept(RecordBatch<? extends T> batch, CompletableFuture<WriteResult> stage) {
        String fixed = next == null ? first.head(batch) : head;
        RecordEncoder<? super T> following = next == null ? first.after(fixed) : next;
        ByteBuffer bytes = buffer.bytes();
        WeakReference<Object> reference = new WeakReference<>(batch);
        if (!stage.complete(WriteResult.delivered().withBytes(bytes.remaining()))) {
            return;
        }
        last = reference; // from here on nothing may fail that would leave the batch out
        if (bytes.hasRemaining()) {
            head = fixed;
            next = following;
            copy(bytes);
        }
    }

    private void copy(ByteBuffer bytes) {
        try {
            fill.append(bytes);
        } catch (IOException e) {
            IOException failed = fill.failure();
            broken = failed == null ? e : failed;
        } catch (RuntimeException | Error e) {
            broken = new IOException("writing " + fill.name() + " failed", e);
        }
    }

    private static WriteFailure aborted(Throwable cause) {
        String detail = cause.getMessage() == null ? "" : cause.getMessage();
        return new WriteFailure(Action.ABORT, "upload failed", detail);
    }

    @Override
    public byte[] snapshot() throws IOException {
        return thread.call(
                () -> {
                    requireWhole();
                    return fill.keep(first.contentType(), head).encode();
                });
    }

    @Override
    public void finish() throws IOException {
        thread.call(
                () -> {
                    requireWhole();
                    fill.finish();
                    buffer = new Bytes();
                    return true;
                });
    }

    private void requireWhole() throws IOException {
        if (closing) {
            throw thread.closed();
        }
        IOException failure = failure();
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    @Override
    public void close() throws IOException {
        end(true);
    }

    /** For tests, which look at how much is used. */
    Segments memory() {
        return fill.memory();
    }

    /** For tests, once nothing is written any more. */
    int bufferBytes() {
        return buffer.capacity();
    }

    /** Ends the threads and leaves all else as a crash would, for tests. */
    void abandon() throws IOException {
        end(false);
    }

    private synchronized void end(boolean orderly) throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        closing = true;
        try {
            fill.cancel();
            thread.call(
                    () -> {
                        if (orderly) {
                            fill.abortUnlessKept();
                        }
                        fill.release();
                        buffer = new Bytes();
                        return true;
                    });
        } finally {
            thread.end();
            lease.close();
        }
    }

    private static final class Bytes extends ByteArrayOutputStream {

        ByteBuffer bytes() {
            return ByteBuffer.wrap(buf, 0, count);
        }

        int capacity() {
            return buf.length;
        }
    }
}
