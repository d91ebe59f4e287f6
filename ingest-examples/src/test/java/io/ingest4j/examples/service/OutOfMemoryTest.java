package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that was told to keep more than its heap holds. */
@Timeout(180)
@Tag("real-time")
class OutOfMemoryTest {

    private static final int MAX_POSTS = 1_000;

    @TempDir Path directory;

    @Test
    void aServiceThatRanOutOfMemory_endsAndSaysSo() throws Exception {
        Map<String, String> settings = Map.of("MAX_QUEUED", "100000000", "BATCH_DELAY", "3600");
        try (ServiceProcess service = ServiceProcess.start(directory, "40m", settings)) {
            fillUp(service);
            assertThat(service.awaitExit()).isEqualTo(1);
            assertThat(service.output()).contains("IngestService: out of memory, it can't go on");
        }
    }

    private static void fillUp(ServiceProcess service) throws InterruptedException {
        String ids =
                IntStream.range(0, 10_000)
                        .mapToObj(Integer::toString)
                        .map(id -> "1" + id)
                        .collect(Collectors.joining(","));
        for (int i = 0; i < MAX_POSTS && service.isAlive(); i++) {
            try {
                service.post("{\"ids\":[" + ids + "],\"priority\":\"LOW\"}");
            } catch (IOException e) {
                // It is gone, or had no memory left to answer: then the next one meets that.
            }
        }
    }
}
