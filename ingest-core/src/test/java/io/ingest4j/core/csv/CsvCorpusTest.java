package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file of the corpus, read in every way. */
class CsvCorpusTest {

    private static final String FILES = "io.ingest4j.core.csv.CorpusFile#all";

    @ParameterizedTest
    @MethodSource(FILES)
    void records_and_rejected_records_are_as_written_down(CorpusFile file) throws IOException {
        List<Seen> seen = Seen.all(file.format(), file.bytes());

        assertThat(Seen.good(seen)).isEqualTo(file.records());
        List<Seen> bad = Seen.bad(seen);
        assertThat(bad).hasSameSizeAs(file.bad());
        for (int i = 0; i < bad.size(); i++) {
            CorpusFile.Bad expected = file.bad().get(i);
            assertThat(bad.get(i).position().detail()).isEqualTo(expected.line());
            assertThat(bad.get(i).position().offset()).isEqualTo(expected.offset());
            assertThat(bad.get(i).raw()).isEqualTo(expected.raw());
            assertThat(bad.get(i).reason()).contains(expected.reason());
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void names_are_those_of_the_header(CorpusFile file) throws IOException {
        RecordSource<Row> source = file.format().read(TestBytes.of(file.bytes()));
        SourceSplit split = source.splits(1).get(0);
        try (RecordReader<Row> reader = source.open(split, split.startPosition())) {
            Optional<SourceBatch<Row>> batch = reader.read(1, 1);
            if (batch.isPresent() && !file.names().isEmpty()) {
                assertThat(batch.get().record(0).names()).isEqualTo(file.names());
            }
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void raw_bytes_are_those_of_the_source_at_the_offset(CorpusFile file) throws IOException {
        String content = new String(file.bytes(), StandardCharsets.ISO_8859_1);
        for (Seen seen : Seen.all(file.format(), file.bytes())) {
            assertThat(content.substring((int) seen.position().offset())).startsWith(seen.raw());
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void chunks_of_any_size_and_batches_of_any_size_make_no_difference(CorpusFile file)
            throws IOException {
        List<Seen> expected = Seen.all(file.format(), file.bytes());
        for (int chunk : new int[] {1, 2, 3, 4, 5, 7, 63, 64, 65}) {
            for (int maxRecords : new int[] {1, 2, 3, 1_000}) {
                TestBytes bytes = TestBytes.of(file.bytes()).chunked(chunk);
                assertThat(Seen.all(file.format().read(bytes), 1, maxRecords))
                        .as("chunks of %s, batches of %s", chunk, maxRecords)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void a_stream_cut_in_two_anywhere_makes_no_difference(CorpusFile file) throws IOException {
        List<Seen> expected = Seen.all(file.format(), file.bytes());
        for (int cut = 1; cut < file.bytes().length; cut++) {
            TestBytes bytes = TestBytes.of(file.bytes()).cutAt(cut);
            assertThat(Seen.all(file.format().read(bytes), 1, 1_000))
                    .as("cut at %s", cut)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void record_numbers_count_good_and_bad_records(CorpusFile file) throws IOException {
        List<Seen> seen = Seen.all(file.format(), file.bytes());
        for (int i = 0; i < seen.size(); i++) {
            assertThat(seen.get(i).position().recordNumber()).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void going_on_at_any_record_gives_the_rest(CorpusFile file) throws IOException {
        RecordSource<Row> source = file.format().read(TestBytes.of(file.bytes()));
        SourceSplit split = source.splits(1).get(0);
        List<Seen> expected = Seen.from(source, split, split.startPosition(), 1_000);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Seen.from(source, split, expected.get(i).position(), 1_000))
                    .as("from %s", expected.get(i).position())
                    .isEqualTo(expected.subList(i, expected.size()));
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void going_on_after_any_batch_gives_the_rest(CorpusFile file) throws IOException {
        RecordSource<Row> source = file.format().read(TestBytes.of(file.bytes()));
        SourceSplit split = source.splits(1).get(0);
        List<Seen> expected = Seen.from(source, split, split.startPosition(), 1_000);
        List<Seen> before = new ArrayList<>();
        try (RecordReader<Row> reader = source.open(split, split.startPosition())) {
            Optional<SourceBatch<Row>> batch = reader.read(1, Long.MAX_VALUE);
            while (batch.isPresent()) {
                before.addAll(Seen.in(batch.get()));
                assertThat(batch.get().end()).isEqualTo(reader.position());
                List<Seen> all = new ArrayList<>(before);
                all.addAll(Seen.from(source, split, reader.position(), 1_000));
                assertThat(all).isEqualTo(expected);
                batch = reader.read(1, Long.MAX_VALUE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void any_number_of_scanned_splits_gives_the_same_records(CorpusFile file) throws IOException {
        List<Seen> expected = Seen.all(file.format(), file.bytes());
        CsvFormat scanning = file.format().scanForSplits(true);
        for (int splits = 1; splits <= file.bytes().length + 1; splits++) {
            RecordSource<Row> source = scanning.read(TestBytes.of(file.bytes()));
            List<Seen> seen = Seen.all(source, splits, 1_000);
            assertThat(Seen.anywhere(seen))
                    .as("%s splits", splits)
                    .isEqualTo(Seen.anywhere(expected));
            assertThat(seen.stream().map(s -> s.position().detail()))
                    .isEqualTo(expected.stream().map(s -> s.position().detail()).toList());
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void any_number_of_blind_splits_gives_the_records_that_one_gives(CorpusFile file)
            throws IOException {
        CsvFormat blind = file.format().quotedNewlines(false);
        List<Seen> expected = Seen.all(blind, file.bytes());
        for (int splits = 1; splits <= file.bytes().length + 1; splits++) {
            RecordSource<Row> source = blind.read(TestBytes.of(file.bytes()));
            assertThat(Seen.anywhere(Seen.all(source, splits, 2)))
                    .as("%s splits", splits)
                    .isEqualTo(Seen.anywhere(expected));
        }
    }

    @ParameterizedTest
    @MethodSource(FILES)
    void fastcsv_reads_the_same(CorpusFile file) {
        if (file.oracle()) {
            assertThat(Oracle.records(file.name(), file.bytes())).isEqualTo(file.records());
        }
    }
}
