package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.core.csv.CsvFormat.RaggedRows;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All files of a few bytes over an alphabet of those that mean something somewhere (a letter, a delimiter, a quote, line
 * ends, parts of byte order marks, NUL, a byte that begins no character), compared with a plain reference.
 */
class CsvSmallFilesTest {

    private static final byte[] ALPHABET = HexFormat.of().parseHex("6b2c220d0aefbbbffeff0080");

    /** For each setting its values other than the default. */
    private static final List<List<Mode>> SETTINGS =
            List.of(
                    List.of(header()),
                    List.of(set("names", o -> o.names = new String[] {"x", "y"})),
                    dialects(),
                    List.of(set("strict", o -> o.strictQuotes = true)),
                    List.of(set("no quoted line ends", o -> o.quotedNewlines = false)),
                    List.of(set("empty lines", o -> o.skipEmptyLines = false)),
                    List.of(
                            set("pad", o -> o.raggedRows = RaggedRows.PAD),
                            set("allow", o -> o.raggedRows = RaggedRows.ALLOW)),
                    List.of(
                                    "US-ASCII",
                                    "ISO-8859-1",
                                    "windows-1251",
                                    "Shift_JIS",
                                    "UTF-16",
                                    "UTF-16LE",
                                    "UTF-16BE",
                                    "UTF-32",
                                    "UTF-32LE",
                                    "UTF-32BE")
                            .stream()
                            .map(CsvSmallFilesTest::charset)
                            .toList(),
                    List.of(set("skip", o -> o.skipLines = 1)),
                    List.of(
                            set("field of 1", o -> o.maxFieldBytes = 1),
                            set("record of 2", o -> o.maxRecordBytes = 2),
                            set("1 line", o -> o.maxRecordLines = 1)));

    /** A named change of the settings. */
    private record Mode(String name, boolean header, Consumer<CsvOptions> change) {

        Mode and(Mode other) {
            return new Mode(
                    name + ", " + other.name, header || other.header, change.andThen(other.change));
        }

        CsvOptions options() {
            CsvOptions options = new CsvOptions(header);
            change.accept(options);
            return options;
        }

        /** Whether it is one that a format accepts, and limits count what the reference counts. */
        boolean isUsable() {
            CsvOptions options = options();
            boolean limited = options.maxFieldBytes == 1 || options.maxRecordBytes == 2;
            try {
                options.check();
                return !limited || !CsvCharset.isWide(options.charset());
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    private static Mode defaults() {
        return set("defaults", o -> {});
    }

    private static Mode header() {
        return new Mode("header", true, o -> {});
    }

    private static Mode set(String name, Consumer<CsvOptions> change) {
        return new Mode(name, false, change);
    }

    private static Mode charset(String name) {
        return set(name, o -> o.charset = name);
    }

    private static Mode dialect(char delimiter, char quote, char escape, char comment) {
        String name =
                String.format(
                        "%x %x %x %x", (int) delimiter, (int) quote, (int) escape, (int) comment);
        return set(
                name,
                o -> {
                    o.delimiter = (byte) delimiter;
                    o.quote = (byte) quote;
                    o.escape = escape;
                    o.comment = comment;
                });
    }

    private static List<Mode> dialects() {
        char none = CsvOptions.NONE;
        return List.of(
                dialect(',', '"', 'k', none),
                dialect(',', '"', none, 'k'),
                dialect(',', '"', 'k', '\0'),
                dialect(',', '"', '\0', 'k'),
                dialect(',', 'k', none, none),
                dialect(',', 'k', '"', none),
                dialect(',', 'k', none, '"'),
                dialect('\0', '"', none, none),
                dialect(',', '\0', none, none));
    }

    private static List<byte[]> files(int maxLength) {
        List<byte[]> files = new ArrayList<>();
        files.add(new byte[0]);
        for (int i = 0; files.get(i).length < maxLength; i++) {
            for (byte b : ALPHABET) {
                byte[] longer = Arrays.copyOf(files.get(i), files.get(i).length + 1);
                longer[longer.length - 1] = b;
                files.add(longer);
            }
        }
        return files;
    }

    /** Returns the modes with each value of each setting by itself. */
    private static List<Mode> singles() {
        List<Mode> singles = new ArrayList<>();
        singles.add(defaults());
        SETTINGS.forEach(singles::addAll);
        return singles;
    }

    /** Returns the modes with each two values of two settings. */
    private static List<Mode> pairs() {
        List<Mode> pairs = new ArrayList<>();
        for (int i = 0; i < SETTINGS.size(); i++) {
            for (List<Mode> others : SETTINGS.subList(i + 1, SETTINGS.size())) {
                for (Mode one : SETTINGS.get(i)) {
                    others.forEach(other -> pairs.add(one.and(other)));
                }
            }
        }
        return pairs;
    }

    /** Returns the modes with a charset and any values of the settings that steer how records are found. */
    private static List<Mode> products(Mode charset) {
        List<Mode> products = List.of(charset);
        for (int setting : new int[] {0, 2, 3, 4, 5}) {
            List<Mode> more = new ArrayList<>(products);
            for (Mode value : SETTINGS.get(setting)) {
                products.forEach(product -> more.add(product.and(value)));
            }
            products = more;
        }
        return products;
    }

    private static void compare(List<Mode> modes, int maxLength, int chunk) throws IOException {
        List<byte[]> files = files(maxLength);
        for (Mode mode : modes) {
            if (mode.isUsable()) {
                for (byte[] file : files) {
                    Reference.compare(mode.name, mode.options(), TestBytes.of(file).chunked(chunk));
                }
            }
        }
    }

    @Test
    void there_are_as_many_files_as_there_should_be() {
        assertThat(files(4)).hasSize(1 + 12 + 144 + 1_728 + 20_736);
    }

    @Test
    void files_of_four_bytes_in_the_main_modes() throws IOException {
        compare(
                List.of(
                        defaults(),
                        header(),
                        dialect(',', '"', 'k', CsvOptions.NONE).and(charset("windows-1251")),
                        dialect(',', '"', CsvOptions.NONE, 'k').and(charset("ISO-8859-1")),
                        charset("UTF-16").and(header())),
                4,
                TestBytes.WHOLE);
    }

    @Test
    void files_of_three_bytes_with_each_setting() throws IOException {
        compare(singles(), 3, TestBytes.WHOLE);
    }

    @Test
    void files_of_two_bytes_one_at_a_time_with_each_two_settings() throws IOException {
        compare(pairs(), 2, 1);
    }

    @Test
    void every_record_is_read_again_from_its_letter() throws IOException {
        for (Mode mode : singles()) {
            for (byte[] file : files(3)) {
                replay(mode, file);
            }
        }
    }

    private static void replay(Mode mode, byte[] file) throws IOException {
        CsvOptions options = mode.options();
        CsvSource source = new CsvSource(options, TestBytes.of(file));
        SourceSplit split = source.splits(1).get(0);
        try (RecordReader<Row> reader = source.open(split, split.startPosition())) {
            Optional<SourceBatch<Row>> batch = reader.read(100, Long.MAX_VALUE);
            for (int i = 0; batch.isPresent() && i < batch.get().size(); i++) {
                Row row = batch.get().record(i);
                DeadLetter letter =
                        new DeadLetter(
                                split.source(),
                                "",
                                batch.get().position(i),
                                "key",
                                batch.get().raw(i),
                                row.names(),
                                1,
                                new WriteFailure(WriteFailure.Action.DEAD_LETTER, "refused", ""),
                                Instant.EPOCH);
                Row again = CsvLetter.parse(options, letter);
                if (!again.equals(row)) {
                    String bytes = HexFormat.ofDelimiter(" ").formatHex(file);
                    assertThat(again).as("%s, %s", mode.name, bytes).isEqualTo(row);
                }
            }
        } catch (BadRecordException e) {
            assertThat(Reference.read(options, file)).as("%s", e.getMessage()).isEmpty();
        }
    }

    @Test
    @Tag("soak")
    void files_of_four_bytes_with_each_setting() throws IOException {
        compare(singles(), 4, TestBytes.WHOLE);
    }

    @Test
    @Tag("soak")
    void files_of_three_bytes_one_at_a_time_with_each_two_settings() throws IOException {
        compare(pairs(), 3, 1);
    }

    @ParameterizedTest
    @Tag("soak")
    @ValueSource(strings = {"UTF-8", "windows-1251", "Shift_JIS", "UTF-16", "UTF-32"})
    void files_of_four_bytes_in_every_way_to_find_records(String charset) throws IOException {
        compare(products(charset(charset)), 4, TestBytes.WHOLE);
    }
}
