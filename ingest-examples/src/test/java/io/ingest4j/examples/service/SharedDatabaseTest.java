package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ingest4j.core.schedule.jdbc.PostgresServer;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two services on one database of a real PostgreSQL server, of which one goes. */
@Timeout(120)
class SharedDatabaseTest {

    private static final int BATCH_SIZE = 3;
    private static final long PERIOD_MICROS = 50_000;
    private static final int SUBMISSIONS = 20;
    private static final int IDS = 5;
    private static final List<String> PRIORITIES = List.of("HIGH", "MEDIUM", "LOW");

    private final String database = PostgresServer.newDatabase();

    private ServiceFixture start(RecordingSystem system) {
        return ServiceFixture.start(
                "DATABASE_URL=" + database,
                "EXTERNAL_URL=" + system.uri(),
                "BATCH_SIZE=" + BATCH_SIZE,
                "BATCH_DELAY=0.0" + PERIOD_MICROS / 1_000,
                "MAX_IN_FLIGHT=" + BATCH_SIZE,
                "STOP_SECONDS=30");
    }

    @Test
    void everyIdIsProcessedOnce_andTheRateIsThatOfOne_alsoWhenOneCloses() throws Exception {
        Map<String, String> submissions = new LinkedHashMap<>();
        try (RecordingSystem system = RecordingSystem.start();
                ServiceFixture staying = start(system)) {
            try (ServiceFixture leaving = start(system)) {
                system.hold();
                for (int i = 0; i < SUBMISSIONS; i++) {
                    ServiceFixture taking = i % 2 == 0 ? leaving : staying;
                    ServiceFixture other = i % 2 == 0 ? staying : leaving;
                    String ids = ids(i);
                    String id = taking.submit(ids, PRIORITIES.get(i % PRIORITIES.size()));
                    submissions.put(id, ids);
                    assertStatus(other, id, ids);
                }
                await("more under way than one may have")
                        .until(() -> system.received().size() > BATCH_SIZE);
                CompletableFuture<Void> closed = CompletableFuture.runAsync(leaving::close);
                await("no port").until(() -> leaving.uri("/").getPort() < 0);
                system.goOn();
                closed.join();
            }
            String last = ids(SUBMISSIONS);
            submissions.put(staying.submit(last, "LOW"), last);
            for (String id : submissions.keySet()) {
                await(id).until(() -> isCompleted(staying.get("/status/" + id).body(), id));
                assertStatus(staying, id, submissions.get(id));
            }
            assertThat(system.received()).isEqualTo(all());
            assertThat(system.repeated()).isEmpty();
            assertClaims();
        }
    }

    private static String ids(int submission) {
        return IntStream.rangeClosed(1, IDS)
                .mapToObj(i -> Integer.toString(submission * IDS + i))
                .collect(Collectors.joining(","));
    }

    private static Set<Long> all() {
        return LongStream.rangeClosed(1, (SUBMISSIONS + 1) * IDS)
                .boxed()
                .collect(Collectors.toSet());
    }

    /** The status has two batches, of which the second holds the rest. */
    private static void assertStatus(ServiceFixture service, String id, String ids) {
        HttpResponse<String> status = service.get("/status/" + id);
        assertThat(status.statusCode()).as(status.body()).isEqualTo(200);
        String[] each = ids.split(",");
        assertThat(status.body())
                .contains("[" + String.join(",", List.of(each).subList(0, BATCH_SIZE)) + "]")
                .contains("[" + String.join(",", List.of(each).subList(BATCH_SIZE, IDS)) + "]");
    }

    private static boolean isCompleted(String status, String id) {
        return status.startsWith("{\"ingestion_id\":\"" + id + "\",\"status\":\"completed\"");
    }

    /** By the database's own record: each id once, so many at a time, and so far apart. */
    private void assertClaims() throws SQLException {
        assertThat(numbers("SELECT item_count FROM ingest4j_dispatch"))
                .allMatch(count -> count <= BATCH_SIZE)
                .satisfies(
                        counts ->
                                assertThat(counts.stream().mapToLong(any -> any).sum())
                                        .isEqualTo(all().size()));
        List<Long> claims = numbers("SELECT claimed_at FROM ingest4j_dispatch ORDER BY number");
        for (int i = 1; i < claims.size(); i++) {
            assertThat(claims.get(i) - claims.get(i - 1))
                    .as("microseconds between dispatches %d and %d", i - 1, i)
                    .isGreaterThanOrEqualTo(PERIOD_MICROS);
        }
    }

    private List<Long> numbers(String query) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                numbers.add(rows.getLong(1));
            }
        }
        return numbers;
    }
}
