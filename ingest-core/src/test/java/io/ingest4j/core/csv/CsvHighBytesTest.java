package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.core.csv.CsvFormat.RaggedRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes from 0x80 up are letters or malformed text, but never what a format has not set. */
class CsvHighBytesTest {

    private static final Charset CYRILLIC = Charset.forName("windows-1251");
    private static final CsvFormat WITHOUT_HEADER = Csv.withoutHeader();

    private static List<List<String>> rows(CsvFormat format, String text) throws IOException {
        return rows(format, text, CYRILLIC);
    }

    private static List<List<String>> rows(CsvFormat format, String text, Charset charset)
            throws IOException {
        List<Seen> seen = Seen.all(format.charset(charset), text.getBytes(charset));
        assertThat(Seen.bad(seen)).isEmpty();
        return Seen.good(seen);
    }

    @Test
    void the_last_letter_of_an_alphabet_begins_no_comment_where_none_is_set() throws IOException {
        String text = "январь\nфевраль\nмай\n";
        List<List<String>> months = List.of(List.of("январь"), List.of("февраль"), List.of("май"));
        assertThat(rows(WITHOUT_HEADER.escape('\\'), text)).isEqualTo(months);
        assertThat(rows(WITHOUT_HEADER, "a\nя")).containsExactly(List.of("a"), List.of("я"));
        assertThat(rows(Csv.withHeader(), "id,n\n1,a\nÿ2,b", StandardCharsets.ISO_8859_1))
                .containsExactly(List.of("1", "a"), List.of("ÿ2", "b"));
    }

    @Test
    void the_last_letter_of_an_alphabet_is_no_escape_where_none_is_set() throws IOException {
        CsvFormat format = WITHOUT_HEADER.comment('#').raggedRows(RaggedRows.ALLOW);
        assertThat(rows(format, "\"Верхняя улица, 5\"\n"))
                .containsExactly(List.of("Верхняя улица, 5"));
        assertThat(rows(format, "1,\"земля\",\", b\""))
                .containsExactly(List.of("1", "земля", ", b"));
        // A doubled quote has the field copied without what escapes.
        assertThat(rows(format, "\"\"\"яя\"\n")).containsExactly(List.of("\"яя"));
    }

    @Test
    void byte_ff_in_utf8_is_a_rejected_record() throws IOException {
        for (byte[] content : new byte[][] {{-1}, {'a', '\n', -1}, {'a', '\n', -1, 'k'}}) {
            assertThat(Seen.bad(Seen.all(WITHOUT_HEADER, content)))
                    .singleElement()
                    .satisfies(bad -> assertThat(bad.reason()).contains("text must be UTF-8"));
        }
    }

    @Test
    void a_character_cut_off_at_the_start_of_a_record_is_a_rejected_record() throws IOException {
        for (Charset charset :
                List.of(
                        StandardCharsets.UTF_16LE,
                        StandardCharsets.UTF_16BE,
                        Charset.forName("UTF-32LE"),
                        Charset.forName("UTF-32BE"))) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            content.write("id,t\n1,x\n".getBytes(charset));
            content.write(0x41);
            List<Seen> seen = Seen.all(Csv.withHeader().charset(charset), content.toByteArray());

            assertThat(Seen.good(seen)).as("%s", charset).containsExactly(List.of("1", "x"));
            assertThat(Seen.bad(seen))
                    .as("%s", charset)
                    .singleElement()
                    .satisfies(
                            bad -> {
                                assertThat(bad.raw()).isEqualTo("A");
                                assertThat(bad.reason())
                                        .contains("text must be " + charset + ", is malformed");
                                assertThat(bad.position().detail()).isEqualTo("line=3");
                            });
        }
    }

    @Test
    void byte_ff_is_written_as_it_is_within_quotes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] field = {',', (byte) 0xFF};
        WITHOUT_HEADER.encoder().encode(TestRows.ofBytes(field), out);
        assertThat(out.toByteArray())
                .isEqualTo(new byte[] {'"', ',', (byte) 0xFF, '"', '\r', '\n'});
    }
}
