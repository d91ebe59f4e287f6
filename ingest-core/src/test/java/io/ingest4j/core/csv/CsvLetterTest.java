package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.core.csv.CsvFormat.RaggedRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A record of a dead letter, read again. */
class CsvLetterTest {

    private static DeadLetter letter(ByteBuffer raw, String... fields) {
        return letter(new Position("0", 4, 40, "line=6"), raw, fields);
    }

    private static DeadLetter letter(Position position, ByteBuffer raw, String... fields) {
        return new DeadLetter(
                "in.csv",
                "",
                position,
                "k-40",
                raw,
                List.of(fields),
                1,
                new WriteFailure(WriteFailure.Action.DEAD_LETTER, "HTTP 422", ""),
                Instant.EPOCH);
    }

    private static DeadLetter letter(String raw, String... fields) {
        return letter(ByteBuffer.wrap(raw.getBytes(StandardCharsets.UTF_8)), fields);
    }

    @Test
    void record_is_a_row_of_the_letters_names() {
        Row row = Csv.withHeader().parse(letter("1,\"A\"\"d\na\"", "id", "name"));
        assertThat(row.names()).containsExactly("id", "name");
        assertThat(row.get("name")).isEqualTo("A\"d\na");
        assertThat(row.get("id")).isEqualTo("1");
    }

    @Test
    void record_without_names_has_numbers_or_the_formats_names() {
        assertThat(Csv.withHeader().parse(letter("a,b")).names()).containsExactly("1", "2");
        assertThat(Csv.withoutHeader().names(List.of("x", "y")).parse(letter("a,b")).get("y"))
                .isEqualTo("b");
    }

    @Test
    void record_is_no_header_no_skipped_line_and_no_byte_order_mark() {
        CsvFormat format = Csv.withHeader().skipLines(2);
        assertThat(format.parse(letter("\ufeffa", "x")).get("x")).isEqualTo("\ufeffa");
    }

    @Test
    void empty_record_is_one_if_empty_lines_are() {
        CsvFormat format = Csv.withHeader();
        assertThat(format.skipEmptyLines(false).parse(letter("", "x")).get("x")).isEmpty();
        assertThatThrownBy(() -> format.parse(letter("", "x")))
                .isInstanceOf(BadRecordException.class)
                .hasMessage("in.csv, byte 40, line=6: there must be one record, was none");
    }

    @Test
    void malformed_record_is_refused_with_its_first_place() {
        assertThatThrownBy(() -> Csv.withHeader().parse(letter("a,b,c", "x", "y")))
                .isInstanceOf(BadRecordException.class)
                .hasMessage("in.csv, byte 40, line=6: a record must have 2 fields, has 3");
        assertThatThrownBy(() -> Csv.withHeader().parse(letter("a,\"b", "x", "y")))
                .hasMessageContaining("a quoted field must be closed");
        assertThatThrownBy(() -> Csv.withHeader().parse(letter("a,b\nc,d", "x", "y")))
                .hasMessageContaining("there must be one record, was 2");
        assertThatThrownBy(
                        () -> Csv.withHeader().parse(letter(ByteBuffer.wrap(new byte[] {-1}), "x")))
                .hasMessageContaining("text must be UTF-8");
    }

    @Test
    void other_charsets_are_read() {
        for (String name : List.of("ISO-8859-1", "UTF-16LE", "UTF-16BE", "Shift_JIS")) {
            Charset charset = Charset.forName(name);
            String text = name.equals("Shift_JIS") ? "日本" : "é";
            DeadLetter letter = letter(charset.encode("1," + text), "id", "name");
            assertThat(Csv.withHeader().charset(charset).parse(letter).get("name"))
                    .as(name)
                    .isEqualTo(text);
        }
    }

    @Test
    void byte_order_is_that_of_the_source() throws IOException {
        for (String name : List.of("UTF-16", "UTF-32")) {
            CsvFormat format = Csv.withHeader().charset(Charset.forName(name));
            for (String order : List.of("LE", "BE")) {
                String text = "\ufeffn\n1\n\ufeff2\n\u3100\n";
                byte[] content = text.getBytes(Charset.forName(name + order));
                List<Seen> seen = Seen.all(format, content);
                assertThat(seen.get(0).position().detail())
                        .isEqualTo("line=2,charset=" + name + order);
                for (Seen row : seen) {
                    byte[] raw = row.raw().getBytes(StandardCharsets.ISO_8859_1);
                    for (String[] fields : new String[][] {{"n"}, {}}) {
                        DeadLetter letter = letter(row.position(), ByteBuffer.wrap(raw), fields);
                        assertThat(Seen.fields(format.parse(letter))).isEqualTo(row.fields());
                    }
                }
                assertThat(Seen.good(seen))
                        .containsExactly(List.of("1"), List.of("\ufeff2"), List.of("\u3100"));
            }
        }
    }

    @Test
    void byte_order_that_nobody_knows_is_not_guessed() {
        ByteBuffer raw = StandardCharsets.UTF_16LE.encode("1");
        assertThatThrownBy(
                        () ->
                                Csv.withHeader()
                                        .charset(StandardCharsets.UTF_16)
                                        .parse(letter(raw, "id")))
                .isInstanceOf(BadRecordException.class)
                .hasMessageContaining("in.csv, byte 40, line=6: the byte order must be known")
                .hasMessageContaining("charset(...) can be UTF-16LE or UTF-16BE");
    }

    @Test
    void record_without_names_keeps_what_looks_like_a_byte_order_mark() {
        assertThat(Seen.fields(Csv.withHeader().parse(letter("\ufeffa,b"))))
                .containsExactly("\ufeffa", "b");
        CsvFormat format = Csv.withoutHeader().skipEmptyLines(false);
        assertThat(Seen.fields(format.parse(letter("")))).containsExactly("");
    }

    @Test
    void every_row_that_is_read_can_be_read_again() throws IOException {
        CsvFormat format = Csv.withHeader().raggedRows(RaggedRows.ALLOW).escape('\\');
        String text = "a,b\r\n1,2\r\n\"x\ny\",\"\\\"\"\n3\n4,5,6\n,\n\"\",' '";
        RecordSource<Row> source = format.read(TestBytes.of(text.getBytes(StandardCharsets.UTF_8)));
        SourceSplit split = source.splits(1).get(0);
        try (RecordReader<Row> reader = source.open(split, split.startPosition())) {
            SourceBatch<Row> batch = reader.read(100, 1_000).orElseThrow();
            assertThat(batch.size()).isEqualTo(6);
            for (int i = 0; i < batch.size(); i++) {
                Row row = batch.record(i);
                String[] names = row.names().toArray(String[]::new);
                assertThat(format.parse(letter(batch.raw(i), names))).isEqualTo(row);
            }
        }
    }
}
