package io.ingest4j.http;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** Makes a request of a batch, sends it, and waits for its result. */
final class Exchange<T> {

    private static final int SMALLEST_BUFFER = 256;

    /** What each sender may take before it knows how large its body is. */
    private static final int LARGEST_FIRST_BUFFER = 64 << 10;

    private final HttpSettings settings;
    private final RecordEncoder<T> encoder;
    private final Verdicts verdicts;
    private final HttpRequest.Builder template;
    private volatile int lastSize = SMALLEST_BUFFER;

    Exchange(HttpSettings settings, RecordEncoder<T> encoder) {
        this.settings = settings;
        this.encoder = encoder;
        verdicts = new Verdicts(settings);
        template = HttpRequest.newBuilder(settings.uri());
        template.setHeader("Content-Type", encoder.contentType());
        settings.headers().forEach(template::setHeader);
        if (settings.gzip()) {
            template.setHeader("Content-Encoding", "gzip");
        }
    }

    WriteResult send(LiveClient client, RecordBatch<? extends T> batch)
            throws InterruptedException {
        Body body;
        try {
            body = encoded(batch);
        } catch (NotSentException e) {
            return batch.size() == 1
                    ? WriteResult.failed(e.failure, PermitOutcome.NOT_SENT)
                    : sendWithoutBad(client, batch, e.failure);
        }
        String token;
        HttpRequest request;
        try {
            token = token();
            request = request(batch, body, token);
        } catch (NotSentException e) {
            return WriteResult.failed(e.failure, PermitOutcome.NOT_SENT);
        }
        WriteResult result = sent(client, request, token, batch.size());
        return result.outcome() == PermitOutcome.NOT_SENT ? result : result.withBytes(body.size());
    }

    /** A record that can't be encoded doesn't take the others of its batch with it. */
    private WriteResult sendWithoutBad(
            LiveClient client, RecordBatch<? extends T> batch, WriteFailure whole)
            throws InterruptedException {
        List<Optional<WriteFailure>> failures = new ArrayList<>();
        int[] good = new int[batch.size()];
        int count = 0;
        for (int i = 0; i < batch.size(); i++) {
            Optional<WriteFailure> failure = encodingFailure(batch.subset(i));
            failures.add(failure);
            if (failure.isEmpty()) {
                good[count++] = i;
            }
        }
        if (count == 0) {
            return WriteResult.perRecord(failures, PermitOutcome.NOT_SENT);
        }
        if (count == good.length) { // each can be encoded, but not all together
            return WriteResult.failed(whole, PermitOutcome.NOT_SENT);
        }
        WriteResult rest = send(client, batch.subset(Arrays.copyOf(good, count)));
        for (int i = 0; i < count; i++) {
            failures.set(good[i], rest.failure(i));
        }
        WriteResult result =
                WriteResult.perRecord(failures, rest.outcome()).withBytes(rest.bytes());
        return rest.retryAfter().isZero() ? result : result.withRetryAfter(rest.retryAfter());
    }

    private Optional<WriteFailure> encodingFailure(RecordBatch<? extends T> one) {
        try {
            encoder.encode(one, OutputStream.nullOutputStream());
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.of(encodingFailure(e));
        }
    }

    private WriteFailure encodingFailure(Exception refusal) {
        return new WriteFailure(Action.DEAD_LETTER, "encoding failed", verdicts.shown(refusal, ""));
    }

    private WriteResult sent(LiveClient client, HttpRequest request, String token, int size)
            throws InterruptedException {
        try {
            HttpResponse<CappedBody> response =
                    client.client().send(request, info -> verdicts.bodyFor(info.statusCode()));
            return verdicts.answered(response, token, size);
        } catch (ProtocolException | RuntimeException e) {
            client.retire();
            return verdicts.unanswered(e, token);
        } catch (IOException e) {
            return verdicts.unanswered(e, token);
        }
    }

    private Body encoded(RecordBatch<? extends T> batch) throws NotSentException {
        Body body = new Body(lastSize);
        try (OutputStream out = settings.gzip() ? new GZIPOutputStream(body) : body) {
            encoder.encode(batch, out);
        } catch (IOException | RuntimeException e) {
            throw new NotSentException(encodingFailure(e));
        }
        long roomy = body.size() + body.size() / 8L;
        lastSize = (int) Math.min(LARGEST_FIRST_BUFFER, Math.max(SMALLEST_BUFFER, roomy));
        return body;
    }

    private String token() throws NotSentException {
        if (settings.bearerToken() == null) {
            return "";
        }
        String token;
        try {
            token = settings.bearerToken().get();
        } catch (RuntimeException e) {
            throw new NotSentException(
                    Action.RETRY, "no bearer token", e.getClass().getSimpleName());
        }
        if (token == null || token.isEmpty()) {
            throw new NotSentException(Action.ABORT, "no bearer token", "its supplier has none");
        }
        String fault = HeaderRule.fault(token);
        if (!fault.isEmpty()) {
            throw new NotSentException(
                    Action.ABORT,
                    "bad bearer token",
                    "its supplier must give one that " + fault + " (not shown)");
        }
        return token;
    }

    private HttpRequest request(RecordBatch<? extends T> batch, Body body, String token)
            throws NotSentException {
        HttpRequest.Builder request = template.copy();
        if (!settings.idempotencyHeader().isEmpty()) {
            request.setHeader(settings.idempotencyHeader(), key(batch));
        }
        if (settings.bearerToken() != null) {
            request.setHeader("Authorization", "Bearer " + token);
        }
        return request.method(settings.method(), body.publisher()).build();
    }

    /** A key of the source's own may be anything. */
    private static String key(RecordBatch<?> batch) throws NotSentException {
        String key = batch.idempotencyKey();
        String fault = HeaderRule.fault(key);
        if (!fault.isEmpty()) {
            throw new NotSentException(
                    Action.DEAD_LETTER,
                    "bad idempotency key",
                    "the record's key must be one that " + fault);
        }
        return key;
    }

    /** Why nothing was sent. */
    private static final class NotSentException extends Exception {

        private static final long serialVersionUID = 1;

        private final transient WriteFailure failure;

        NotSentException(WriteFailure failure) {
            super(failure.kind());
            this.failure = failure;
        }

        NotSentException(Action action, String kind, String detail) {
            this(new WriteFailure(action, kind, detail));
        }
    }

    /** Gives its bytes away without another copy. */
    private static final class Body extends ByteArrayOutputStream {

        Body(int size) {
            super(size);
        }

        BodyPublisher publisher() {
            return BodyPublishers.ofByteArray(buf, 0, count);
        }
    }
}
