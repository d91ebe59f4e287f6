package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.SourceChangedException;
import io.ingest4j.core.file.Gzip;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class S3GzipTest {

    private static S3Server server;

    @BeforeAll
    static void start() {
        server = new S3Server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Ranges end between members, where naive readers stop. */
    private static S3Source source(int rangeBytes) {
        return S3Source.of(server.access(), S3Server.BUCKET, "all.gz")
                .rangeBytes(rangeBytes)
                .prefetch(2)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    private static byte[] members(int count) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            GZIPOutputStream gzip = new GZIPOutputStream(all);
            gzip.write(new byte[] {(byte) i, (byte) (i >> 8)});
            gzip.finish();
        }
        return all.toByteArray();
    }

    private static byte[] inflated(int count) {
        byte[] content = new byte[2 * count];
        for (int i = 0; i < count; i++) {
            content[2 * i] = (byte) i;
            content[2 * i + 1] = (byte) (i >> 8);
        }
        return content;
    }

    private static byte[] inflate(S3Source source) throws IOException {
        Gzip gzip = Gzip.of(source);
        try (InputStream in = gzip.open(gzip.objects().get(0), 0)) {
            return in.readAllBytes();
        }
    }

    @Test
    void all_members_are_inflated_when_ranges_end_between_them() throws IOException {
        byte[] all = members(500);
        server.put("all.gz", all);
        assertThat(inflate(source(all.length / 500 * 25))).isEqualTo(inflated(500));
        assertThat(inflate(source(1000))).isEqualTo(inflated(500));
    }

    @Test
    void the_jdk_s_stream_loses_nothing_either_on_an_open_object() throws IOException {
        byte[] all = members(500);
        server.put("all.gz", all);
        S3Source source = source(all.length / 500 * 25);
        try (InputStream in = new GZIPInputStream(source.open(source.objects().get(0), 0))) {
            assertThat(in.readAllBytes()).isEqualTo(inflated(500));
        }
    }

    @Test
    void object_that_breaks_off_is_an_error() throws IOException {
        byte[] all = members(3);
        server.put("all.gz", Arrays.copyOf(all, all.length - 1));
        assertThatThrownBy(() -> inflate(source(1000)))
                .isInstanceOf(EOFException.class)
                .hasMessageContaining("s3://bucket/all.gz breaks off at offset");
    }

    @Test
    void replaced_object_is_refused() throws IOException {
        server.put("all.gz", members(2));
        Gzip gzip = Gzip.of(source(1000));
        var object = gzip.objects().get(0);
        server.put("all.gz", members(3));
        assertThatThrownBy(() -> gzip.open(object, 0)).isInstanceOf(SourceChangedException.class);
    }
}
