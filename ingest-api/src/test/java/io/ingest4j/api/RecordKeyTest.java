package io.ingest4j.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordKeyTest {

    private static final SourceSplit SPLIT =
            new SourceSplit("0", "s3://bucket/key.csv", "\"v1\"", 0, 100, "");

    private record Offsets(SourceSplit split, List<Long> offsets) implements RecordBatch<String> {
        @Override
        public int size() {
            return offsets.size();
        }

        @Override
        public String record(int index) {
            return "record";
        }

        @Override
        public Position position(int index) {
            return new Position(split.id(), index, offsets.get(index), "");
        }

        @Override
        public ByteBuffer raw(int index) {
            return ByteBuffer.allocate(0);
        }

        @Override
        public long sizeBytes() {
            return 0;
        }

        Offsets(SourceSplit split, Long... offsets) {
            this(split, List.of(offsets));
        }
    }

    @Test
    void a_key_is_the_same_in_every_run_whatever_the_splits_are() {
        SourceSplit other =
                new SourceSplit("s7", SPLIT.source(), SPLIT.version(), 40, 100, "header");

        assertThat(new Offsets(SPLIT, 42L).key(0)).isEqualTo(new Offsets(other, 7L, 42L).key(1));
        assertThat(new Offsets(SPLIT, 42L).key(0)).matches("[0-9a-f]{16}-42");
    }

    @Test
    void another_version_or_source_has_other_keys() {
        SourceSplit version = new SourceSplit("0", SPLIT.source(), "\"v2\"", 0, 100, "");
        SourceSplit source = new SourceSplit("0", SPLIT.source() + "\"", "v1\"", 0, 100, "");

        assertThat(SPLIT.keyPrefix())
                .isNotEqualTo(version.keyPrefix())
                .isNotEqualTo(source.keyPrefix());
    }

    @Test
    void a_request_of_one_record_travels_under_the_records_own_key() {
        Offsets one = new Offsets(SPLIT, 42L);

        assertThat(one.idempotencyKey()).isEqualTo(one.key(0));
    }

    @Test
    void other_records_never_travel_under_a_used_key() {
        String all = new Offsets(SPLIT, 1L, 2L, 3L).idempotencyKey();

        assertThat(all)
                .matches("[0-9a-f]{40}")
                .isEqualTo(new Offsets(SPLIT, 1L, 2L, 3L).idempotencyKey());
        assertThat(all)
                .isNotEqualTo(new Offsets(SPLIT, 1L, 2L).idempotencyKey())
                .isNotEqualTo(new Offsets(SPLIT, 1L, 3L, 2L).idempotencyKey())
                .isNotEqualTo(new Offsets(SPLIT, 1L, 2L, 4L).idempotencyKey());
    }
}
