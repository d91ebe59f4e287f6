package io.ingest4j.http;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/** Reads a body up to a limit, past which it closes the connection; keeps what is to be looked at. */
final class CappedBody implements BodySubscriber<CappedBody> {

    private final int limit;
    private final int keep;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
    private final CompletableFuture<CappedBody> whole = new CompletableFuture<>();
    private @Nullable Subscription subscription;
    private long count;

    CappedBody(int limit, int keep) {
        this.limit = limit;
        this.keep = keep;
    }

    byte[] bytes() {
        return kept.toByteArray();
    }

    boolean isCut() {
        return count > limit;
    }

    @Override
    public CompletionStage<CappedBody> getBody() {
        return whole;
    }

    @Override
    public void onSubscribe(Subscription upstream) {
        subscription = upstream;
        upstream.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            count += buffer.remaining();
            byte[] bytes = new byte[Math.min(keep - kept.size(), buffer.remaining())];
            buffer.get(bytes);
            kept.write(bytes, 0, bytes.length);
        }
        if (isCut() && subscription != null) {
            subscription.cancel();
            whole.complete(this);
        }
    }

    @Override
    public void onError(Throwable error) {
        whole.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        whole.complete(this);
    }
}
