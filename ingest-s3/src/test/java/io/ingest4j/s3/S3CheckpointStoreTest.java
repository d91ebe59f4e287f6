package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore.Lease;
import io.ingest4j.api.InvalidCheckpointException;
import io.ingest4j.api.Position;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import io.ingest4j.s3.FaultFront.Fault;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Stores behind a front that spoils what the server answers. */
@Timeout(60)
class S3CheckpointStoreTest {

    private static final String JOB = "job";
    private static final TryOptions HASTY =
            TryOptions.DEFAULT.withBackoff(Duration.ZERO, Duration.ZERO);
    private static S3Server server;

    private final String prefix = UUID.randomUUID() + "/";
    private final String key = prefix + "job.checkpoint";
    private final VirtualWaiting clock = new VirtualWaiting();
    private FaultFront front;
    private S3Client client;

    @BeforeAll
    static void start() {
        server = new S3Server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        front = new FaultFront(server.port(), Exchange::pass);
        client = S3Server.access(front.port()).client();
    }

    @AfterEach
    void close() {
        client.close();
        front.close();
    }

    private S3CheckpointStore store() {
        return S3CheckpointStore.in(client, S3Server.BUCKET, prefix).with(HASTY, clock);
    }

    private static Checkpoint checkpoint(long number) {
        return new Checkpoint(JOB, Start.UNKNOWN, false, List.of(), Map.of("read", number), "", "");
    }

    private byte[] content() {
        return server.client()
                .getObjectAsBytes(b -> b.bucket(S3Server.BUCKET).key(key))
                .asByteArray();
    }

    private String text() {
        return new String(content(), StandardCharsets.UTF_8);
    }

    private long puts() {
        return front.requests().stream().filter(head -> head.startsWith("PUT ")).count();
    }

    /** Spoils the next writing, and nothing after it. */
    private void nextPut(Fault fault) {
        AtomicInteger puts = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (exchange.isPut() && puts.getAndIncrement() == 0) {
                        fault.answer(exchange);
                    } else {
                        exchange.pass();
                    }
                });
    }

    private void allPuts(Fault fault) {
        front.fault(
                exchange -> {
                    if (exchange.isPut()) {
                        fault.answer(exchange);
                    } else {
                        exchange.pass();
                    }
                });
    }

    private void assertLost(Lease lease, String... parts) {
        assertFails(lease, () -> lease.save(checkpoint(99)), parts);
    }

    private void assertFails(Lease lease, Runnable first, String... parts) {
        var failure =
                assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(first::run)
                        .withMessageContaining("'job'")
                        .withMessageContaining("s3://bucket/" + key);
        for (String part : parts) {
            failure.withMessageContaining(part);
        }
        int requests = front.requests().size();
        for (Runnable call :
                List.<Runnable>of(
                        lease::latest,
                        lease::clear,
                        lease::renew,
                        () -> lease.save(checkpoint(98)))) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(call::run)
                    .withMessageContaining("an earlier call failed");
        }
        lease.close();
        assertThat(front.requests()).hasSize(requests);
    }

    @Test
    void object_says_whose_it_is_and_holds_the_form() {
        try (Lease lease = store().leaseTime(Duration.ofSeconds(5)).acquire(JOB)) {
            String process = OwnerProcess.current().map(one -> " " + one).orElse("");
            assertThat(text())
                    .matches("ingest4j-lease 1 [0-9a-f-]{36} \\d+ held 5000" + process + "\n");
            lease.save(checkpoint(1));
            assertThat(text()).contains(" held 5000" + process + "\ningest4j-checkpoint 2 ");
        }
        assertThat(text()).matches("(?s).* released 5000[^\n]*\ningest4j-checkpoint 2 .*");
    }

    @Test
    void job_that_was_given_back_is_taken_without_waiting() {
        store().acquire(JOB).close();
        clock.meanwhile(
                () -> {
                    throw new AssertionError("waits");
                });
        store().acquire(JOB).close();
    }

    @Test
    void job_of_a_run_that_lives_is_refused_as_soon_as_that_shows() {
        Lease first = store().acquire(JOB);
        clock.meanwhile(
                () -> {
                    if (clock.seconds() == 3) {
                        first.save(checkpoint(1));
                    }
                });
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> store().acquire(JOB))
                .withMessageContaining("job 'job' is taken on s3://bucket/" + key)
                .withMessageContaining("another run lives");
        assertThat(clock.seconds()).isEqualTo(3);
        first.save(checkpoint(2));
        first.close();
    }

    @Test
    void job_of_a_run_that_died_is_taken_over_after_its_own_lease_time() {
        Lease dead = store().leaseTime(Duration.ofSeconds(70)).acquire(JOB);
        dead.save(checkpoint(1));
        try (Lease next = store().acquire(JOB)) {
            assertThat(clock.seconds()).isEqualTo(70);
            assertThat(next.latest()).contains(checkpoint(1));
            next.save(checkpoint(2));
        }
    }

    @Test
    void who_waits_for_a_run_that_may_be_dead_says_so_once_with_the_time_left() {
        store().acquire(JOB);
        try (LogLines log = LogLines.of(LeaseContest.class)) {
            store().acquire(JOB).close();
            assertThat(log.all()).hasSize(2);
            assertThat(log.all().get(0))
                    .startsWith("WARN job 'job' on s3://bucket/" + key)
                    .contains("waiting for up to 30 s");
            assertThat(log.all().get(1)).startsWith("INFO job 'job' is taken");
        }
    }

    /** Leaves the job to a run whose process this is in what the object says. */
    private void leaveTo(String process) {
        store().acquire(JOB).save(checkpoint(1));
        String own = OwnerProcess.current().map(one -> " " + one).orElse("");
        server.put(
                key, text().replace(own + "\n", process + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void job_of_a_dead_process_is_taken_at_once() {
        OwnerProcess self = OwnerProcess.current().orElseThrow();
        leaveTo(" " + new OwnerProcess(self.place(), self.id(), self.start() + 1));
        try (LogLines log = LogLines.of(LeaseContest.class);
                Lease next = store().acquire(JOB)) {
            assertThat(clock.seconds()).isZero();
            assertThat(next.latest()).contains(checkpoint(1));
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .contains("the process that had it is dead");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void process_that_dies_meanwhile_is_not_waited_for_any_longer() {
        OwnerProcess self = OwnerProcess.current().orElseThrow();
        store().acquire(JOB);
        clock.meanwhile(
                () ->
                        server.put(
                                key,
                                text().replace(
                                                self.toString(),
                                                new OwnerProcess(self.place(), self.id(), 1)
                                                        .toString())
                                        .getBytes(StandardCharsets.UTF_8)));
        store().acquire(JOB).close();
        assertThat(clock.seconds()).isEqualTo(1);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void what_a_dead_process_had_sent_may_arrive_late() {
        OwnerProcess self = OwnerProcess.current().orElseThrow();
        leaveTo(" " + new OwnerProcess(self.place(), self.id(), self.start() + 1));
        nextPut(
                exchange -> {
                    server.put(
                            key,
                            text().replace(" held ", "1 held ").getBytes(StandardCharsets.UTF_8));
                    exchange.pass();
                });
        try (Lease next = store().acquire(JOB)) {
            assertThat(next.latest()).contains(checkpoint(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " 00000000000000000000000000000000/1/1", " anything"})
    void job_of_a_process_elsewhere_or_of_an_older_version_is_waited_for(String process) {
        leaveTo(process);
        try (Lease next = store().acquire(JOB)) {
            assertThat(clock.seconds()).isEqualTo(30);
            assertThat(next.latest()).contains(checkpoint(1));
        }
    }

    @Test
    void run_that_was_away_for_longer_than_its_lease_can_not_save_any_more() {
        Lease away = store().acquire(JOB);
        away.save(checkpoint(1));
        try (Lease next = store().acquire(JOB)) {
            next.save(checkpoint(2));
            assertLost(away, "was lost", "replaced or deleted by someone else", "30000 ms");
            next.save(checkpoint(3));
            assertThat(next.latest()).contains(checkpoint(3));
        }
        try (Lease last = store().acquire(JOB)) {
            assertThat(last.latest()).contains(checkpoint(3));
        }
    }

    @Test
    void run_that_was_away_finds_out_when_it_renews_or_clears() {
        Lease renewing = store().acquire(JOB);
        Lease clearing = store().acquire(JOB);
        Lease last = store().acquire(JOB);
        assertFails(renewing, renewing::renew, "was lost");
        assertFails(clearing, clearing::clear, "was lost");
        last.close();
    }

    @Test
    void run_that_was_away_leaves_the_object_alone_when_it_closes() {
        Lease away = store().acquire(JOB);
        Lease next = store().acquire(JOB);
        String before = text();
        away.close();
        assertThat(text()).isEqualTo(before);
        next.close();
    }

    @Test
    void run_that_was_away_goes_on_if_nobody_took_its_job() {
        try (Lease lease = store().acquire(JOB)) {
            clock.advance(Duration.ofHours(1).toNanos());
            lease.save(checkpoint(1));
            assertThat(lease.latest()).contains(checkpoint(1));
        }
    }

    @Test
    void object_that_is_old_by_the_server_s_dates_is_taken_over_after_half_the_lease_time() {
        store().acquire(JOB);
        front.fault(
                exchange ->
                        exchange.send(
                                exchange.upstream()
                                        .withHeader(
                                                "Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")));
        store().acquire(JOB).close();
        assertThat(clock.seconds()).isEqualTo(15);
    }

    /** A proxy may put its own date on an answer whose Last-Modified is by the clock of a server. */
    @Test
    void job_of_a_run_that_lives_is_refused_where_the_server_s_dates_are_of_two_clocks() {
        Lease first = store().acquire(JOB);
        front.fault(
                exchange ->
                        exchange.send(
                                exchange.upstream()
                                        .withHeader("Date", "Sat, 06 Nov 2094 08:49:37 GMT")));
        clock.meanwhile(first::renew);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> store().acquire(JOB))
                .withMessageContaining("another run lives");
        assertThat(first.isHeld()).isTrue();
        first.close();
    }

    @Test
    void object_from_the_future_or_without_a_date_is_waited_for() {
        store().acquire(JOB);
        front.fault(
                exchange ->
                        exchange.send(
                                exchange.upstream()
                                        .withHeader(
                                                "Last-Modified", "Sat, 06 Nov 2094 08:49:37 GMT")));
        store().acquire(JOB);
        assertThat(clock.seconds()).isEqualTo(30);
        front.fault(exchange -> exchange.send(exchange.upstream().without("Date")));
        store().acquire(JOB).close();
        assertThat(clock.seconds()).isEqualTo(60);
    }

    @Test
    void renewing_writes_only_after_a_third_of_the_lease_time() {
        try (Lease lease = store().acquire(JOB)) {
            lease.save(checkpoint(1));
            long puts = puts();
            clock.advance(Duration.ofSeconds(10).toNanos());
            lease.renew();
            assertThat(puts()).isEqualTo(puts);
            clock.advance(1);
            lease.renew();
            lease.renew();
            assertThat(puts()).isEqualTo(puts + 1);
            assertThat(lease.latest()).contains(checkpoint(1));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writing_whose_answer_is_lost_is_found_out_to_be_done(boolean reset) {
        try (Lease lease = store().acquire(JOB)) {
            nextPut(
                    exchange -> {
                        Answer answer = exchange.upstream();
                        if (reset) {
                            exchange.rst();
                        }
                        exchange.send(new Answer(answer.head().substring(0, 20), new byte[0]));
                        exchange.fin();
                    });
            long puts = puts();
            lease.save(checkpoint(1));
            assertThat(puts()).isEqualTo(puts + 1);
            lease.save(checkpoint(2));
            assertThat(lease.latest()).contains(checkpoint(2));
        }
    }

    @ParameterizedTest
    @CsvSource({"500,InternalError", "503,SlowDown", "409,ConditionalRequestConflict"})
    void error_that_passes_is_outlasted_whether_it_wrote_or_not(int status, String code) {
        try (Lease lease = store().acquire(JOB)) {
            nextPut(
                    exchange -> {
                        exchange.upstream();
                        exchange.error(status, code);
                    });
            lease.save(checkpoint(1));
            nextPut(exchange -> exchange.error(status, code));
            lease.save(checkpoint(2));
            assertThat(lease.latest()).contains(checkpoint(2));
        }
        assertThat(text()).contains("read 2");
    }

    @Test
    void writing_that_did_not_arrive_is_done_again() {
        try (Lease lease = store().acquire(JOB)) {
            nextPut(Exchange::rst);
            lease.save(checkpoint(1));
            assertThat(text()).contains("read 1");
        }
    }

    @Test
    void answer_that_the_condition_failed_for_a_writing_that_did_arrive_is_no_loss() {
        try (Lease lease = store().acquire(JOB)) {
            nextPut(
                    exchange -> {
                        exchange.upstream();
                        exchange.send(exchange.upstream());
                    });
            lease.save(checkpoint(1));
            lease.save(checkpoint(2));
        }
        assertThat(text()).contains("read 2");
    }

    @Test
    void making_of_the_object_whose_answer_is_lost_is_found_out_to_be_done() {
        nextPut(
                exchange -> {
                    exchange.upstream();
                    exchange.rst();
                });
        store().acquire(JOB).close();
        assertThat(clock.seconds()).isZero();
    }

    @Test
    void lost_answer_and_another_owner_meanwhile_are_a_lost_lease() {
        Lease lease = store().acquire(JOB);
        S3CheckpointStore direct =
                S3CheckpointStore.in(server.client(), S3Server.BUCKET, prefix).with(HASTY, clock);
        nextPut(
                exchange -> {
                    exchange.upstream();
                    direct.acquire(JOB);
                    exchange.rst();
                });
        assertLost(lease, "was lost");
    }

    @Test
    void writing_that_arrives_late_changes_nothing() throws Exception {
        AtomicReference<Exchange> late = new AtomicReference<>();
        try (Lease lease = store().acquire(JOB)) {
            nextPut(
                    exchange -> {
                        late.set(exchange);
                        exchange.rst();
                    });
            lease.save(checkpoint(1));
            assertThat(late.get().upstream().head()).startsWith("HTTP/1.1 412");
            lease.save(checkpoint(2));
            assertThat(late.get().upstream().head()).startsWith("HTTP/1.1 412");
            assertThat(text()).contains("read 2");
            lease.save(checkpoint(1));
            assertThat(late.get().upstream().head()).startsWith("HTTP/1.1 412");
        }
    }

    @Test
    void trouble_that_does_not_pass_ends_the_lease() {
        Lease lease = store().acquire(JOB);
        long puts = puts();
        allPuts(Exchange::rst);
        assertFails(
                lease,
                () -> lease.save(checkpoint(1)),
                "may not be durable",
                "attempt 16 without progress");
        assertThat(puts()).isEqualTo(puts + 16);
    }

    @Test
    void denied_writing_ends_the_lease_at_once() {
        Lease lease = store().acquire(JOB);
        allPuts(exchange -> exchange.error(403, "AccessDenied"));
        assertFails(lease, () -> lease.save(checkpoint(1)), "403 AccessDenied", "s3:PutObject");
    }

    @Test
    void deleted_object_is_a_lost_lease() {
        Lease lease = store().acquire(JOB);
        server.client().deleteObject(b -> b.bucket(S3Server.BUCKET).key(key));
        assertLost(lease, "was lost");
    }

    @Test
    void closing_without_a_server_does_not_throw() {
        Lease lease = store().acquire(JOB);
        front.fault(Exchange::rst);
        assertThatCode(lease::close).doesNotThrowAnyException();
        assertThat(text()).contains(" held ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "id,name\n1,x\n",
                "ingest4j-lease 2 00000000-0000-0000-0000-000000000000 1 held 5\n",
                "ingest4j-lease 1 00000000-0000-0000-0000-000000000000 1 he"
            })
    void object_of_something_else_is_named_and_left_as_it_is(String foreign) {
        server.put(key, foreign.getBytes(StandardCharsets.UTF_8));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> store().acquire(JOB))
                .withMessageContaining("object s3://bucket/" + key + " must begin with");
        assertThat(text()).isEqualTo(foreign);
    }

    @Test
    void object_that_becomes_something_else_ends_the_lease() {
        Lease lease = store().acquire(JOB);
        server.put(key, new byte[] {1, 2, 3});
        assertLost(lease, "must begin with");
        assertThat(content()).containsExactly(1, 2, 3);
    }

    @Test
    void spoilt_checkpoint_is_named_and_can_be_cleared() {
        try (Lease lease = store().acquire(JOB)) {
            lease.save(checkpoint(1));
        }
        byte[] cut = content();
        server.put(key, Arrays.copyOf(cut, cut.length - 1));
        try (Lease lease = store().acquire(JOB)) {
            assertThatExceptionOfType(InvalidCheckpointException.class)
                    .isThrownBy(lease::latest)
                    .withMessageContaining("object s3://bucket/" + key)
                    .withMessageContaining("'job' whole: a checkpoint must have");
            lease.clear();
            assertThat(lease.latest()).isEmpty();
        }
    }

    @Test
    void checkpoint_of_another_job_is_named() {
        try (Lease lease = store().acquire(JOB)) {
            lease.save(checkpoint(1));
        }
        server.put(prefix + "other.checkpoint", content());
        try (Lease lease = store().acquire("other")) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(lease::latest)
                    .withMessageContaining("must hold the checkpoint of job 'other', was of 'job'");
        }
    }

    @Test
    void server_that_ignores_conditions_is_refused() {
        for (String condition : List.of("if-none-match", "if-match")) {
            server.client().deleteObject(b -> b.bucket(S3Server.BUCKET).key(key));
            AtomicInteger puts = new AtomicInteger();
            allPuts(
                    exchange -> {
                        boolean spoil =
                                puts.getAndIncrement() > 0
                                        && exchange.head
                                                .toLowerCase(java.util.Locale.ROOT)
                                                .contains("\r\n" + condition + ":");
                        exchange.send(
                                spoil
                                        ? new Answer(
                                                "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 0\r\n\r\n",
                                                new byte[0])
                                        : exchange.upstream());
                    });
            assertThatExceptionOfType(CheckpointException.class)
                    .as(condition)
                    .isThrownBy(() -> store().acquire(JOB))
                    .withMessageContaining("must heed If-Match and If-None-Match")
                    .withMessageContaining(key);
        }
    }

    @Test
    void missing_bucket_is_named() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> S3CheckpointStore.in(client, "nowhere", "").acquire(JOB))
                .withMessageContaining("'job' can't be taken")
                .withMessageContaining("no such bucket");
    }

    /** The embedded server looks at the ETag and then writes, not in one step: the front makes it so. */
    @Test
    void of_many_contenders_one_wins_and_saves_all_its_checkpoints() throws Exception {
        Object oneAtATime = new Object();
        allPuts(
                exchange -> {
                    synchronized (oneAtATime) {
                        exchange.send(exchange.upstream());
                    }
                });
        for (int round = 0; round < 5; round++) {
            if (round % 2 == 0) {
                server.client().deleteObject(b -> b.bucket(S3Server.BUCKET).key(key));
            }
            contend(round);
        }
    }

    private void contend(int round) throws Exception {
        AtomicReference<Lease> winner = new AtomicReference<>();
        CountDownLatch start = new CountDownLatch(1);
        List<CompletableFuture<Void>> contenders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            S3CheckpointStore store = store().with(HASTY, new StandingClock());
            contenders.add(
                    CompletableFuture.runAsync(
                            () -> {
                                await(start);
                                Lease lease = store.acquire(JOB);
                                assertThat(winner.compareAndSet(null, lease)).isTrue();
                            },
                            S3CheckpointStoreTest::startDaemon));
        }
        start.countDown();
        int saved = 0;
        while (!contenders.stream().allMatch(CompletableFuture::isDone)) {
            if (winner.get() != null) {
                winner.get().save(checkpoint(1000 * round + ++saved));
            }
        }
        int refused = 0;
        for (CompletableFuture<Void> contender : contenders) {
            try {
                contender.get();
            } catch (ExecutionException e) {
                assertThat(e)
                        .hasCauseInstanceOf(CheckpointException.class)
                        .hasMessageContaining("is taken");
                refused++;
            }
        }
        assertThat(refused).isEqualTo(3);
        assertThat(winner.get()).isNotNull();
        winner.get().save(checkpoint(1000 * round));
        winner.get().close();
        assertThat(text()).contains("read " + 1000 * round);
    }

    private static void startDaemon(Runnable task) {
        Thread thread = new Thread(task, "contender");
        thread.setDaemon(true);
        thread.start();
    }

    /** Who waits on this clock never finds that a lease has run out. */
    private static final class StandingClock implements WaitingClock {
        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public void sleep(long nanos) {
            Thread.yield();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void client_of_the_caller_stays_open_and_one_of_ours_is_made_from_the_access() {
        store().acquire(JOB).close();
        assertThat(client.headBucket(b -> b.bucket(S3Server.BUCKET))).isNotNull();
        S3CheckpointStore made = S3CheckpointStore.in(server.access(), S3Server.BUCKET, prefix);
        try (Lease lease = made.acquire(JOB)) {
            lease.save(checkpoint(1));
        }
        assertThat(made).hasToString("s3://bucket/" + prefix + "*.checkpoint");
    }

    @Test
    void retries_of_the_caller_s_client_are_off() {
        S3Client retrying =
                S3Client.builder()
                        .region(Region.US_EAST_1)
                        .endpointOverride(URI.create("http://127.0.0.1:" + front.port()))
                        .forcePathStyle(true)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create("ak", "sk")))
                        .build();
        try (retrying) {
            Lease lease =
                    S3CheckpointStore.in(retrying, S3Server.BUCKET, prefix)
                            .with(HASTY.withMaxAttempts(2), clock)
                            .acquire(JOB);
            long puts = puts();
            allPuts(exchange -> exchange.error(500, "InternalError"));
            assertFails(lease, () -> lease.save(checkpoint(1)), "attempt 2");
            assertThat(puts()).isEqualTo(puts + 2);
        }
    }

    @Test
    void retries_of_a_supplied_client_are_off() {
        int port = front.port();
        S3Access supplied =
                S3Access.suppliedBy(
                        () ->
                                S3Client.builder()
                                        .region(Region.US_EAST_1)
                                        .endpointOverride(URI.create("http://127.0.0.1:" + port))
                                        .forcePathStyle(true)
                                        .credentialsProvider(
                                                StaticCredentialsProvider.create(
                                                        AwsBasicCredentials.create("ak", "sk")))
                                        .build());
        Lease lease =
                S3CheckpointStore.in(supplied, S3Server.BUCKET, prefix)
                        .with(HASTY.withMaxAttempts(2), clock)
                        .acquire(JOB);
        long puts = puts();
        allPuts(exchange -> exchange.error(500, "InternalError"));
        assertFails(lease, () -> lease.save(checkpoint(1)), "attempt 2");
        assertThat(puts()).isEqualTo(puts + 2);
    }

    /** What a machine that is cloned while it runs has twice. */
    private static Lease cloned(Lease lease) throws ReflectiveOperationException {
        S3Lease clone = new S3Lease("", null, 0, () -> 0, null);
        for (Field field : S3Lease.class.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                field.set(clone, field.get(lease));
            }
        }
        return clone;
    }

    @Test
    void of_two_clones_of_a_run_only_one_can_save() throws Exception {
        Lease one = store().acquire(JOB);
        one.save(checkpoint(1));
        Lease other = cloned(one);
        one.save(checkpoint(2));
        assertLost(other, "was lost");
        assertThat(text()).contains("read 2");
        one.close();
    }

    @Test
    void of_two_clones_that_renew_the_same_checkpoint_only_one_keeps_the_job() throws Exception {
        Lease one = store().acquire(JOB);
        Lease other = cloned(one);
        clock.advance(Duration.ofSeconds(11).toNanos());
        one.renew();
        assertFails(other, other::renew, "was lost");
        one.close();
    }

    private void allPutsTake(Duration time) {
        allPuts(
                exchange -> {
                    clock.advance(time.toNanos());
                    exchange.pass();
                });
    }

    @Test
    void writings_that_take_longer_than_the_lease_end_it_and_say_why() {
        Lease lease = store().leaseTime(Duration.ofSeconds(1)).acquire(JOB);
        allPutsTake(Duration.ofMillis(1_200));
        try (LogLines log = LogLines.of(S3Lease.class)) {
            lease.save(checkpoint(1));
            lease.renew();
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN job 'job': leaseTime must be at least three times as long")
                    .contains("was 1000 ms", "took 1200 ms");
        }
        assertFails(lease, lease::renew, "could never send anything", "was 1000 ms");
    }

    @Test
    void one_slow_writing_is_only_told() {
        Lease lease = store().leaseTime(Duration.ofSeconds(1)).acquire(JOB);
        for (int round = 0; round < 3; round++) {
            allPutsTake(Duration.ofMillis(1_200));
            lease.save(checkpoint(1));
            assertThat(lease.isHeld()).isFalse();
            allPutsTake(Duration.ofMillis(300));
            lease.save(checkpoint(2));
            assertThat(lease.isHeld()).isTrue();
        }
        lease.close();
    }

    @Test
    void time_of_attempts_that_wrote_nothing_does_not_count_against_the_lease() {
        Lease lease = store().leaseTime(Duration.ofSeconds(1)).acquire(JOB);
        nextPut(
                exchange -> {
                    clock.advance(Duration.ofSeconds(40).toNanos());
                    exchange.rst();
                });
        lease.save(checkpoint(1));
        assertThat(lease.isHeld()).isTrue();
        lease.close();
    }

    @Test
    void shorter_timeout_set_later_counts() {
        S3CheckpointStore store =
                store().timeout(Duration.ofMinutes(2)).timeout(Duration.ofSeconds(10));
        Lease lease = store.acquire(JOB);
        allPuts(Exchange::rst);
        try (LogLines log = LogLines.of(Outage.class)) {
            assertFails(lease, () -> lease.save(checkpoint(1)), "may not be durable");
            assertThat(log.all().get(0)).contains("is tried again for up to 120 s");
        }
    }

    @Test
    void wrong_settings_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store().leaseTime(Duration.ofMillis(999)))
                .withMessage("leaseTime must be >= PT1S, was PT0.999S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3CheckpointStore.in(client, "", ""))
                .withMessage("bucket must not be empty, was \"\"");
        assertThat(store().leaseTime(Duration.ofSeconds(Long.MAX_VALUE))).isNotNull();
    }

    private static Checkpoint large(int splits) {
        return new Checkpoint(
                JOB,
                Start.UNKNOWN,
                false,
                IntStream.range(0, splits)
                        .mapToObj(
                                i ->
                                        new SplitProgress(
                                                new SourceSplit(
                                                        "" + i,
                                                        "s3://bucket/in/2025/03/09/part-" + i,
                                                        "\"d41d8cd98f00b204e9800998ecf8427e\"",
                                                        0,
                                                        1_000_000,
                                                        ""),
                                                new Position("" + i, 1_000_000, 9_000, ""),
                                                List.of(),
                                                true,
                                                Optional.empty()))
                        .toList(),
                Map.of(),
                "",
                "");
    }

    @Test
    void large_checkpoint_is_stored_small_and_comes_back() {
        Checkpoint large = large(2_000);
        try (Lease lease = store().acquire(JOB)) {
            lease.save(large);
            assertThat(lease.latest()).contains(large);
        }
        assertThat(content().length).isLessThan(large.encode().length / 4);
        try (Lease next = store().acquire(JOB)) {
            assertThat(next.latest()).contains(large);
        }
    }

    @Test
    void large_checkpoint_that_was_stored_as_it_is_is_read() {
        Checkpoint large = large(2_000);
        store().acquire(JOB).close();
        byte[] line = content();
        byte[] form = large.encode();
        byte[] whole = Arrays.copyOf(line, line.length + form.length);
        System.arraycopy(form, 0, whole, line.length, form.length);
        server.put(key, whole);
        try (Lease next = store().acquire(JOB)) {
            assertThat(next.latest()).contains(large);
        }
    }

    @Test
    void waiting_reads_a_large_checkpoint_once() {
        Lease dead = store().acquire(JOB);
        dead.save(large(2_000));
        int before = front.requests().size();
        try (Lease next = store().acquire(JOB)) {
            assertThat(next.latest()).contains(large(2_000));
        }
        assertThat(front.requests().subList(before, front.requests().size()))
                .filteredOn(head -> head.startsWith("GET ") && !head.contains("bytes=0-199"))
                .hasSize(1);
    }

    @Test
    void checkpoint_that_is_cut_on_its_way_is_read_again() {
        store().acquire(JOB).close();
        AtomicInteger reads = new AtomicInteger();
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    if (exchange.head.startsWith("GET ") && reads.getAndIncrement() == 0) {
                        exchange.sendPart(answer, answer.head().length() + 30);
                        exchange.fin();
                    }
                    exchange.send(answer);
                });
        store().acquire(JOB).close();
        assertThat(reads).hasValueGreaterThan(1);
    }

    @Test
    void attempt_may_take_longer_the_more_there_is_to_send() {
        TryOptions options = TryOptions.DEFAULT.withTimeout(Duration.ofSeconds(10));
        assertThat(options.forBytes(0).timeoutNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
        assertThat(options.forBytes(64L << 20).timeoutNanos())
                .isEqualTo(Duration.ofSeconds(10 + 256).toNanos());
        assertThat(options.forBytes(64L << 20).giveUpAfterNanos())
                .isEqualTo(Duration.ofSeconds(120 + 256).toNanos());
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(
                        options.withTimeout(ages)
                                .withGiveUpAfter(ages)
                                .forBytes(1L << 30)
                                .timeoutNanos())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void timeout_is_settable() {
        nextPut(
                exchange -> {
                    exchange.awaitPeerToClose();
                    exchange.rst();
                });
        S3CheckpointStore impatient = store().timeout(Duration.ofMillis(200));
        impatient.acquire(JOB).close();
        assertThat(text()).contains(" released ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> impatient.timeout(Duration.ZERO))
                .withMessage("timeout must be > 0, was PT0S");
        assertThat(impatient.timeout(Duration.ofMinutes(2))).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> impatient.timeout(Duration.ofMinutes(2).plusNanos(1)))
                .withMessage("timeout must be <= PT2M, was PT2M0.000000001S");
    }

    @Test
    void huge_lease_time_does_not_overflow() {
        try (Lease lease = store().leaseTime(Duration.ofSeconds(Long.MAX_VALUE)).acquire(JOB)) {
            lease.renew();
            lease.save(checkpoint(1));
        }
        store().acquire(JOB).close();
    }
}
