package io.ingest4j.examples.service;

import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Collects or drops the body of a request without holding a thread, so that slow clients cost none. What
 * follows may block.
 */
final class BodyReader implements Invocable.Task {

    /** A client that is still sending doesn't look at the answer, so some more is read and dropped. */
    private static final long MOST_DROPPED = 16 << 20;

    private static final int FIRST_BYTES = 1024;

    private final Exchange exchange;
    private final int maxBytes;
    private final Consumer<byte[]> whole;
    private final Runnable tooLarge;
    private final Runnable stalled;
    private byte[] body;
    private int length;
    private long dropped;

    private BodyReader(
            Exchange exchange,
            int maxBytes,
            Consumer<byte[]> whole,
            Runnable tooLarge,
            Runnable stalled) {
        this.exchange = exchange;
        this.maxBytes = maxBytes;
        this.whole = whole;
        this.tooLarge = tooLarge;
        this.stalled = stalled;
        body = new byte[(int) Math.min(FIRST_BYTES, Math.max(0, exchange.request().getLength()))];
    }

    /** Calls the consumer, or answers 413. */
    static void read(Exchange exchange, int maxBytes, Consumer<byte[]> whole) {
        String rule = "the body must have at most " + maxBytes + " bytes";
        new BodyReader(
                        exchange,
                        maxBytes,
                        whole,
                        () -> exchange.error(413, rule),
                        () -> exchange.error(408, "the body must go on, nothing came for a while"))
                .run();
    }

    /** Calls the action when the client is no longer sending, has sent too much, or stalls. */
    static void drop(Exchange exchange, Runnable then) {
        new BodyReader(exchange, 0, none -> then.run(), then, then).run();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.BLOCKING;
    }

    @Override
    public void run() {
        Request request = exchange.request();
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                failed(chunk.getFailure());
                return;
            }
            append(chunk);
            boolean last = chunk.isLast();
            chunk.release();
            if (last && dropped == 0) {
                whole.accept(Arrays.copyOf(body, length));
                return;
            }
            if (last || dropped > MOST_DROPPED) {
                tooLarge.run();
                return;
            }
        }
    }

    private void failed(Throwable failure) {
        if (failure instanceof TimeoutException) {
            exchange.headers().put(HttpHeader.CONNECTION, "close");
            stalled.run();
        } else {
            exchange.callback().failed(failure);
        }
    }

    private void append(Content.Chunk chunk) {
        int more = chunk.remaining();
        if (dropped > 0 || more > maxBytes - length) {
            dropped += more;
            body = new byte[0];
            return;
        }
        if (more > body.length - length) {
            int doubled = (int) Math.min(maxBytes, 2L * body.length);
            body = Arrays.copyOf(body, Math.max(doubled, length + more));
        }
        chunk.getByteBuffer().get(body, length, more);
        length += more;
    }
}
