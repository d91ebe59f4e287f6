package io.ingest4j.s3;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.testkit.CheckpointStoreContract;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class S3CheckpointStoreContractTest extends CheckpointStoreContract {

    private static S3Server server;

    private final String prefix = "contract/" + UUID.randomUUID() + "/";
    private final Set<CheckpointStore.Lease> living = ConcurrentHashMap.newKeySet();
    private final VirtualWaiting clock = new VirtualWaiting();

    @BeforeAll
    static void start() {
        server = new S3Server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    protected CheckpointStore store() {
        clock.meanwhile(() -> living.forEach(CheckpointStore.Lease::renew));
        CheckpointStore store =
                S3CheckpointStore.in(server.client(), S3Server.BUCKET, prefix)
                        .with(TryOptions.DEFAULT, clock);
        return job -> new Living(store.acquire(job));
    }

    /** Known to the clock, so that it is renewed. */
    private final class Living implements CheckpointStore.Lease {

        private final CheckpointStore.Lease lease;

        Living(CheckpointStore.Lease lease) {
            this.lease = lease;
            living.add(this);
        }

        @Override
        public Optional<Checkpoint> latest() {
            return lease.latest();
        }

        @Override
        public void save(Checkpoint checkpoint) {
            lease.save(checkpoint);
        }

        @Override
        public void renew() {
            lease.renew();
        }

        @Override
        public void clear() {
            lease.clear();
        }

        @Override
        public void close() {
            living.remove(this);
            lease.close();
        }
    }
}
