package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import io.ingest4j.testkit.Footprint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Faults in every range: what is read is right up to where a clear failure ends it, every request is
 * given up at its deadline, and no thread, connection or file handle is left.
 */
@Tag("real-time")
@Timeout(300)
class S3StormTest {

    private static final Logger LOG = LoggerFactory.getLogger(S3StormTest.class);

    private static final int FAULTS = Integer.getInteger("s3.faults", 2_000);
    private static final int WARM_UP = 100;
    private static final int READERS = 6;
    private static final int CONNECTIONS = 18;
    private static final double FAULTY = 0.6;
    private static final double ENDLESS = 0.05;
    private static final double FATAL = 0.01;
    private static final Duration DEADLINE = Duration.ofMillis(300);

    /**
     * So late a machine that stands still for a while may be. A request that nothing ends at its
     * deadline is later: ten seconds if the answer trickles, thirty if it stalls.
     */
    private static final Duration ALLOWED = Duration.ofSeconds(5);

    /** Classes that load late open jars. */
    private static final int JARS = 5;

    private static final byte[] CONTENT = S3Server.randomBytes(1_000_003, 4);
    private static final String ETAG = "\"storm\"";
    private static final int NO_CUT = -1;

    private final long seed = Long.getLong("faults.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);
    private final AtomicLong worstNanos = new AtomicLong();
    private final AtomicInteger injected = new AtomicInteger();
    private final Map<S3Fault.End, AtomicInteger> ends = new EnumMap<>(S3Fault.End.class);

    S3StormTest() {
        Arrays.stream(S3Fault.End.values()).forEach(end -> ends.put(end, new AtomicInteger()));
    }

    @Test
    void storm_of_faults_ends_in_time_and_leaves_nothing() throws Exception {
        try {
            storm(WARM_UP);
            Footprint before = Footprint.now();
            assertThat(storm(FAULTS)).as("objects read whole").isPositive();
            await().pollInSameThread().untilAsserted(() -> before.assertNothingWasAdded(JARS));
        } catch (Throwable e) {
            throw new AssertionError("repeat this with -Dfaults.seed=" + seed, e);
        }
    }

    /** Returns how many objects were read whole, which may be none if there are few faults. */
    private int storm(int faults) throws Exception {
        injected.set(0);
        int whole;
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        try (FaultFront front = new FaultFront(this::spoilSome)) {
            try (S3Client client = client(front)) {
                whole = read(client, front, readers, faults);
            }
            await().until(() -> front.openConnections() == 0);
        } finally {
            readers.shutdown();
        }
        assertThat(Duration.ofNanos(worstNanos.get())).isLessThan(ALLOWED);
        return whole;
    }

    private int read(S3Client client, FaultFront front, ExecutorService readers, int faults)
            throws Exception {
        AtomicInteger whole = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        S3Source source = source(client);
        ByteObject object = source.objects().get(0);
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            done.add(
                    readers.submit(
                            () -> {
                                while (injected.get() < faults) {
                                    (readRight(source, object) ? whole : failed).incrementAndGet();
                                }
                                return null;
                            }));
        }
        for (Future<?> reader : done) {
            reader.get();
        }
        LOG.info(
                "{} faults, {} reads whole, {} failed; given up {} ms after the deadline at worst",
                injected,
                whole,
                failed,
                TimeUnit.NANOSECONDS.toMillis(worstNanos.get()));
        assertEveryConnectionIsFree(front, source, object);
        return whole.get();
    }

    private static S3Client client(FaultFront front) {
        return S3Client.builder()
                .region(Region.US_EAST_1)
                .endpointOverride(URI.create("http://127.0.0.1:" + front.port()))
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("ak", "sk")))
                .httpClientBuilder(Apache5HttpClient.builder().maxConnections(CONNECTIONS))
                .build();
    }

    private static S3Source source(S3Client client) {
        return S3Source.of(client, S3Server.BUCKET, "data")
                .rangeBytes(50_000)
                .prefetch(2)
                .maxAttempts(1_000)
                .timeout(DEADLINE)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    private void spoilSome(Exchange exchange) throws IOException {
        Answer good = exchange.from(CONTENT, ETAG);
        if (!exchange.isRange() || chance() >= FAULTY) {
            exchange.send(good);
            return;
        }
        S3Fault fault = draw();
        injected.incrementAndGet();
        ends.get(fault.end()).incrementAndGet();
        spoil(fault, exchange, good);
    }

    private void spoil(S3Fault fault, Exchange exchange, Answer good) throws IOException {
        long startNanos = System.nanoTime();
        try {
            fault.happen(exchange, good, this::below);
        } finally {
            if (fault.end() == S3Fault.End.TAKES_A_TIMEOUT) {
                long overNanos = System.nanoTime() - startNanos - DEADLINE.toNanos();
                worstNanos.accumulateAndGet(overNanos, Math::max);
            }
        }
    }

    private S3Fault draw() {
        double chance = chance();
        while (true) {
            S3Fault fault = S3Fault.values()[below(S3Fault.values().length)];
            boolean fits =
                    switch (fault.end()) {
                        case CHANGED, LASTS -> chance < FATAL;
                        case TAKES_A_TIMEOUT -> chance >= FATAL && chance < FATAL + ENDLESS;
                        case PASSES, SELDOM_PASSES -> chance >= FATAL + ENDLESS;
                    };
            if (fits) {
                return fault;
            }
        }
    }

    private synchronized double chance() {
        return random.nextDouble();
    }

    private synchronized int below(int bound) {
        return random.nextInt(bound);
    }

    /** Tells whether all was read; if not, the failure must be one that was made. */
    private boolean readRight(S3Source source, ByteObject object) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream(CONTENT.length);
        try (InputStream in = source.open(object, 0)) {
            in.transferTo(read);
            assertThat(S3Server.sha256(read.toByteArray())).isEqualTo(S3Server.sha256(CONTENT));
            return true;
        } catch (SourceChangedException e) {
            assertThat(ends.get(S3Fault.End.CHANGED)).as(e::getMessage).hasPositiveValue();
            assertThat(e).hasMessageContaining(ETAG);
        } catch (IOException e) {
            assertThat(e).message().containsAnyOf("403 AccessDenied", "400 ExpiredToken");
        }
        assertThat(read.toByteArray()).isEqualTo(Arrays.copyOf(CONTENT, read.size()));
        return false;
    }

    /** As many requests as the pool has connections are answered only when all are there. */
    private static void assertEveryConnectionIsFree(
            FaultFront front, S3Source source, ByteObject object) throws IOException {
        CyclicBarrier all = new CyclicBarrier(CONNECTIONS);
        front.fault(
                exchange -> {
                    meet(all);
                    exchange.send(exchange.from(CONTENT, ETAG));
                });
        S3Source patient =
                source.rangeBytes(CONTENT.length / CONNECTIONS + 1)
                        .prefetch(CONNECTIONS)
                        .timeout(Duration.ofSeconds(30));
        try (InputStream in = patient.open(object, 0)) {
            assertThat(in.readAllBytes()).isEqualTo(CONTENT);
        }
    }

    private static void meet(CyclicBarrier barrier) throws IOException {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fault_in_every_range_passes_in_time_or_fails_clearly(S3Fault fault) throws Exception {
        AtomicInteger ranges = new AtomicInteger();
        FaultFront.Fault everyOther =
                exchange -> {
                    Answer good = exchange.from(CONTENT, ETAG);
                    if (exchange.isRange() && ranges.getAndIncrement() % 2 == 0) {
                        spoil(fault, exchange, good);
                    } else {
                        exchange.send(good);
                    }
                };
        try (FaultFront front = new FaultFront(everyOther);
                S3Client client = client(front)) {
            S3Source source = source(client).rangeBytes(300_000).prefetch(0);
            ByteObject object = source.objects().get(0);
            boolean mustPass =
                    fault.end() != S3Fault.End.CHANGED && fault.end() != S3Fault.End.LASTS;
            ends.get(fault.end()).incrementAndGet();
            assertThat(readRight(source, object)).isEqualTo(mustPass);
        }
        assertThat(Duration.ofNanos(worstNanos.get())).isLessThan(ALLOWED);
    }

    /** A cut-off head may name another version, or another length, than the server was about to. */
    @Test
    void answer_cut_off_anywhere_in_its_head_is_tried_again() throws Exception {
        byte[] content = Arrays.copyOf(CONTENT, 100);
        AtomicInteger nextCut = new AtomicInteger();
        AtomicInteger headLength = new AtomicInteger(1);
        FaultFront.Fault cutOnce =
                exchange -> {
                    Answer good = exchange.from(content, ETAG);
                    int cut = exchange.isRange() ? nextCut.getAndSet(NO_CUT) : NO_CUT;
                    if (cut != NO_CUT) {
                        headLength.set(good.head().length());
                        exchange.sendPart(good, cut);
                        exchange.fin();
                    }
                    exchange.send(good);
                };
        try (FaultFront front = new FaultFront(cutOnce);
                S3Client client = client(front)) {
            S3Source source = source(client).prefetch(0).timeout(Duration.ofSeconds(30));
            ByteObject object = source.objects().get(0);
            for (int at = 0; at < headLength.get(); at++) {
                nextCut.set(at);
                try (InputStream in = source.open(object, 0)) {
                    assertThat(in.readAllBytes()).as("cut at %d", at).isEqualTo(content);
                }
            }
        }
    }

    @Test
    void credentials_that_stay_expired_are_a_clear_failure_after_three_requests() throws Exception {
        FaultFront.Fault expired =
                exchange -> {
                    if (exchange.isRange()) {
                        exchange.error(400, "ExpiredToken");
                    } else {
                        exchange.send(exchange.from(CONTENT, ETAG));
                    }
                };
        try (FaultFront front = new FaultFront(expired);
                S3Client client = client(front)) {
            S3Source source = source(client).prefetch(0).timeout(Duration.ofSeconds(30));
            ByteObject object = source.objects().get(0);
            assertThatThrownBy(() -> source.open(object, 0))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("400 ExpiredToken")
                    .hasMessageContaining("check the keys, their expiry and the clock");
            assertThat(front.requests()).filteredOn(head -> head.startsWith("GET ")).hasSize(3);
        }
    }
}
