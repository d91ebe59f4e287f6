package io.ingest4j.core.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.core.file.FileSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {

    private static final int CHUNK = 100;

    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7})
    void chunks_together_are_the_bytes(int size) throws IOException {
        byte[] content = random(size);
        RecordSource<ByteBuffer> source = source(content, size);

        assertThat(readFrom(source, split(source).startPosition())).isEqualTo(content);
    }

    @Test
    void a_source_that_does_not_know_its_length_is_read_to_its_end() throws IOException {
        byte[] content = random(3 * CHUNK + 7);
        RecordSource<ByteBuffer> source = source(content, ByteObject.UNKNOWN);

        assertThat(split(source).end()).isEqualTo(SourceSplit.UNKNOWN);
        assertThat(readFrom(source, split(source).startPosition())).isEqualTo(content);
    }

    @Test
    void a_new_reader_goes_on_at_every_position_with_the_same_chunks() throws IOException {
        byte[] content = random(3 * CHUNK + 7);
        RecordSource<ByteBuffer> source = source(content, content.length);
        try (RecordReader<ByteBuffer> reader =
                source.open(split(source), split(source).startPosition())) {
            for (long number = 1; reader.read(1, 1).isPresent(); number++) {
                Position at = reader.position();
                assertThat(at.recordNumber()).isEqualTo(number);
                assertThat(readFrom(source, at))
                        .isEqualTo(Arrays.copyOfRange(content, (int) at.offset(), content.length));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {249, 251})
    void a_stream_of_another_length_than_promised_is_an_error(int length) throws IOException {
        RecordSource<ByteBuffer> source = source(random(length), 250);

        assertThatThrownBy(() -> readFrom(source, split(source).startPosition()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("must have 250 bytes");
    }

    @Test
    void a_run_that_is_continued_counts_chunks_of_the_size_it_began_with() throws IOException {
        byte[] content = random(3 * CHUNK);
        SourceSplit begun = split(source(content, content.length));
        RecordSource<ByteBuffer> other =
                new Memory(List.of(content), content.length).as(Bytes.chunks(10 * CHUNK));
        try (RecordReader<ByteBuffer> reader = other.open(begun, begun.startPosition())) {
            assertThat(reader.read(1, 1).orElseThrow().record(0).remaining()).isEqualTo(CHUNK);
        }
    }

    @Test
    void nobody_can_change_a_chunk() throws IOException {
        RecordSource<ByteBuffer> source = source(random(CHUNK), CHUNK);
        try (RecordReader<ByteBuffer> reader =
                source.open(split(source), split(source).startPosition())) {
            SourceBatch<ByteBuffer> batch = reader.read(1, 1).orElseThrow();

            assertThatThrownBy(() -> batch.record(0).put((byte) 1))
                    .isInstanceOf(ReadOnlyBufferException.class);
            batch.record(0).position(CHUNK);
            assertThat(batch.record(0).remaining()).isEqualTo(CHUNK);
        }
    }

    @Test
    void a_reader_that_was_woken_or_closed_reads_no_more() throws IOException {
        RecordSource<ByteBuffer> source = source(random(CHUNK), CHUNK);
        RecordReader<ByteBuffer> reader = source.open(split(source), split(source).startPosition());
        reader.wakeup();
        assertThatThrownBy(() -> reader.read(1, 1)).hasMessageContaining("wakeup()");

        RecordReader<ByteBuffer> closed = source.open(split(source), split(source).startPosition());
        closed.close();
        assertThatThrownBy(() -> closed.read(1, 1)).hasMessageContaining("closed");
    }

    @Test
    void a_job_copies_a_file_whatever_is_in_it() throws IOException {
        byte[] content = random(3 * CHUNK + 7);
        Path from = Files.write(directory.resolve("from"), content);
        Path to = directory.resolve("to");

        IngestReport report =
                Ingest.from(FileSource.of(from).as(Bytes.chunks(CHUNK)))
                        .to(FileSink.of(to, Bytes.encoder()))
                        .run();

        assertThat(report.state()).isEqualTo(RunState.COMPLETED);
        assertThat(report.ledger().delivered()).isEqualTo(4);
        assertThat(to).hasBinaryContent(content);
    }

    @Test
    void requests_are_those_of_the_bytes() {
        ByteSource counting =
                new Memory(List.of()) {
                    private static final long serialVersionUID = 1;

                    @Override
                    public Map<String, Long> requests() {
                        return Map.of("get", 3L);
                    }
                };

        assertThat(counting.as(Bytes.chunks()).requests()).containsExactly(Map.entry("get", 3L));
    }

    @Test
    void no_objects_are_no_chunks() throws IOException {
        RecordSource<ByteBuffer> source = new Memory(List.of()).as(Bytes.chunks());

        assertThat(readFrom(source, split(source).startPosition())).isEmpty();
    }

    @Test
    void sizes_are_checked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Bytes.chunks(0))
                .withMessage("sizeBytes must be between 1 and 67108864, was 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Bytes.chunks(Bytes.MAX_CHUNK_BYTES + 1));
        assertThat(Bytes.chunks(Bytes.MAX_CHUNK_BYTES)).isNotNull();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static RecordSource<ByteBuffer> source(byte[] content, long length) {
        return new Memory(List.of(content), length).as(Bytes.chunks(CHUNK));
    }

    private static SourceSplit split(RecordSource<ByteBuffer> source) throws IOException {
        return source.splits(1).get(0);
    }

    private static byte[] readFrom(RecordSource<ByteBuffer> source, Position from)
            throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (RecordReader<ByteBuffer> reader = source.open(split(source), from)) {
            Optional<SourceBatch<ByteBuffer>> batch = reader.read(10, Long.MAX_VALUE);
            while (batch.isPresent()) {
                Bytes.encoder().encode(batch.get(), all);
                batch = reader.read(10, Long.MAX_VALUE);
            }
        }
        return all.toByteArray();
    }

    /** At most one object, which may promise another length than it has. */
    private static class Memory implements ByteSource {

        private static final long serialVersionUID = 1;

        private final transient List<byte[]> contents;
        private final long length;

        Memory(List<byte[]> contents) {
            this(contents, 0);
        }

        Memory(List<byte[]> contents, long length) {
            this.contents = contents;
            this.length = length;
        }

        @Override
        public List<ByteObject> objects() {
            return contents.stream()
                    .map(content -> new ByteObject("memory", "v1", length, false))
                    .toList();
        }

        @Override
        public InputStream open(ByteObject object, long offset) throws IOException {
            InputStream in = new ByteArrayInputStream(contents.get(0));
            in.skipNBytes(offset);
            return in;
        }
    }
}
