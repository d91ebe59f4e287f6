package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class CsvReaderTest {

    private static final byte[] THREE = utf8("id,name\n1,Ann\n2,\"Bo\"\"b\"\n3,Cy\n");

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static RecordReader<Row> open(CsvFormat format, ByteSource bytes) throws IOException {
        RecordSource<Row> source = format.read(bytes);
        SourceSplit split = source.splits(1).get(0);
        return source.open(split, split.startPosition());
    }

    private static SourceBatch<Row> batch(CsvFormat format, byte[] bytes) throws IOException {
        try (RecordReader<Row> reader = open(format, TestBytes.of(bytes))) {
            return reader.read(1_000, Long.MAX_VALUE).orElseThrow();
        }
    }

    @Test
    void fields_are_found_by_name() throws IOException {
        Row row = batch(Csv.withHeader(), THREE).record(1);

        assertThat(row.names()).containsExactly("id", "name");
        assertThat(row.get("name")).isEqualTo("Bo\"b");
        assertThatThrownBy(() -> row.get("age")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fields_without_a_header_are_named_by_number_or_as_given() throws IOException {
        assertThat(batch(Csv.withoutHeader(), THREE).record(0).names()).containsExactly("1", "2");
        CsvFormat named = Csv.withoutHeader().names(List.of("x", "y"));
        assertThat(batch(named, THREE).record(0).get("y")).isEqualTo("name");
    }

    @Test
    void given_names_replace_those_of_the_header() throws IOException {
        byte[] bytes = utf8("a,a\n1,2\n");
        Row row = batch(Csv.withHeader().names(List.of("x", "y")), bytes).record(0);
        assertThat(row.names()).containsExactly("x", "y");
        assertThat(row.get("x")).isEqualTo("1");
    }

    @Test
    void a_name_twice_in_the_header_fails_with_its_place_and_a_remedy() {
        byte[] bytes = utf8("id,name,id\n1,2,3\n");
        assertThatThrownBy(() -> batch(Csv.withHeader(), bytes))
                .isInstanceOf(BadRecordException.class)
                .hasMessageContaining("'id' is field 1 and 3")
                .hasMessageContaining("object-0")
                .hasMessageContaining("names(...)");
    }

    @Test
    void a_broken_header_fails() {
        assertThatThrownBy(() -> batch(Csv.withHeader(), utf8("id,\"na\nme\"x\n1,2\n")))
                .isInstanceOf(BadRecordException.class)
                .hasMessageContaining("the header can't be read: a closing quote");
    }

    @Test
    void a_utf16_mark_in_what_should_be_utf8_fails() {
        byte[] bytes = "\ufeffid,name\n".getBytes(StandardCharsets.UTF_16LE);
        assertThatThrownBy(() -> batch(Csv.withHeader(), bytes))
                .isInstanceOf(BadRecordException.class)
                .hasMessageContaining("charset must be UTF-16");
    }

    @Test
    void a_utf32_mark_in_what_should_be_utf8_fails() {
        for (String charset : List.of("UTF-32LE", "UTF-32BE")) {
            byte[] bytes = "\ufeffid,name\n".getBytes(Charset.forName(charset));
            assertThatThrownBy(() -> batch(Csv.withoutHeader(), bytes))
                    .isInstanceOf(BadRecordException.class)
                    .hasMessageContaining("object-0, byte 0, line 1: the charset must be UTF-32");
        }
    }

    @Test
    void a_wrong_mark_is_at_the_start_wherever_reading_goes_on() {
        RecordSource<Row> source =
                Csv.withHeader()
                        .read(TestBytes.of("\ufeffa\nb\n".getBytes(StandardCharsets.UTF_16BE)));
        assertThatThrownBy(
                        () -> {
                            SourceSplit split = source.splits(1).get(0);
                            Position from = new Position(split.id(), 1, 6, "line=2");
                            source.open(split, from).read(1, 1);
                        })
                .hasMessageContaining("object-0, byte 0, line 1: the charset must be UTF-16");
    }

    @Test
    void a_bad_header_is_placed_where_it_begins() {
        CsvFormat format = Csv.withHeader().skipLines(2);
        assertThatThrownBy(() -> batch(format, utf8("x\ny\na,a\n1,2\n")))
                .isInstanceOfSatisfying(
                        BadRecordException.class,
                        e ->
                                assertThat(e.position())
                                        .isEqualTo(new Position("object-0", 0, 4, "line=3")))
                .hasMessageContaining("object-0, byte 4, line 3: names in the header must differ");
        assertThatThrownBy(() -> batch(format, utf8("x\ny\n\n\"a\nb\",\"a\nb\"\n1,2\n")))
                .hasMessageContaining("object-0, byte 5, line 4: names in the header must differ");
        assertThatThrownBy(() -> batch(format, utf8("x\ny\na,\"b\"c\n1,2\n")))
                .hasMessageContaining("object-0, byte 4, line 3: the header can't be read");
    }

    @Test
    void a_line_to_skip_that_is_not_there_is_not_counted() throws IOException {
        CsvOptions options = new CsvOptions(true);
        options.skipLines = Integer.MAX_VALUE;
        SourceSplit split = Csv.withHeader().read(TestBytes.of(utf8("x\ny"))).splits(1).get(0);
        try (CsvReader reader =
                new CsvReader(
                        options, TestBytes.of(utf8("x\ny")), split, split.startPosition(), false)) {
            assertThat(reader.dataStart()).isEqualTo(new Position("object-0", 0, 3, "line=2"));
        }
    }

    @Test
    void a_broken_header_names_the_way_around_it_which_works() throws IOException {
        byte[] bytes = utf8("report\n\nid,\"na\"me\n1,Ann\n");
        List<String> names = List.of("id", "name");
        for (CsvFormat format :
                List.of(
                        Csv.withHeader().skipLines(1),
                        Csv.withHeader().skipLines(1).names(names))) {
            assertThatThrownBy(() -> batch(format, bytes))
                    .hasMessageContaining(
                            "line 3: the header can't be read: a closing quote must be followed by"
                                    + " a delimiter or a line end; withoutHeader().skipLines(3)"
                                    + ".names(...) reads what follows it");
        }
        Row row = batch(Csv.withoutHeader().skipLines(3).names(names), bytes).record(0);
        assertThat(row.get("name")).isEqualTo("Ann");
    }

    @Test
    void a_header_in_another_charset_names_the_setting() {
        byte[] bytes = "id,größe\n1,2\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> batch(Csv.withHeader(), bytes))
                .hasMessage(
                        "object-0, byte 0, line 1: the header can't be read: text must be UTF-8, is"
                                + " malformed 5 bytes into the record; charset(...) sets another, or"
                                + " withoutHeader().skipLines(1).names(...) reads what follows it");
    }

    @Test
    void a_broken_header_of_several_lines_is_passed_over_as_a_whole() throws IOException {
        byte[] bytes =
                "report\n\"größe\r\nin m\",\"a\nb\"\n1,2\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> batch(Csv.withHeader().skipLines(1), bytes))
                .hasMessageContaining("line 2: the header can't be read")
                .hasMessageContaining(
                        " withoutHeader().skipLines(4).names(...) reads what follows it");
        CsvFormat format = Csv.withoutHeader().skipLines(4).names(List.of("size", "name"));
        SourceBatch<Row> batch = batch(format, bytes);
        assertThat(batch.record(0).get("size")).isEqualTo("1");
        assertThat(batch.rejected()).isEmpty();
    }

    @Test
    void gzip_where_text_should_be_fails_with_its_name_and_the_way_out() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(THREE);
        }
        List<CsvFormat> formats =
                List.of(
                        Csv.withHeader(),
                        Csv.withHeader().skipLines(1),
                        Csv.withoutHeader(),
                        Csv.withoutHeader().names(List.of("id", "name")),
                        Csv.withHeader().charset(StandardCharsets.US_ASCII),
                        Csv.withHeader().charset(StandardCharsets.ISO_8859_1),
                        Csv.withHeader().charset(Charset.forName("Shift_JIS")));
        for (CsvFormat format : formats) {
            assertThatThrownBy(() -> batch(format, out.toByteArray()))
                    .isInstanceOf(BadRecordException.class)
                    .hasMessage(
                            "object-0, byte 0, line 1: an object must be text, this one begins with"
                                    + " 1f 8b as gzip does; Gzip.of(...) around its source inflates"
                                    + " it");
        }
        byte[] letters = {0x1F, (byte) 0x8B, ',', 'a'};
        CsvFormat cyrillic = Csv.withoutHeader().charset(Charset.forName("windows-1251"));
        assertThat(batch(cyrillic, letters).record(0).get(0)).isEqualTo("\u001f‹");
    }

    @Test
    void the_place_of_malformed_text_counts_the_bytes_of_the_source() throws IOException {
        byte[] bytes = "a,éx\n".getBytes(StandardCharsets.UTF_16LE);
        bytes[6] = 0;
        bytes[7] = (byte) 0xD8;
        CsvFormat format = Csv.withoutHeader().charset(StandardCharsets.UTF_16LE);
        assertThat(batch(format, bytes).rejected())
                .singleElement()
                .satisfies(
                        bad ->
                                assertThat(bad.reason())
                                        .endsWith("is malformed 6 bytes into the record"));
    }

    @Test
    void a_copied_row_equals_the_row_and_outlives_the_batch() throws IOException {
        RecordSource<Row> source = Csv.withHeader().read(TestBytes.of(THREE));
        SourceSplit split = source.splits(1).get(0);
        CsvOptions options = new CsvOptions(true);
        try (CsvReader reader =
                new CsvReader(options, TestBytes.of(THREE), split, split.startPosition(), true)) {
            SourceBatch<Row> batch = reader.read(2, Long.MAX_VALUE).orElseThrow();
            Row row = batch.record(1);
            Row copy = row.copy();
            assertThat(copy)
                    .isEqualTo(row)
                    .hasSameHashCodeAs(row)
                    .hasToString("{id=2, name=Bo\"b}");

            batch.release();

            assertThat(copy.get("name")).isEqualTo("Bo\"b");
            assertThat(row.get("name")).isNotEqualTo("Bo\"b");
            SourceBatch<Row> next = reader.read(2, Long.MAX_VALUE).orElseThrow();
            assertThat(Seen.fields(next.record(0))).containsExactly("3", "Cy");
        }
    }

    @Test
    void fields_of_one_batch_share_one_array() throws IOException {
        SourceBatch<Row> batch = batch(Csv.withHeader(), utf8("a,b\n1,\"x,y\"\n2,z\n"));
        assertThat(batch.record(0).array(1)).isSameAs(batch.record(1).array(0));
    }

    @Test
    void a_batch_ends_at_the_first_record_past_max_bytes() throws IOException {
        try (RecordReader<Row> reader = open(Csv.withHeader(), TestBytes.of(THREE))) {
            assertThat(reader.read(1_000, 1).orElseThrow().size()).isEqualTo(1);
            assertThat(reader.read(1_000, 12).orElseThrow().size()).isEqualTo(2);
            assertThat(reader.read(1_000, 1)).isEmpty();
            assertThat(reader.read(1_000, 1)).isEmpty();
        }
    }

    @Test
    void limits_below_one_are_refused() throws IOException {
        try (RecordReader<Row> reader = open(Csv.withHeader(), TestBytes.of(THREE))) {
            assertThatThrownBy(() -> reader.read(0, 1))
                    .hasMessage("maxRecords must be >= 1, was 0");
            assertThatThrownBy(() -> reader.read(1, 0)).hasMessage("maxBytes must be >= 1, was 0");
        }
    }

    @Test
    void a_stream_that_ends_too_early_is_no_end_of_the_records() throws IOException {
        ByteSource lying =
                new Streams(100) {
                    @Override
                    public InputStream open(ByteObject object, long offset) {
                        return new ByteArrayInputStream(THREE);
                    }
                };
        try (RecordReader<Row> reader = open(Csv.withHeader(), lying)) {
            assertThatThrownBy(() -> reader.read(1_000, Long.MAX_VALUE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("must have 100 bytes, ended after " + THREE.length);
        }
    }

    @Test
    void a_failing_stream_fails_the_read_and_leaves_the_position() throws IOException {
        ByteSource failing =
                new Streams(ByteObject.UNKNOWN) {
                    @Override
                    public InputStream open(ByteObject object, long offset) {
                        return new FailingStream(THREE);
                    }
                };
        try (RecordReader<Row> reader = open(Csv.withHeader(), failing)) {
            Position before = reader.position();
            assertThatThrownBy(() -> reader.read(1_000, Long.MAX_VALUE)).hasMessage("broken");
            assertThat(reader.position()).isEqualTo(before);
            assertThatThrownBy(() -> reader.read(1, 1)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_complete_record_is_read_although_the_stream_waits_for_more() throws Exception {
        BlockingStream stream = new BlockingStream(utf8("1,Ann\n2,Bob\n3"));
        try (RecordReader<Row> reader = open(Csv.withoutHeader(), stream.source())) {
            assertThat(reader.read(2, Long.MAX_VALUE).orElseThrow().size()).isEqualTo(2);
        }
    }

    @Test
    void wakeup_fails_a_blocked_read_and_closes_the_stream() throws Exception {
        BlockingStream stream = new BlockingStream(utf8("1,Ann\n2"));
        try (RecordReader<Row> reader = open(Csv.withoutHeader(), stream.source())) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread thread =
                    new Thread(
                            () -> {
                                try {
                                    reader.read(1_000, Long.MAX_VALUE);
                                    failure.complete(null);
                                } catch (IOException e) {
                                    failure.complete(e);
                                }
                            });
            thread.start();
            stream.waiting.await();
            reader.wakeup();
            reader.wakeup();
            assertThat(failure.get())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("wakeup");
            assertThatThrownBy(() -> reader.read(1, 1)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_closed_reader_fails_and_has_closed_its_stream() throws Exception {
        BlockingStream stream = new BlockingStream(utf8("1,Ann\n"));
        RecordReader<Row> reader = open(Csv.withoutHeader(), stream.source());
        SourceBatch<Row> batch = reader.read(1, 1).orElseThrow();
        reader.close();
        assertThat(stream.closed.getCount()).isZero();
        assertThatThrownBy(() -> reader.read(1, 1)).hasMessageContaining("closed");
        assertThat(batch.record(0).get(1)).isEqualTo("Ann");
    }

    @Test
    void memory_is_bounded_by_the_record_limit_not_by_the_record() throws IOException {
        long length = 200L << 20;
        int limit = 1 << 16;
        ByteSource huge =
                new Streams(length) {
                    @Override
                    public InputStream open(ByteObject object, long offset) {
                        return new EndlessField(length - offset, limit * 8);
                    }
                };
        CsvFormat format = Csv.withoutHeader().names(List.of("x")).maxRecordBytes(limit);
        try (RecordReader<Row> reader = open(format, huge)) {
            SourceBatch<Row> batch = reader.read(10, Long.MAX_VALUE).orElseThrow();
            assertThat(batch.rejected())
                    .singleElement()
                    .satisfies(bad -> assertThat(bad.raw().remaining()).isEqualTo(limit));
            assertThat(batch.end().offset()).isEqualTo(length);
            assertThat(batch.sizeBytes()).isLessThan(8L * limit);
            assertThat(reader.read(10, Long.MAX_VALUE)).isEmpty();
        }
    }

    @Test
    void a_batch_without_limits_stays_small_on_a_large_object() throws IOException {
        byte[] line = utf8("12345678,abcdefgh,ijklmnopqrst\n");
        byte[] bytes = new byte[line.length * 1_000_000];
        for (int i = 0; i < bytes.length; i += line.length) {
            System.arraycopy(line, 0, bytes, i, line.length);
        }
        int records = 0;
        try (RecordReader<Row> reader = open(Csv.withoutHeader(), TestBytes.of(bytes))) {
            Optional<SourceBatch<Row>> batch = reader.read(Integer.MAX_VALUE, Long.MAX_VALUE);
            while (batch.isPresent()) {
                records += batch.get().size();
                assertThat(batch.get().sizeBytes()).isLessThan(80L << 20);
                batch = reader.read(Integer.MAX_VALUE, Long.MAX_VALUE);
            }
        }
        assertThat(records).isEqualTo(1_000_000);
    }

    @Test
    void each_object_is_a_split_with_its_own_header() throws IOException {
        byte[] first = utf8("a,b\n1,2\n");
        byte[] second = utf8("b,a\n3,4\n");
        RecordSource<Row> source = Csv.withHeader().read(TestBytes.of(first, second));
        List<SourceSplit> splits = source.splits(1);

        assertThat(splits).extracting(SourceSplit::source).containsExactly("object-0", "object-1");
        assertThat(splits).extracting(SourceSplit::version).containsOnly("v1");
        List<String> values = new ArrayList<>();
        for (SourceSplit split : splits) {
            SourceSplit sent = SourceSplit.decode(split.encode());
            try (RecordReader<Row> reader = source.open(sent, sent.startPosition())) {
                values.add(reader.read(10, 10).orElseThrow().record(0).get("a"));
            }
        }
        assertThat(values).containsExactly("1", "4");
    }

    @Test
    void no_objects_are_one_split_without_records() throws IOException {
        RecordSource<Row> source = Csv.withHeader().read(TestBytes.of());
        assertThat(source.splits(5)).hasSize(1);
        assertThat(Seen.all(source, 1, 10)).isEmpty();
    }

    @Test
    void an_object_is_divided_only_where_that_is_safe() throws IOException {
        TestBytes bytes = TestBytes.of(THREE);
        assertThat(Csv.withHeader().read(bytes).splits(3)).hasSize(1);
        assertThat(Csv.withHeader().scanForSplits(true).read(bytes).splits(3)).hasSize(2);
        assertThat(Csv.withHeader().quotedNewlines(false).read(bytes).splits(3)).hasSize(3);
        CsvFormat wide = Csv.withHeader().charset(StandardCharsets.UTF_16LE).scanForSplits(true);
        assertThat(wide.read(bytes).splits(3)).hasSize(1);
    }

    @Test
    void given_names_and_the_number_of_fields_hold_from_any_position() throws IOException {
        RecordSource<Row> source =
                Csv.withoutHeader()
                        .names(List.of("id", "name"))
                        .read(
                                TestBytes.of(
                                        "1,Ada\n2,Bob\n3,Cyd,x\n"
                                                .getBytes(StandardCharsets.UTF_8)));
        SourceSplit split = source.splits(1).get(0);
        Position second = new Position(split.id(), 1, 6, "line=2");
        try (RecordReader<Row> reader = source.open(split, second)) {
            SourceBatch<Row> batch = reader.read(10, 1_000).orElseThrow();
            assertThat(batch.record(0).get("name")).isEqualTo("Bob");
            assertThat(batch.size()).isEqualTo(1);
            assertThat(batch.rejected()).hasSize(1);
        }
    }

    @Test
    void a_position_of_another_split_is_refused() throws IOException {
        RecordSource<Row> source = Csv.withHeader().read(TestBytes.of(THREE, THREE));
        List<SourceSplit> splits = source.splits(1);
        assertThatThrownBy(() -> source.open(splits.get(0), splits.get(1).startPosition()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_source_survives_serialization() throws Exception {
        CsvFormat format = Csv.withHeader().delimiter(',').charset(StandardCharsets.UTF_8);
        RecordSource<Row> source = format.read(TestBytes.of(THREE));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
            objects.writeObject(source);
            objects.writeObject(format.encoder());
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(out.toByteArray()))) {
            @SuppressWarnings("unchecked")
            RecordSource<Row> copy = (RecordSource<Row>) in.readObject();
            assertThat(Seen.all(copy, 1, 10)).isEqualTo(Seen.all(source, 1, 10));
        }
    }

    /** One object of a promised length. */
    private abstract static class Streams implements ByteSource {

        private static final long serialVersionUID = 1;
        private final long length;

        Streams(long length) {
            this.length = length;
        }

        @Override
        public List<ByteObject> objects() {
            return List.of(new ByteObject("stream", "", length, false));
        }
    }

    /** Breaks after its bytes. */
    private static final class FailingStream extends InputStream {

        private final ByteArrayInputStream bytes;

        FailingStream(byte[] bytes) {
            this.bytes = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] into, int start, int length) throws IOException {
            int count = bytes.read(into, start, length);
            if (count < 0) {
                throw new IOException("broken");
            }
            return count;
        }
    }

    /** Gives its bytes, then waits until it is closed. */
    private static final class BlockingStream extends InputStream {

        private final ByteArrayInputStream bytes;
        private final CountDownLatch waiting = new CountDownLatch(1);
        private final CountDownLatch closed = new CountDownLatch(1);

        BlockingStream(byte[] bytes) {
            this.bytes = new ByteArrayInputStream(bytes);
        }

        ByteSource source() {
            BlockingStream stream = this;
            return new Streams(ByteObject.UNKNOWN) {
                @Override
                public InputStream open(ByteObject object, long offset) {
                    return stream;
                }
            };
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] into, int start, int length) throws IOException {
            int count = bytes.read(into, start, length);
            if (count > 0) {
                return count;
            }
            waiting.countDown();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return -1; // the worst a stream can do when closed
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    /** A quote and the letter a, for ever: a field that is never closed. Has no line end. */
    private static final class EndlessField extends InputStream {

        private long left;
        private final int most;

        EndlessField(long length, int most) {
            left = length;
            this.most = most;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] into, int start, int length) {
            assertThat(length).as("room asked for at once").isLessThanOrEqualTo(most);
            if (left == 0) {
                return -1;
            }
            int count = (int) Math.min(length, left);
            java.util.Arrays.fill(into, start, start + count, (byte) 'a');
            left -= count;
            return count;
        }
    }
}
