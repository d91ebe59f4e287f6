package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every charset of one byte per character, with every letter in every place. */
class CsvCharsetTest {

    static Stream<Charset> charsets() {
        return Charset.availableCharsets().values().stream()
                .filter(c -> c.canEncode() && c.newEncoder().maxBytesPerChar() == 1)
                .filter(CsvCharsetTest::isKnown);
    }

    private static boolean isKnown(Charset charset) {
        try {
            CsvCharset.requireKnown(charset);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A file in which a byte stands first and last in it, in records, in fields, quoted and not. */
    private static byte[] table(byte letter, char quote) {
        String table = "@,h@\n1,@\n@,2\r\nx@y,@@\n'@','a,@'\r'@''@','@\n@'\n3,'@'\n@,@";
        return content(table, letter, quote);
    }

    /** The same with one column, whose last line is the byte alone. */
    private static byte[] column(byte letter, char quote) {
        return content("@\n'@'\n@@\n@", letter, quote);
    }

    private static byte[] content(String pattern, byte letter, char quote) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (char c : pattern.toCharArray()) {
            content.write(c == '@' ? letter : c == '\'' ? quote : c);
        }
        return content.toByteArray();
    }

    private static CsvOptions options(Charset charset, boolean header, int mode) {
        CsvOptions options = new CsvOptions(header);
        options.charset = charset.name();
        options.escape = (mode & 1) == 0 ? CsvOptions.NONE : '\\';
        options.comment = (mode & 2) == 0 ? CsvOptions.NONE : '#';
        options.quote = (byte) ((mode & 4) == 0 ? '"' : '\'');
        return options;
    }

    @Test
    void charsets_of_java_and_the_web_are_known() {
        assertThat(charsets().map(Charset::name))
                .contains(
                        "IBM437",
                        "IBM850",
                        "IBM852",
                        "IBM855",
                        "IBM857",
                        "IBM00858",
                        "IBM866",
                        "ISO-8859-1",
                        "ISO-8859-2",
                        "ISO-8859-3",
                        "ISO-8859-4",
                        "ISO-8859-5",
                        "ISO-8859-6",
                        "ISO-8859-7",
                        "ISO-8859-8",
                        "ISO-8859-9",
                        "ISO-8859-13",
                        "ISO-8859-15",
                        "ISO-8859-16",
                        "KOI8-R",
                        "KOI8-U",
                        "TIS-620",
                        "windows-1250",
                        "windows-1251",
                        "windows-1252",
                        "windows-1253",
                        "windows-1254",
                        "windows-1255",
                        "windows-1256",
                        "windows-1257",
                        "windows-1258",
                        "x-windows-874",
                        "x-MacRoman",
                        "x-MacCentralEurope",
                        "x-MacCroatian",
                        "x-MacCyrillic",
                        "x-MacGreek",
                        "x-MacHebrew",
                        "x-MacIceland",
                        "x-MacRomania",
                        "x-MacThai",
                        "x-MacTurkish",
                        "x-MacUkraine",
                        "x-MacArabic");
    }

    @ParameterizedTest
    @MethodSource("charsets")
    void every_letter_is_read_in_every_place(Charset charset) throws IOException {
        for (int letter = 0x80; letter <= 0xFF; letter++) {
            for (int mode = 0; mode < 8; mode++) {
                CsvOptions plain = options(charset, false, mode);
                String name = String.format("%s, mode %d, letter %x", charset, mode, letter);
                TestBytes table = TestBytes.of(table((byte) letter, (char) plain.quote));
                TestBytes column = TestBytes.of(column((byte) letter, (char) plain.quote));
                Reference.compare(name, options(charset, true, mode), table);
                Reference.compare(name, plain, column);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("charsets")
    void fastcsv_reads_the_same_letters(Charset charset) throws IOException {
        for (int letter = 0x80; letter <= 0xFF; letter++) {
            String decoded = new String(new byte[] {(byte) letter}, charset);
            boolean undefined = decoded.equals("\ufffd");
            boolean ascii = StandardCharsets.US_ASCII.newEncoder().canEncode(decoded);
            // FastCSV knows no escapes: the defaults, then with a comment character and another
            // quote.
            for (int mode = 0; mode < 8 && !undefined && !ascii; mode += 6) {
                CsvOptions options = options(charset, false, mode);
                byte[] table = table((byte) letter, (char) options.quote);
                List<Seen> seen = Seen.all(new CsvSource(options, TestBytes.of(table)), 1, 100);
                List<List<String>> fastcsv =
                        Oracle.records(
                                new String(table, charset), (char) options.quote, (mode & 2) != 0);
                if (!Seen.good(seen).equals(fastcsv)) {
                    assertThat(Seen.good(seen))
                            .as("mode %s, letter %s", mode, letter)
                            .isEqualTo(fastcsv);
                }
            }
        }
    }
}
