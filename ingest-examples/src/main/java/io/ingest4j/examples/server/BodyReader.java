package io.ingest4j.examples.server;

import java.util.Arrays;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/** Collects the body of a request without waiting for it. */
final class BodyReader implements Invocable.Task {

    private static final int FIRST_BYTES = 1024;

    private final Request request;
    private final int maxBytes;
    private final Consumer<byte[]> whole;
    private final Runnable tooLarge;
    private final Consumer<Throwable> failed;
    private byte[] body;
    private int length;

    private BodyReader(
            Request request,
            int maxBytes,
            Consumer<byte[]> whole,
            Runnable tooLarge,
            Consumer<Throwable> failed) {
        this.request = request;
        this.maxBytes = maxBytes;
        this.whole = whole;
        this.tooLarge = tooLarge;
        this.failed = failed;
        long promised = request.getLength();
        body = new byte[promised < 0 ? FIRST_BYTES : (int) Math.min(promised, maxBytes)];
    }

    /** Calls exactly one of the three, on the thread that reads from the socket. */
    static void read(
            Request request,
            int maxBytes,
            Consumer<byte[]> whole,
            Runnable tooLarge,
            Consumer<Throwable> failed) {
        if (request.getLength() > maxBytes) {
            tooLarge.run();
        } else {
            new BodyReader(request, maxBytes, whole, tooLarge, failed).run();
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                failed.accept(chunk.getFailure());
                return;
            }
            boolean fits = append(chunk);
            boolean last = chunk.isLast();
            chunk.release();
            if (!fits) {
                tooLarge.run();
                return;
            }
            if (last) {
                whole.accept(length == body.length ? body : Arrays.copyOf(body, length));
                return;
            }
        }
    }

    private boolean append(Content.Chunk chunk) {
        int more = chunk.remaining();
        if (more > maxBytes - length) {
            return false;
        }
        if (more > body.length - length) {
            int doubled = Math.min(maxBytes, 2 * body.length);
            body = Arrays.copyOf(body, Math.max(doubled, length + more));
        }
        chunk.getByteBuffer().get(body, length, more);
        length += more;
        return true;
    }
}
