package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CsvEncoderTest {

    private static String encode(CsvEncoder encoder, List<List<String>> rows) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encoder.encode(TestRows.batch(rows), out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void only_what_needs_quotes_gets_them() throws IOException {
        List<List<String>> rows = List.of(List.of("a", " b ", "c,d", "e\"f", "g\nh", "i\rj", ""));
        assertThat(encode(Csv.withoutHeader().encoder(), rows))
                .isEqualTo("a, b ,\"c,d\",\"e\"\"f\",\"g\nh\",\"i\rj\",\r\n");
    }

    @Test
    void an_empty_only_field_is_no_empty_line() throws IOException {
        assertThat(encode(Csv.withoutHeader().encoder(), List.of(List.of(""))))
                .isEqualTo("\"\"\r\n");
    }

    @Test
    void names_come_first_if_the_format_has_a_header() throws IOException {
        List<List<String>> rows = List.of(List.of("a", "b"));
        CsvEncoder encoder = Csv.withHeader().delimiter(';').encoder().lineEnd("\n");
        assertThat(encode(encoder, rows)).isEqualTo("1;2\na;b\n");
        assertThat(encode(encoder.header(false), rows)).isEqualTo("a;b\n");
        assertThat(encoder.contentType()).isEqualTo("text/csv; charset=utf-8; header=present");
    }

    @Test
    void formulas_are_neutral_when_escaped_and_untouched_by_default() throws IOException {
        List<List<String>> rows =
                List.of(List.of("=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x", "a=b", "=\"x\""));
        CsvEncoder encoder = Csv.withoutHeader().encoder();
        assertThat(encode(encoder.escapeFormulas(true), rows))
                .isEqualTo(
                        "\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\"'\tx\",\"'\rx\",\"'\0x\",a=b,\"'=\"\"x\"\"\"\r\n");
        assertThat(encode(encoder, rows))
                .isEqualTo("=1+1,+1,-1,@x,\tx,\"\rx\",\0x,a=b,\"=\"\"x\"\"\"\r\n");
    }

    @Test
    void a_mark_at_the_start_is_kept_as_data() throws IOException {
        String written = encode(Csv.withoutHeader().encoder(), List.of(List.of("\ufeffa")));
        byte[] bytes = written.getBytes(StandardCharsets.UTF_8);
        assertThat(Seen.good(Seen.all(Csv.withoutHeader(), bytes)))
                .isEqualTo(List.of(List.of("\ufeffa")));
    }

    @Test
    void large_fields_pass_the_buffer() throws IOException {
        String large = "x".repeat(20_000);
        assertThat(
                        encode(
                                Csv.withoutHeader().encoder(),
                                List.of(List.of("a", large, "b"), List.of(large))))
                .isEqualTo("a," + large + ",b\r\n" + large + "\r\n");
    }

    @Test
    void another_line_end_is_refused() {
        assertThatThrownBy(() -> Csv.withHeader().encoder().lineEnd("\n\n"))
                .hasMessageContaining("lineEnd must be CRLF, LF or CR");
    }

    @Test
    void messages_of_one_file_are_together_one_message() throws IOException {
        List<List<String>> rows = List.of(List.of("a", "b"), List.of("c", "d"), List.of("e"));
        CsvEncoder encoder = Csv.withHeader().encoder();
        String head = encoder.head(TestRows.batch(rows.subList(0, 1)));
        assertThat(head).isEqualTo("1,2,");
        assertThat(
                        encode(encoder, rows.subList(0, 1))
                                + encode(encoder.after(head), rows.subList(1, 3)))
                .isEqualTo(encode(encoder, rows));
        assertThat(Csv.withoutHeader().encoder().head(TestRows.batch(rows))).isEmpty();
    }

    @Test
    void names_in_a_head_may_be_any_text() throws IOException {
        List<String> names = List.of("a,b", "", "ü %\n", "x");
        String head = CsvHead.of(names).encode();
        assertThat(head).matches("[\\x21-\\x7e]+");
        CsvHead.decode(head).requireFit(names);
        assertThatThrownBy(() -> CsvHead.decode(head).requireFit(List.of("a", "b")))
                .hasMessage(
                        "names of a row must be those of the header, [a,b, , ü %\n, x], was [a, b]");
        assertThatThrownBy(() -> Csv.withHeader().encoder().after("a"))
                .hasMessage("a CSV head must be names that each end with a comma, was 'a'");
    }
}
