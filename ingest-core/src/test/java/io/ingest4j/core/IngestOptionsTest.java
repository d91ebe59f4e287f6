package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.limit.RateLimiters;
import java.time.Duration;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class IngestOptionsTest {

    private final Ingest<Long> builder =
            Ingest.from(new SimulatedSource(new SplittableRandom(1), 1, 1, 1, 0, 0));

    @Test
    void a_bad_setting_is_refused_with_name_rule_and_value() {
        assertRefused(() -> builder.batchSize(0), "batchSize must be >= 1, was 0");
        assertRefused(() -> builder.maxInFlight(-1), "maxInFlight must be >= 1, was -1");
        assertRefused(() -> builder.readers(0), "readers must be >= 1, was 0");
        assertRefused(
                () -> builder.maxBufferedBytes(1), "maxBufferedBytes must be >= 65536, was 1");
        assertRefused(
                () -> builder.attemptTimeout(Duration.ZERO),
                "attemptTimeout must be > 0, was PT0S");
        assertRefused(
                () -> builder.stopTimeout(Duration.ofNanos(-1)),
                "stopTimeout must be >= 0, was PT-0.000000001S");
        assertRefused(
                () -> builder.progressInterval(Duration.ZERO),
                "progressInterval must be > 0, was PT0S");
        assertRefused(
                () -> builder.name("a b"),
                "name must be 1 to 100 letters, digits, dots, dashes and underscores, was 'a b'");
        assertRefused(
                () -> RetryPolicy.standard().maxAttempts(0), "maxAttempts must be >= 1, was 0");
        assertRefused(
                () -> RetryPolicy.standard().jitter(1.1), "jitter must be from 0 to 1, was 1.1");
        assertRefused(
                () -> RetryPolicy.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                "maxDelay must be >= firstDelay PT2S, was PT1S");
    }

    @Test
    void a_uri_that_nothing_stands_for_is_refused_without_its_query() {
        assertRefused(
                () -> Ingest.from("gopher://host/file.csv?token=secret"),
                "uri must have a source that an installed ByteSourceProvider knows; none knows 'gopher' of"
                        + " gopher://host/file.csv");
    }

    @Test
    void a_missing_setting_is_named() {
        assertMissing(() -> builder.attemptTimeout(null), "attemptTimeout");
        assertMissing(() -> builder.stopTimeout(null), "stopTimeout");
        assertMissing(() -> Ingest.from((String) null), "uri");
        assertMissing(() -> builder.to((String) null), "uri");
        assertMissing(() -> RateLimiters.all((RateLimiter[]) null), "limiters");
        assertMissing(
                () -> RateLimiters.all(RateLimiters.perSecond(1), null),
                "limiters must not hold null");
        assertMissing(() -> RateLimiters.adapt(null), "tryAcquire");
        assertMissing(() -> RateLimiters.adapt(cost -> true, null), "askAgain");
        assertMissing(() -> RateLimiters.perKey(null, 1), "model");
        assertMissing(() -> RateLimiters.per(1, null), "period");
    }

    private static void assertMissing(ThrowingCallable setting, String message) {
        assertThatThrownBy(setting).isInstanceOf(NullPointerException.class).hasMessage(message);
    }

    @Test
    void a_path_instead_of_a_uri_is_refused_with_the_way_to_make_one() {
        String rule =
                "uri must begin with a scheme such as file:, https: or s3:; Path.toUri() makes one of"
                        + " the path of a file, was '";
        assertRefused(() -> Ingest.from("customers.csv"), rule + "customers.csv'");
        assertRefused(() -> Ingest.from("/data/a.csv?t=secret"), rule + "/data/a.csv'");
        assertRefused(() -> Ingest.from("C:/data/a.csv"), rule + "C:/data/a.csv'");
        assertRefused(() -> Ingest.from("//u:secret@host/a.csv"), rule + "//host/a.csv'");
        String malformed = "uri must be one (RFC 2396), but has a character that is not allowed at";
        assertRefused(
                () -> Ingest.from("C:\\data\\a.csv"),
                malformed + " index 2; Path.toUri() makes one of the path of a file");
        assertRefused(
                () -> Ingest.from("my file.csv"),
                malformed + " index 2; Path.toUri() makes one of the path of a file");
        assertRefused(
                () -> builder.to("example.com/in"),
                "uri must begin with a scheme such as https:, was 'example.com/in'");
    }

    @Test
    void a_malformed_uri_is_refused_without_its_text() {
        assertRefused(
                () -> Ingest.from("s3://bucket/key.csv?token=SEC RET"),
                "uri must be one (RFC 2396), but has a character that is not allowed at index 29"
                        + " (a space is %20)");
    }

    @Test
    void a_batch_larger_than_the_sink_takes_is_refused_before_the_run() {
        RecordSink<Object> single =
                new RecordSink<>() {
                    @Override
                    public RecordWriter<Object> open(WriterContext context) {
                        throw new AssertionError("must not be opened");
                    }

                    @Override
                    public int maxBatchSize() {
                        return 1;
                    }
                };

        assertRefused(
                () -> builder.batchSize(2).to(single).start(),
                "batchSize must be <= 1 for this sink, was 2");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
