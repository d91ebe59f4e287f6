package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PartTest {

    private static Part filled(long length) throws IOException {
        Part part = new Part(7, length);
        Segments shared = new Segments(Long.MAX_VALUE);
        ByteBuffer bytes = ByteBuffer.allocate(Segments.SIZE);
        for (long left = length; left > 0; left -= Segments.SIZE) {
            part.fill(bytes.clear().limit((int) Math.min(left, Segments.SIZE)), shared);
        }
        return part;
    }

    @Test
    void copy_has_what_was_filled_in() throws IOException {
        assertThat(filled(2L * Segments.SIZE + 3).bytes(1 << 20)).hasSize(2 * Segments.SIZE + 3);
        assertThat(new Part(1, 0).bytes(1 << 20)).isEmpty();
    }

    @Test
    void copy_that_is_too_large_is_refused_and_says_what_to_do() throws IOException {
        Part part = filled(1_000);
        assertThat(part.bytes(1_000)).hasSize(1_000);
        assertThatThrownBy(() -> part.bytes(999))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("at most 999 bytes of part 7, which has 1000; set smaller");
    }
}
