package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.examples.service.RecordingSystem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The service as a process on a SQLite file, killed with SIGKILL at random instants while clients submit,
 * and started again. {@code -Dservice.kills=N} for more of it.
 */
@Execution(ExecutionMode.CONCURRENT) // it starts one process after the other, and waits for each
class KilledServiceTest {

    private static final int KILLS = Integer.getInteger("service.kills", 20);
    private static final int CLIENTS = 3;
    private static final long PAUSE_MILLIS = 150;
    private static final List<String> PRIORITIES = List.of("HIGH", "MEDIUM", "LOW");
    private static final int BATCH_SIZE = 3;
    private static final long PERIOD_MICROS = 60_000;
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofMinutes(5);
    private static final Pattern LISTENING = Pattern.compile("listening on (http://\\S+)");
    private static final Pattern ID = Pattern.compile("\"ingestion_id\" *: *\"([^\"]+)\"");
    private static final Pattern STATUS = Pattern.compile("\"status\" *: *\"(\\w+)\"");

    @TempDir Path directory;
    private final SplittableRandom random = new SplittableRandom();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final AtomicLong lastId = new AtomicLong();

    /** What the service has said that it took: the ids by the submission's. */
    private final Map<String, List<Long>> acknowledged = new ConcurrentHashMap<>();

    /** The ids that were taken by a dispatch and not settled when a life was killed. */
    private final Set<Long> inFlight = new HashSet<>();

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile URI address = URI.create("http://127.0.0.1:1/");

    @Test
    void killedAtAnyInstant_losesNothingThatItAcknowledged() throws Exception {
        try (RecordingSystem system = RecordingSystem.start()) {
            ScheduledExecutorService clients = startClients();
            for (int life = 0; life < KILLS; life++) {
                live(system, life);
            }
            Process last = start(system, KILLS);
            try {
                clients.shutdown();
                assertThat(clients.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
                assertNoClientFailed();
                awaitAll();
            } finally {
                last.destroyForcibly().waitFor();
            }
            check(system);
        }
    }

    /** One life of the service, to its violent end; what is in flight then is read from the file. */
    private void live(RecordingSystem system, int life) throws Exception {
        Process service = start(system, life);
        int before = acknowledged.size();
        try {
            Awaitility.await()
                    .atMost(START)
                    .until(
                            () -> {
                                assertNoClientFailed();
                                return acknowledged.size() > before;
                            });
            if (service.waitFor(random.nextInt(600), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the service ended by itself: " + output(life));
            }
        } finally {
            service.destroyForcibly().waitFor();
        }
        inFlight.addAll(numbers("SELECT CAST(text AS INTEGER) FROM ingest4j_item WHERE state = 1"));
    }

    /** Each submits, and again some time after it was answered, whether the service lives or not. */
    private ScheduledExecutorService startClients() {
        ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            SplittableRandom choices = random.split();
            ScheduledFuture<?> unused =
                    clients.scheduleWithFixedDelay(
                            () -> guard(() -> submit(choices)),
                            0,
                            PAUSE_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
        return clients;
    }

    /** What fails on a thread of its own would go by unseen. */
    private void guard(Runnable client) {
        try {
            client.run();
        } catch (RuntimeException | Error e) {
            failures.add(e);
        }
    }

    private void assertNoClientFailed() {
        for (Throwable failure : failures) {
            throw new AssertionError("a client failed", failure);
        }
    }

    /** Submits once; a client whose request fails doesn't know whether it was taken. */
    private void submit(SplittableRandom choices) {
        List<Long> ids = new ArrayList<>();
        int size = choices.nextInt(1, 6);
        for (int i = 0; i < size; i++) {
            ids.add(lastId.incrementAndGet());
        }
        String priority = PRIORITIES.get(choices.nextInt(PRIORITIES.size()));
        String body = "{\"ids\": %s, \"priority\": \"%s\"}".formatted(ids, priority);
        try {
            HttpResponse<String> answer =
                    http.send(
                            HttpRequest.newBuilder(address.resolve("/ingest"))
                                    .timeout(Duration.ofSeconds(10))
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            acknowledged.put(find(ID, answer.body()), ids);
        } catch (IOException e) {
            // It is dead, and comes again.
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until every acknowledged submission has come to its end. */
    private void awaitAll() {
        Set<String> left = new HashSet<>(acknowledged.keySet());
        Awaitility.await()
                .atMost(END)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(
                        () -> {
                            left.removeIf(id -> "completed".equals(status(id)));
                            assertThat(left).isEmpty();
                        });
    }

    private String status(String id) {
        try {
            HttpResponse<String> answer =
                    http.send(
                            HttpRequest.newBuilder(address.resolve("/status/" + id)).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode())
                    .as("status of %s: %s", id, answer.body())
                    .isEqualTo(200);
            return find(STATUS, answer.body());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void check(RecordingSystem system) throws SQLException {
        Set<Long> ids = new HashSet<>();
        acknowledged.values().forEach(ids::addAll);
        Set<Long> missing = new HashSet<>(ids);
        missing.removeAll(system.received());
        assertThat(missing).as("acknowledged ids that were never processed").isEmpty();
        assertThat(inFlight)
                .as("ids in flight at a kill, as only those may come twice")
                .containsAll(system.repeated());
        List<Long> claims = numbers("SELECT claimed_at FROM ingest4j_dispatch ORDER BY number");
        for (int i = 1; i < claims.size(); i++) {
            assertThat(claims.get(i) - claims.get(i - 1))
                    .as("microseconds between dispatches %d and %d", i - 1, i)
                    .isGreaterThanOrEqualTo(PERIOD_MICROS);
        }
        assertThat(numbers("SELECT MAX(item_count) FROM ingest4j_dispatch").get(0))
                .isLessThanOrEqualTo(BATCH_SIZE);
        System.out.printf(
                "%d kills of the service: 0 of %,d acknowledged ids lost, %,d processed twice of %,d in"
                        + " flight at the kills, %,d dispatches%n",
                KILLS, ids.size(), system.repeated().size(), inFlight.size(), claims.size());
    }

    private List<Long> numbers(String query) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("ingest.db"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                numbers.add(rows.getLong(1));
            }
        }
        return numbers;
    }

    private Process start(RecordingSystem system, int life) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", classPath(), IngestService.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "PORT", "0",
                                "HOST", "127.0.0.1",
                                "DATABASE_FILE", "ingest.db",
                                "BATCH_SIZE", "" + BATCH_SIZE,
                                "BATCH_DELAY", "0." + "0" + PERIOD_MICROS / 1_000,
                                "LEASE_SECONDS", "3",
                                "EXTERNAL_URL", system.uri().toString()));
        Path output = directory.resolve("life" + life + ".txt");
        Process service = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        Awaitility.await()
                .atMost(START)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> {
                            assertThat(service.isAlive()).as(output(life)).isTrue();
                            return LISTENING.matcher(output(life)).find();
                        });
        address = URI.create(find(LISTENING, output(life)));
        return service;
    }

    private String output(int life) throws IOException {
        return Files.readString(directory.resolve("life" + life + ".txt"));
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
        return matcher.group(1);
    }

    /** Surefire's own is a jar that only refers to the real ones. */
    private static String classPath() {
        String real = System.getProperty("surefire.test.class.path");
        return real != null ? real : System.getProperty("java.class.path");
    }
}
