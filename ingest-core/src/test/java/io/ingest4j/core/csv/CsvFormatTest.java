package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class CsvFormatTest {

    private static final CsvFormat FORMAT = Csv.withHeader();

    private static void fails(ThrowingCallable setting, String message) {
        assertThatThrownBy(setting)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void a_setting_out_of_range_fails_with_name_rule_and_value() {
        fails(
                () -> FORMAT.delimiter('\n'),
                "delimiter must be an ASCII character other than CR and LF, was U+000A");
        fails(
                () -> FORMAT.quote('é'),
                "quote must be an ASCII character other than CR and LF, was U+00E9");
        fails(() -> FORMAT.escape('\r'), "escape must be");
        fails(() -> FORMAT.comment('€'), "comment must be");
        fails(() -> FORMAT.skipLines(-1), "skipLines must be >= 0, was -1");
        fails(() -> FORMAT.maxRecordLines(0), "maxRecordLines must be >= 1, was 0");
        fails(
                () -> FORMAT.maxFieldBytes(0),
                "maxFieldBytes must be between 1 and 1073741824, was 0");
        fails(
                () -> FORMAT.maxRecordBytes(Integer.MAX_VALUE),
                "maxRecordBytes must be between 1 and");
        fails(() -> FORMAT.names(List.of()), "names must hold at least one name, was []");
        fails(() -> FORMAT.names(List.of("a", "b", "a")), "names must differ, was [a, b, a]");
    }

    @Test
    void special_characters_must_differ_when_the_format_is_used() {
        fails(
                () -> FORMAT.delimiter('"').read(TestBytes.of()),
                "quote must differ from delimiter '\"'");
        fails(() -> FORMAT.escape('"').encoder(), "escape must differ from quote");
        fails(() -> FORMAT.comment(',').read(TestBytes.of()), "comment must differ from delimiter");
        CsvFormat same = FORMAT.comment('#').escape('#');
        fails(() -> same.read(TestBytes.of()), "comment must differ from escape '#', was '#'");
        fails(same::encoder, "comment must differ from escape");
        assertThatCode(() -> FORMAT.delimiter('"').quote(',').read(TestBytes.of()))
                .doesNotThrowAnyException();
    }

    @Test
    void a_charset_without_ascii_in_its_place_is_refused() {
        fails(() -> FORMAT.charset(Charset.forName("IBM037")), "charset must be");
        fails(() -> FORMAT.charset(Charset.forName("ISO-2022-JP")), "was ISO-2022-JP");
        CsvFormat big5 = FORMAT.charset(Charset.forName("Big5"));
        fails(
                () -> big5.delimiter('|').read(TestBytes.of()),
                "punctuation below '@' in Big5, was '|'");
    }

    @Test
    void other_charsets_than_utf8_are_not_written() {
        fails(
                () -> FORMAT.charset(Charset.forName("UTF-16")).encoder(),
                "charset must be UTF-8 to write");
    }
}
