package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
}
