package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** How the last steps of an object end. */
@Timeout(120)
class S3SinkEndingTest extends S3SinkSetup {

    @Test
    void token_is_found_however_the_server_spells_its_name() throws IOException {
        front.fault(
                exchange -> {
                    FaultFront.Answer answer = exchange.upstream();
                    exchange.send(
                            new FaultFront.Answer(
                                    answer.head()
                                            .replaceAll(
                                                    "(?i)x-amz-meta-ingest4j-upload",
                                                    "X-Amz-Meta-Ingest4j-Upload"),
                                    answer.body()));
                });
        writeWhole(sink(), 10);
        assertThat(isStored(10)).isTrue();
    }

    @Test
    void completion_whose_last_answer_is_lost_is_recognized_by_the_object() throws IOException {
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.upstream();
                        exchange.rst();
                    }
                    exchange.pass();
                });
        writeWhole(sink().maxAttempts(1), PART + 1);
        assertThat(isStored(PART + 1)).isTrue();
    }

    @Test
    void look_after_the_last_attempt_is_itself_tried_again() throws IOException {
        AtomicInteger looks = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.upstream();
                        exchange.rst();
                    }
                    if (exchange.head.startsWith("HEAD ") && looks.incrementAndGet() < 3) {
                        exchange.rst();
                    }
                    exchange.pass();
                });
        writeWhole(sink().maxAttempts(1).giveUpAfter(Duration.ofNanos(1)), PART + 1);
        assertThat(isStored(PART + 1)).isTrue();
        assertThat(looks).hasValue(4);
    }

    @Test
    void completion_is_tried_again_for_longer_than_one_attempt_may_take() throws IOException {
        AtomicInteger completions = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isCompletion(exchange) && completions.incrementAndGet() == 1) {
                        exchange.rst();
                    }
                    exchange.pass();
                });
        writeWhole(sink().giveUpAfter(Duration.ofNanos(1)), PART + 1);
        assertThat(isStored(PART + 1)).isTrue();
    }

    @Test
    void condition_that_fails_inside_a_good_answer_is_about_the_object() {
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.error(200, "PreconditionFailed");
                    } else {
                        exchange.pass();
                    }
                });
        assertThatThrownBy(() -> writeWhole(sink().failIfExists(), PART + 1))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void upload_that_a_conflict_ended_is_told_at_once() {
        AtomicInteger completions = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (!isCompletion(exchange)) {
                        exchange.pass();
                    } else if (completions.incrementAndGet() == 1) {
                        exchange.error(409, "ConditionalRequestConflict");
                    } else {
                        exchange.error(404, "NoSuchUpload");
                    }
                });
        assertThatThrownBy(() -> writeWhole(sink().failIfExists(), PART + 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another writer of this key was faster")
                .hasRootCauseInstanceOf(S3Exception.class)
                .rootCause()
                .hasMessageContaining("ConditionalRequestConflict");
        assertThat(completions).hasValue(2);
    }
}
