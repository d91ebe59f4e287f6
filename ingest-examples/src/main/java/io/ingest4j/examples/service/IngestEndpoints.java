package io.ingest4j.examples.service;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.api.SubmissionStatus;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Submits, tells how far a submission is, and cancels it. */
final class IngestEndpoints {

    private static final Logger LOG = LoggerFactory.getLogger(IngestEndpoints.class);

    private static final String KEY = "Idempotency-Key";
    private static final long LONGEST_RETRY_SECONDS = 300;
    private static final int MAX_ID_LENGTH = 100;
    private static final long STORE_RETRY_SECONDS = 5;

    private final PriorityBatchScheduler<BigInteger> scheduler;
    private final ServiceSettings settings;
    private final QueueWatch queue;
    private final LiveBoard board;

    IngestEndpoints(
            PriorityBatchScheduler<BigInteger> scheduler,
            ServiceSettings settings,
            QueueWatch queue,
            LiveBoard board) {
        this.scheduler = scheduler;
        this.settings = settings;
        this.queue = queue;
        this.board = board;
    }

    void submit(Exchange exchange) throws RequestException {
        requireJson(exchange);
        String key = key(exchange);
        SubmissionReader reader = new SubmissionReader(settings.maxIds());
        BodyReader.read(
                exchange,
                reader,
                () -> {
                    Submission<BigInteger> submission = reader.submission();
                    String id = submit(submission.withIdempotencyKey(key));
                    board.submitted(id, submission, Instant.now());
                    exchange.json(200, Json.submitted(id));
                });
    }

    /** Pages of other sites can send all else in a visitor's name, without asking the browser. */
    private static void requireJson(Exchange exchange) throws RequestException {
        String type =
                Objects.requireNonNullElse(
                        exchange.request().getHeaders().get(HttpHeader.CONTENT_TYPE), "");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase(Exchange.JSON)) {
            throw new RequestException(
                    415,
                    "Content-Type: must be %s, was %s"
                            .formatted(Exchange.JSON, type.isEmpty() ? "missing" : shown(type)));
        }
    }

    private static String shown(String type) {
        return "'" + type.substring(0, Math.min(MAX_ID_LENGTH, type.length())) + "'";
    }

    private static String key(Exchange exchange) throws RequestException {
        List<String> keys = exchange.request().getHeaders().getValuesList(KEY);
        if (keys.isEmpty()) {
            return "";
        }
        String key = keys.get(0);
        if (keys.size() > 1 || key.isEmpty() || key.length() > Submission.MAX_NAME_LENGTH) {
            throw new RequestException(
                    400,
                    "%s: must be one key of 1 to %d characters"
                            .formatted(KEY, Submission.MAX_NAME_LENGTH));
        }
        return key;
    }

    private String submit(Submission<BigInteger> submission) throws RequestException {
        try {
            return asked(() -> scheduler.submit(submission));
        } catch (SubmissionRefusedException e) {
            throw refusal(e, submission.items().size());
        }
    }

    private RequestException refusal(SubmissionRefusedException refused, int ids) {
        if (refused.reason() == SubmissionRefusedException.Reason.KEY_REUSED) {
            return new RequestException(
                    422, KEY + ": must be a new one, was used for other content");
        }
        if (ids > settings.maxQueued()) {
            return new RequestException(
                    413, "ids: must be at most %d, were %d".formatted(settings.maxQueued(), ids));
        }
        return new RequestException(
                503,
                "the queue is full, it holds at most " + settings.maxQueued() + " ids",
                retryAfterSeconds(ids));
    }

    /** When so many will have left the queue that these fit in. */
    long retryAfterSeconds(int ids) {
        QueueStatistics statistics;
        try {
            statistics = queue.statistics();
        } catch (IngestException | IllegalStateException e) {
            return STORE_RETRY_SECONDS;
        }
        long depth = statistics.depth().values().stream().mapToLong(any -> any).sum();
        long tooMany = Math.max(1, depth + ids - settings.maxQueued());
        long dispatches = -Math.floorDiv(-tooMany, settings.batchSize());
        double seconds = dispatches * (settings.batchDelay().toNanos() / 1e9);
        return Math.max(1, (long) Math.min(LONGEST_RETRY_SECONDS, Math.ceil(seconds)));
    }

    void status(Exchange exchange) throws RequestException {
        exchange.large(200, Json.status(find(exchange.argument())));
    }

    void cancel(Exchange exchange) throws RequestException {
        String id = exchange.argument();
        requireId(id);
        boolean isCancelled = asked(() -> scheduler.cancel(id));
        SubmissionStatus<BigInteger> status = find(id);
        exchange.json(
                200,
                Json.object(
                        json -> {
                            json.writeStringProperty("ingestion_id", id);
                            json.writeStringProperty("status", Json.name(status.state()));
                            json.writeBooleanProperty("cancelled", isCancelled);
                        }));
    }

    private SubmissionStatus<BigInteger> find(String id) throws RequestException {
        requireId(id);
        return asked(() -> scheduler.status(id)).orElseThrow(IngestEndpoints::unknown);
    }

    /** What can't be an id is not looked for. */
    private static void requireId(String id) throws RequestException {
        if (id.length() > MAX_ID_LENGTH || id.chars().anyMatch(c -> c < ' ')) {
            throw unknown();
        }
    }

    private static RequestException unknown() {
        return new RequestException(404, "no ingestion of that id");
    }

    static <R> R asked(Supplier<R> question) throws RequestException {
        try {
            return question.get();
        } catch (SubmissionRefusedException e) {
            throw e;
        } catch (IllegalStateException e) {
            throw new RequestException(503, "the service is stopping", STORE_RETRY_SECONDS);
        } catch (IngestException e) {
            throw storeFailure(e);
        }
    }

    private static RequestException storeFailure(IngestException failure) {
        LOG.atError().setCause(failure).log("the store failed");
        return new RequestException(
                503,
                "the database failed; to be sure, try again with the same " + KEY,
                STORE_RETRY_SECONDS);
    }
}
