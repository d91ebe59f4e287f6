package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RequestCountsTest {

    @Test
    void kind_that_is_shown_was_counted() {
        RequestCounts counts = new RequestCounts();
        CompletableFuture<Void> counting =
                CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < 3_000; i++) {
                                counts.count("kind " + i);
                            }
                        });
        while (!counting.isDone()) {
            assertThat(counts.byKind().values()).doesNotContain(0L);
        }
        counting.join();
        assertThat(counts.byKind()).hasSize(3_000);
    }
}
