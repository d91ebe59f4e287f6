package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.CheckpointException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class UploadStateTest {

    private static final UploadState STATE =
            new UploadState(
                    "s3://bucket/k/ü.csv",
                    "text/csv",
                    "id,näme",
                    "token-1",
                    "CRC32C",
                    "upload-1",
                    false,
                    (7L << 40) + 3,
                    List.of(
                            new UploadedPart(1, "\"e1\"", 7L << 40, "AAAAAA=="),
                            new UploadedPart(2, "\"e2\"", 1, "")),
                    ByteBuffer.wrap(new byte[] {1, 2}));

    @Test
    void state_survives_its_encoding() {
        assertThat(UploadState.decode(STATE.encode())).isEqualTo(STATE);
    }

    @Test
    void any_changed_or_missing_byte_is_found() {
        byte[] good = STATE.encode();
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 0x10;
            assertRefused(bad);
            assertRefused(Arrays.copyOf(good, i));
        }
        assertRefused(Arrays.copyOf(good, good.length + 1));
    }

    @Test
    void lengths_must_fit() {
        UploadState wrong =
                new UploadState(
                        "s3://bucket/k",
                        "text/csv",
                        "",
                        "token-1",
                        "CRC32C",
                        "",
                        false,
                        3,
                        List.of(),
                        ByteBuffer.wrap(new byte[2]));
        assertRefused(wrong.encode());
    }

    private static void assertRefused(byte[] state) {
        assertThatThrownBy(() -> UploadState.decode(state))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("the state of an S3 sink must be ingest4j-s3-2")
                .hasMessageContaining(state.length + " bytes");
    }
}
