package io.ingest4j.core.checkpoint;

import io.ingest4j.api.CheckpointStore;
import io.ingest4j.testkit.CheckpointStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreContractsTest {

    @Nested
    class Directory extends CheckpointStoreContract {

        @TempDir Path temp;

        @Override
        protected CheckpointStore store() {
            return CheckpointStores.directory(temp.resolve("a/b"));
        }
    }

    @Nested
    class InMemory extends CheckpointStoreContract {

        private final CheckpointStore store = CheckpointStores.inMemory();

        @Override
        protected CheckpointStore store() {
            return store;
        }
    }

    @Nested
    class PowerLoss extends CheckpointStoreContract {

        private final PowerLossFiles disk = new PowerLossFiles();

        @Override
        protected CheckpointStore store() {
            return new DirectoryStore(Path.of("state"), disk);
        }
    }
}
