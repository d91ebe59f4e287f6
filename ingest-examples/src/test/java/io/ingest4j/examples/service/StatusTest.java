package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigInteger;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StatusTest {

    private ServiceFixture service = ServiceFixture.start();

    @AfterEach
    void stop() {
        service.close();
    }

    private void awaitCall(int id) {
        await().until(() -> service.calls.containsKey(BigInteger.valueOf(id)));
    }

    private String status(String id) {
        return service.get("/status/" + id).body();
    }

    private void awaitStatus(String id, String text) {
        await().untilAsserted(() -> assertThat(status(id)).contains(text));
    }

    /** A service that begins one dispatch only. */
    private void startSlowly() {
        service.close();
        service = ServiceFixture.start("BATCH_DELAY=3600");
    }

    @Test
    void batches_areYetToStartThenTriggeredThenCompleted() {
        startSlowly();
        String first = service.submit("1,2,3,4", "HIGH");
        await().until(() -> service.calls.size() == 3);
        String second = service.submit("5", "HIGH");
        assertThat(status(first))
                .contains("\"status\":\"triggered\",\"batches\":[")
                .contains("\"ids\":[1,2,3],\"status\":\"triggered\"}")
                .contains("\"ids\":[4],\"status\":\"yet_to_start\"}");
        assertThat(status(second)).contains("\"status\":\"yet_to_start\",\"batches\":[");
        service.answer(1);
        service.answer(2);
        service.answer(3);
        awaitStatus(first, "\"ids\":[1,2,3],\"status\":\"completed\"}");
        assertThat(status(first)).contains("\"status\":\"triggered\",\"batches\":[");
    }

    @Test
    void aFailedBatch_tellsWhichIdAndWhy() {
        String id = service.submit("1,10000000000000000007,2", "LOW");
        await().until(() -> service.calls.size() == 3);
        service.calls
                .get(new BigInteger("10000000000000000007"))
                .completeExceptionally(new IllegalArgumentException("no such \"id\""));
        service.answer(1);
        service.answer(2);
        awaitStatus(id, "\"status\":\"failed\",\"batches\"");
        assertThat(status(id)).contains("no such \\\"id\\\"");
        assertThat(status(id)).contains("\"errors\":[{\"id\":10000000000000000007,\"reason\":");
    }

    @Test
    void unknownIds_are404() {
        for (String path :
                new String[] {"/status/nope", "/status/" + "x".repeat(500), "/status/%C3%BC"}) {
            HttpResponse<String> answer = service.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.body())
                    .isEqualTo("{\"detail\":\"no ingestion of that id\",\"status_code\":404}");
        }
        assertThat(service.delete("/ingest/nope").statusCode()).isEqualTo(404);
    }

    @Test
    void cancelling_takesBackWhatHasNotStarted() {
        startSlowly();
        String first = service.submit("1,2,3,4", "HIGH");
        await().until(() -> service.calls.size() == 3);
        String second = service.submit("5", "HIGH");
        assertThat(service.delete("/ingest/" + second).body())
                .isEqualTo(
                        "{\"ingestion_id\":\""
                                + second
                                + "\",\"status\":\"cancelled\",\"cancelled\":true}");
        assertThat(service.delete("/ingest/" + second).body()).contains("\"cancelled\":false");
        assertThat(service.delete("/ingest/" + first).body())
                .contains("\"status\":\"triggered\",\"cancelled\":true");
        assertThat(status(first)).contains("\"ids\":[4],\"status\":\"cancelled\"}");
        service.answer(1);
        service.answer(2);
        service.answer(3);
        awaitStatus(first, "\"status\":\"cancelled\",\"batches\":[");
    }

    @Test
    void aFullQueue_is503_untilThereIsRoom() {
        service.close();
        service = ServiceFixture.start("MAX_QUEUED=4", "BATCH_DELAY=100");
        service.submit("1", "HIGH");
        awaitCall(1);
        service.submit("2,3,4,5", "LOW");
        HttpResponse<String> full = service.post("{\"ids\":[6,7,8,9],\"priority\":\"HIGH\"}");
        assertThat(full.statusCode()).isEqualTo(503);
        assertThat(full.headers().firstValue("Retry-After")).hasValue("200");
        assertThat(full.body())
                .isEqualTo(
                        "{\"detail\":\"the queue is full, it holds at most 4 ids\",\"status_code\":503}");
        HttpResponse<String> never = service.post("{\"ids\":[6,7,8,9,10],\"priority\":\"HIGH\"}");
        assertThat(never.statusCode()).isEqualTo(413);
    }
}
