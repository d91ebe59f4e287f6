package io.ingest4j.examples.service;

import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Reads or drops the body of a request as it comes, without holding a thread, so that slow clients cost
 * none. What follows may block.
 */
final class BodyReader implements Invocable.Task {

    /** Takes a body in parts. */
    interface Target {

        /** Takes the next bytes, which are the target's own from now on. */
        void take(byte[] bytes) throws RequestException;

        /** Nothing more comes. */
        void end() throws RequestException;

        /** How much of the heap it holds now, or is about to. */
        long heldBytes();
    }

    /** A client that is still sending doesn't look at the answer, so some more is read and dropped. */
    private static final long MOST_DROPPED = 16 << 20;

    private static final Target NOWHERE =
            new Target() {
                @Override
                public void take(byte[] bytes) {}

                @Override
                public void end() {}

                @Override
                public long heldBytes() {
                    return 0;
                }
            };

    private final Exchange exchange;
    private final BodyLimits limits;
    private final long maxBytes;
    private final MemoryBudget.Share share;
    private final Exchange.Step tooLong;
    private final Exchange.Step tooSlow;
    private final long start = System.nanoTime();
    private Target target;
    private Exchange.Step whole;
    private @Nullable RequestException refusal;
    private boolean waits;

    /** Whether the client sends, or was told to go on. */
    private boolean isAsked;

    private long bytes;

    private BodyReader(
            Exchange exchange,
            long maxBytes,
            Target target,
            Exchange.Step whole,
            Exchange.Step tooLong,
            Exchange.Step tooSlow) {
        this.exchange = exchange;
        limits = exchange.limits();
        this.maxBytes = maxBytes;
        this.target = target;
        this.whole = whole;
        this.tooLong = tooLong;
        this.tooSlow = tooSlow;
        share = limits.budget().share();
    }

    /**
     * Hands a body on as it comes, and then does the next step; or answers 408, 413 or 503.
     *
     * @throws RequestException if the client has said that the body is too large
     */
    static void read(Exchange exchange, Target target, Exchange.Step whole)
            throws RequestException {
        BodyLimits limits = exchange.limits();
        RequestException tooLarge =
                new RequestException(
                        413, "the body must have at most " + limits.maxBytes() + " bytes");
        if (exchange.request().getLength() > limits.maxBytes()) {
            throw tooLarge;
        }
        new BodyReader(
                        exchange,
                        limits.maxBytes(),
                        target,
                        whole,
                        () -> {
                            throw tooLarge;
                        },
                        () -> exchange.error(408, "the body must come faster: " + limits.rule()))
                .begin();
    }

    /** Does the step when the client is no longer sending, has sent too much, or is too slow. */
    static void drop(Exchange exchange, Exchange.Step then) {
        new BodyReader(exchange, MOST_DROPPED, NOWHERE, then, then, then).begin();
    }

    private void begin() {
        // The request lives longer than what is read of it, so the listener may hold the share
        // alone.
        MemoryBudget.Share held = share;
        Request.addCompletionListener(exchange.request(), failure -> held.close());
        run();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.BLOCKING;
    }

    @Override
    public void run() {
        exchange.guard(this::readOn, () -> isAsked);
    }

    private void readOn() throws RequestException {
        Request request = exchange.request();
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                waits = true;
                reserve();
                isAsked = true;
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                failed(chunk.getFailure());
                return;
            }
            boolean isLast = chunk.isLast();
            byte[] part = bytes(chunk);
            if (bytes > maxBytes) {
                forget();
                share.close();
                tooLong.run();
                return;
            }
            take(part);
            if (isLast) {
                end();
                return;
            }
            if (waits && limits.isTooSlow(bytes, System.nanoTime() - start)) {
                giveUp();
                return;
            }
            reserve();
        }
    }

    /** A body that turned out to be bad may still turn out to be too large, which is said first. */
    private void take(byte[] part) {
        try {
            target.take(part);
        } catch (RequestException e) {
            refusal = e;
            forget();
        }
    }

    /** Comes before the share is given back, so that never more is held than is counted. */
    private void forget() {
        target = NOWHERE;
        whole = () -> {};
    }

    private void end() throws RequestException {
        if (refusal != null) {
            throw refusal;
        }
        target.end();
        reserve();
        whole.run();
    }

    private byte[] bytes(Content.Chunk chunk) {
        byte[] part = new byte[chunk.remaining()];
        chunk.getByteBuffer().get(part);
        chunk.release();
        bytes += part.length;
        isAsked = true;
        return part;
    }

    private void reserve() throws RequestException {
        long held = target.heldBytes();
        boolean isFree = !waits && held <= MemoryBudget.FREE_BYTES;
        if (!isFree && !share.resize(held)) {
            forget();
            share.close();
            throw limits.noRoom(held);
        }
    }

    private void failed(Throwable failure) throws RequestException {
        if (failure instanceof TimeoutException) {
            giveUp();
        } else {
            exchange.callback().failed(failure);
        }
    }

    /** Whoever is too slow to send is not waited for, not even to read the answer. */
    private void giveUp() throws RequestException {
        forget();
        share.close();
        exchange.headers().put(HttpHeader.CONNECTION, "close");
        tooSlow.run();
    }
}
