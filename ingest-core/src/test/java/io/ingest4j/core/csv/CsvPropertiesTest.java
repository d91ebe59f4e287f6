package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.core.csv.CsvFormat.RaggedRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What holds for any input. */
class CsvPropertiesTest {

    private static final CsvFormat ALLOW = Csv.withoutHeader().raggedRows(RaggedRows.ALLOW);
    private static final String[] LINE_ENDS = {"\r\n", "\n", "\r"};

    @Provide
    Arbitrary<String> anyText() {
        return Arbitraries.of(
                        ",",
                        ",",
                        "\"",
                        "\"",
                        "\n",
                        "\r",
                        "\r\n",
                        "a",
                        "bc",
                        " ",
                        "\t",
                        "é",
                        "\"\"",
                        "😀",
                        "xyzxyzxyz")
                .list()
                .ofMaxSize(120)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<List<List<String>>> table() {
        Arbitrary<String> field =
                Arbitraries.strings()
                        .withChars(",\"\r\n ab\té\u0000=")
                        .withCharRange('α', 'ω')
                        .ofMaxLength(30);
        return Arbitraries.integers()
                .between(1, 7)
                .flatMap(columns -> field.list().ofSize(columns).list().ofMaxSize(25));
    }

    @Property(tries = 3_000)
    void fastcsv_agrees_unless_it_fails(@ForAll("anyText") String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<Seen> seen = Seen.all(ALLOW, bytes);
        Optional<List<List<String>>> oracle = Oracle.records(bytes);

        assertThat(Seen.bad(seen).isEmpty()).isEqualTo(oracle.isPresent());
        oracle.ifPresent(records -> assertThat(Seen.good(seen)).isEqualTo(records));
    }

    @Property(tries = 1_000)
    void scanner_and_framer_agree(@ForAll("anyText") String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        // With a comment character that doesn't occur, the framer reads every record.
        assertThat(Seen.all(ALLOW.comment('#'), bytes)).isEqualTo(Seen.all(ALLOW, bytes));
    }

    @Property(tries = 1_000)
    void chunks_and_batches_make_no_difference(
            @ForAll("anyText") String text,
            @ForAll @IntRange(min = 1, max = 150) int chunk,
            @ForAll @IntRange(min = 1, max = 5) int maxRecords)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        RecordSource<Row> source = ALLOW.read(TestBytes.of(bytes).chunked(chunk));
        assertThat(Seen.all(source, 1, maxRecords)).isEqualTo(Seen.all(ALLOW, bytes));
    }

    @Property(tries = 1_000)
    void splits_give_the_sequential_records(
            @ForAll("anyText") String text, @ForAll @IntRange(min = 1, max = 40) int splits)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        CsvFormat blind = ALLOW.quotedNewlines(false);
        for (CsvFormat format : List.of(ALLOW.scanForSplits(true), blind)) {
            RecordSource<Row> source = format.read(TestBytes.of(bytes));
            assertThat(Seen.anywhere(Seen.all(source, splits, 1_000)))
                    .isEqualTo(Seen.anywhere(Seen.all(format, bytes)));
        }
    }

    @Property(tries = 500)
    void going_on_anywhere_gives_the_rest(@ForAll("anyText") String text) throws IOException {
        RecordSource<Row> source =
                Csv.withoutHeader().read(TestBytes.of(text.getBytes(StandardCharsets.UTF_8)));
        SourceSplit split = source.splits(1).get(0);
        List<Seen> all = Seen.from(source, split, split.startPosition(), 1_000);
        for (int i = 0; i < all.size(); i++) {
            assertThat(Seen.from(source, split, all.get(i).position(), 1_000))
                    .isEqualTo(all.subList(i, all.size()));
        }
    }

    @Property(tries = 1_000)
    void every_byte_is_in_one_record_or_between_records(@ForAll("anyText") String text)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String content = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = 0;
        for (Seen seen : Seen.all(ALLOW, bytes)) {
            int start = (int) seen.position().offset();
            assertThat(content.substring(at, start)).matches("[\r\n]*");
            assertThat(content.substring(start)).startsWith(seen.raw());
            at = start + seen.raw().length();
        }
        assertThat(content.substring(at)).matches("[\r\n]*");
    }

    @Property(tries = 1_000)
    void what_the_encoder_writes_is_read_back(
            @ForAll("table") List<List<String>> table, @ForAll @IntRange(max = 2) int lineEnd)
            throws IOException {
        for (CsvFormat format :
                List.of(
                        Csv.withoutHeader(),
                        Csv.withoutHeader().escape('\\'),
                        Csv.withoutHeader().delimiter('\t').quote('\'').comment('a'))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            format.encoder().lineEnd(LINE_ENDS[lineEnd]).encode(TestRows.batch(table), out);
            assertThat(Seen.good(Seen.all(format, out.toByteArray()))).isEqualTo(table);
        }
    }

    @Property(tries = 300)
    void a_quote_injected_at_a_record_start_loses_only_that_record(
            @ForAll @IntRange(min = 3, max = 40) int rows,
            @ForAll @IntRange(max = 1) int withQuoted)
            throws IOException {
        StringBuilder text = new StringBuilder();
        int[] starts = new int[rows];
        for (int i = 0; i < rows; i++) {
            starts[i] = text.length();
            String name = withQuoted == 1 && i % 3 == 0 ? "\"Smith, " + i + "\"" : "Jones" + i;
            text.append(i).append(',').append(name).append(",x").append(i * i).append('\n');
        }
        List<Seen> whole =
                Seen.all(Csv.withoutHeader(), text.toString().getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < rows; i++) {
            String broken = new StringBuilder(text).insert(starts[i], '"').toString();
            List<Seen> seen =
                    Seen.all(Csv.withoutHeader(), broken.getBytes(StandardCharsets.UTF_8));

            List<List<String>> others = new java.util.ArrayList<>(Seen.good(whole));
            others.remove(i);
            assertThat(Seen.good(seen)).isEqualTo(others);
            assertThat(Seen.bad(seen))
                    .singleElement()
                    .satisfies(bad -> assertThat(bad.raw()).startsWith("\""));
            assertThat(Seen.bad(seen).get(0).position().offset()).isEqualTo(starts[i]);
        }
    }
}
