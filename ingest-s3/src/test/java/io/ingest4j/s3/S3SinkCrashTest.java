package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.s3.FaultFront.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Uploads that die at any step and are continued: the object is the one of a run that nothing happened
 * to, and no parts are left behind.
 */
@Timeout(300)
class S3SinkCrashTest {

    private static final int PART = 5 << 20;
    private static final byte[] DATA = S3Server.randomBytes(3 * PART + 1_234, 9);
    private static final int RUNS = Integer.getInteger("s3sink.crashes", 12);
    private static S3Server server;

    @BeforeAll
    static void start() {
        server = new S3Server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The server does so many things more, and then is not heard of any more. */
    @ParameterizedTest
    @CsvSource({"false,1000", "true,1000", "false,15000000", "true,15000000"})
    void killed_at_each_request_the_upload_goes_on(boolean served, int length) throws IOException {
        int steps = 0;
        boolean died = true;
        for (int kill = 1; died; kill++) {
            Life life = new Life("step-" + served + length + '-' + kill, kill, length);
            died = life.dies(kill, served);
            life.liveOn();
            steps++;
        }
        assertThat(steps).isGreaterThanOrEqualTo(length < PART ? 3 : 7);
    }

    /** As the loop does it: the first state is kept before the first record is written. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void upload_of_a_state_goes_on_if_the_state_has_parts_and_is_aborted_otherwise(boolean served)
            throws IOException {
        boolean died = true;
        for (int kill = 1; died; kill++) {
            Life life = new Life("first-" + served + '-' + kill, kill, DATA.length);
            life.keepsFirst = true;
            died = life.dies(kill, served);
            boolean known = life.state.length > 0;
            boolean goesOn = known && !life.parts().isEmpty();
            life.liveOn(known ? life.sink(server.port()) : life.sweepingSink());
            if (goesOn) {
                assertThat(life.begun).as(life.key).hasValue(1);
            }
        }
    }

    @Test
    void killed_anywhere_and_continued_the_object_is_that_of_an_undisturbed_run()
            throws IOException {
        for (int seed = 0; seed < RUNS; seed++) {
            int cut = new SplittableRandom(seed).nextInt(PART);
            Life life = new Life("seed-" + seed, seed, DATA.length - cut);
            for (int death = 0; death < 3; death++) {
                life.dies(1 + life.random.nextInt(9), life.random.nextBoolean());
            }
            life.liveOn();
        }
    }

    private static final class Life {

        private final String key;
        private final SplittableRandom random;
        private final int length;
        private byte[] state = {};
        private int stateAt;
        private boolean keepsFirst;

        /** How many uploads were begun. */
        private final AtomicInteger begun = new AtomicInteger();

        Life(String key, long seed, int length) {
            this.key = key;
            random = new SplittableRandom(seed);
            this.length = length;
        }

        private S3Sink<ByteBuffer> sink(int port) {
            return S3Sink.object(S3Server.access(port), S3Server.BUCKET, key)
                    .partBytes(PART)
                    .partsInFlight(2)
                    .maxAttempts(1)
                    .listener(
                            event -> {
                                if (event.kind() == UploadEvent.Kind.CREATE_COMPLETE) {
                                    begun.incrementAndGet();
                                }
                            });
        }

        /** The parts that the state, which must be there, knows of when its run has ended. */
        private List<UploadedPart> parts() {
            return UploadState.decode(state).parts();
        }

        private S3Sink<ByteBuffer> sweepingSink() {
            return sink(server.port()).abortOrphans(Duration.ZERO);
        }

        /** Returns false if the run completed before it was to die. */
        boolean dies(int kill, boolean served) throws IOException {
            FaultFront front = new FaultFront(server.port(), Exchange::pass);
            front.fault(
                    exchange -> {
                        if (exchange.number == kill && served) {
                            exchange.upstream();
                        }
                        if (exchange.number >= kill) {
                            exchange.rst();
                        }
                        exchange.pass();
                    });
            S3SinkWriter<ByteBuffer> writer = null;
            try (front) {
                writer = sink(front.port()).openWriter(ByteBatch.context(state));
                run(writer);
                return false;
            } catch (IOException | CompletionException e) {
                return true;
            } finally {
                if (writer != null) {
                    writer.abandon();
                }
            }
        }

        void liveOn() throws IOException {
            liveOn(sweepingSink());
        }

        void liveOn(S3Sink<ByteBuffer> sink) throws IOException {
            try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context(state))) {
                run(writer);
            }
            byte[] stored =
                    server.client()
                            .getObjectAsBytes(b -> b.bucket(S3Server.BUCKET).key(key))
                            .asByteArray();
            assertThat(Arrays.equals(stored, Arrays.copyOf(DATA, length))).as(key).isTrue();
            assertThat(
                            server.client()
                                    .listMultipartUploads(b -> b.bucket(S3Server.BUCKET))
                                    .uploads())
                    .noneMatch(upload -> upload.key().equals(key));
        }

        private void run(S3SinkWriter<ByteBuffer> writer) throws IOException {
            int at = stateAt;
            if (keepsFirst) {
                keep(writer, at);
            }
            while (at < length) {
                int to = Math.min(length, at + 1 + random.nextInt(4 << 20));
                var result = writer.write(ByteBatch.of(DATA, at, to)).toCompletableFuture().join();
                if (!result.isDelivered()) {
                    throw new IOException("failed");
                }
                at = to;
                if (random.nextInt(3) == 0) {
                    keep(writer, at);
                }
            }
            keep(writer, at);
            writer.finish();
        }

        private void keep(S3SinkWriter<ByteBuffer> writer, int at) throws IOException {
            state = writer.snapshot();
            stateAt = at;
        }
    }
}
