package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.bytes.Bytes;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.core.file.FileSource;
import io.ingest4j.core.file.Gzip;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** COMPLETED means written: jobs that share a store, under names and without, with what changes between runs. */
class JobIdentityTest {

    private static final String CSV = "id,n\n1,a\n2,b\n3,c\n";

    @TempDir Path directory;
    private Path customers;
    private CheckpointStore store;

    @BeforeEach
    void prepare() throws IOException {
        customers = Files.writeString(directory.resolve("customers.csv"), CSV);
        store = CheckpointStores.directory(directory.resolve("state"));
    }

    /** Remembers what it got, under which keys, and refuses everything after so many records. */
    private static final class Api implements RecordSink<Row> {
        private static final long serialVersionUID = 1;
        final transient List<String> received = new ArrayList<>();
        final transient List<String> keys = new ArrayList<>();
        private final String identity;
        int most = Integer.MAX_VALUE;

        Api(String identity) {
            this.identity = identity;
        }

        @Override
        public String identity() {
            return identity;
        }

        @Override
        public RecordWriter<Row> open(WriterContext context) {
            return new RecordWriter<>() {
                @Override
                public CompletionStage<WriteResult> write(RecordBatch<? extends Row> batch) {
                    keys.add(batch.key(0));
                    if (received.size() >= most) {
                        return CompletableFuture.completedFuture(
                                WriteResult.failed(
                                        new WriteFailure(Action.ABORT, "full", ""),
                                        PermitOutcome.ANSWERED));
                    }
                    received.add(batch.record(0).get(0));
                    return CompletableFuture.completedFuture(WriteResult.delivered());
                }

                @Override
                public void close() {}
            };
        }
    }

    /** Bytes that no version tells from others, and that can only be read from their start. */
    private static final class Export implements ByteSource {
        private static final long serialVersionUID = 1;
        byte[] content;
        int opened;
        int shrinksAt;
        int changesAt = Integer.MAX_VALUE;
        byte[] changed = {};
        boolean failsToClose;
        private final String identity;

        Export(String identity, String content) {
            this.identity = identity;
            this.content = content.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public List<ByteObject> objects() {
            return List.of(new ByteObject("export", "", ByteObject.UNKNOWN, false));
        }

        @Override
        public InputStream open(ByteObject object, long offset) throws IOException {
            if (offset > 0) {
                throw new IOException("nothing proves that the bytes before are the same");
            }
            boolean isWhole = ++opened != shrinksAt;
            byte[] now = opened >= changesAt ? changed : content;
            return new ByteArrayInputStream(now, 0, isWhole ? now.length : 5) {
                @Override
                public void close() throws IOException {
                    if (failsToClose) {
                        throw new IOException("broken pipe");
                    }
                }
            };
        }

        @Override
        public String identity() {
            return identity;
        }
    }

    private FileSource customers() {
        return FileSource.of(customers);
    }

    private IngestReport run(RecordSource<Row> source, RecordSink<Row> sink) {
        return Ingest.from(source).maxInFlight(1).to(sink).checkpoint(store).start().await();
    }

    private IngestReport named(String name, RecordSource<Row> source, RecordSink<Row> sink) {
        return Ingest.from(source)
                .maxInFlight(1)
                .name(name)
                .to(sink)
                .checkpoint(store)
                .start()
                .await();
    }

    private FileSink<Row> csvFile(String name) {
        return FileSink.of(directory.resolve(name), Csv.withHeader().encoder());
    }

    private static String failure(IngestReport report) {
        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.failure()).containsInstanceOf(CheckpointException.class);
        return report.failure().orElseThrow().getMessage();
    }

    @Test
    void the_same_source_to_another_sink_is_another_job() throws IOException {
        run(customers().as(Csv.withHeader()), new Api("POST https://a/x"));

        IngestReport copy =
                Ingest.from(customers().as(Bytes.chunks()))
                        .to(FileSink.of(directory.resolve("copy.csv"), Bytes.encoder()))
                        .checkpoint(store)
                        .run();

        assertThat(copy.nothingToDo()).isEmpty();
        assertThat(directory.resolve("copy.csv")).hasContent(CSV);
        Api other = new Api("POST https://b/x");
        assertThat(run(customers().as(Csv.withHeader()), other).state())
                .isEqualTo(RunState.COMPLETED);
        assertThat(other.received).containsExactly("1", "2", "3");
    }

    @Test
    void what_one_sink_got_never_counts_as_delivered_to_another() {
        Api first = new Api("POST https://a/x");
        first.most = 1;
        named("nightly", customers().as(Csv.withHeader()), first);
        Api second = new Api("POST https://b/x");

        String message = failure(named("nightly", customers().as(Csv.withHeader()), second));

        assertThat(message)
                .startsWith("job nightly must go on from file:")
                .contains(
                        "customers.csv as csv to POST https://a/x, as it was begun, was to be from")
                .contains(" to POST https://b/x; give this job a name of its own")
                .endsWith(
                        "startOver(); if only the address of the sink is another,"
                                + " sinkIdentity(\"POST https://a/x\") says so");
        assertThat(second.received).isEmpty();
        first.most = 10;
        named("nightly", customers().as(Csv.withHeader()), first);
        assertThat(first.received).containsExactly("1", "2", "3");
    }

    @Test
    void a_completed_job_is_not_replaced_by_another_of_its_name() throws IOException {
        Api api = new Api("POST https://a/x");
        named("nightly", customers().as(Csv.withHeader()), api);
        Path orders = Files.writeString(directory.resolve("orders.csv"), "id,n\n7,x\n");

        String message = failure(named("nightly", FileSource.of(orders).as(Csv.withHeader()), api));

        assertThat(message).contains("orders.csv as csv to POST https://a/x; give this job a name");
        IngestReport again = named("nightly", customers().as(Csv.withHeader()), api);
        assertThat(again.nothingToDo()).isPresent();
        assertThat(api.received).containsExactly("1", "2", "3");
    }

    @Test
    void another_source_is_named_even_if_the_first_has_not_changed() throws IOException {
        Api api = new Api("POST https://a/x");
        api.most = 1;
        named("nightly", customers().as(Csv.withHeader()), api);
        Path orders = Files.writeString(directory.resolve("orders.csv"), "id,n\n7,x\n");

        IngestReport report = named("nightly", FileSource.of(orders).as(Csv.withHeader()), api);

        assertThat(failure(report)).contains("customers.csv as csv").contains("orders.csv as csv");
    }

    @Test
    void starting_over_takes_a_name_from_another_job() {
        named("nightly", customers().as(Csv.withHeader()), new Api("POST https://a/x"));
        Api other = new Api("POST https://b/x");

        Ingest.from(customers().as(Csv.withHeader()))
                .name("nightly")
                .to(other)
                .checkpoint(store)
                .startOver()
                .run();

        assertThat(other.received).containsExactly("1", "2", "3");
        assertThat(named("nightly", customers().as(Csv.withHeader()), other).nothingToDo())
                .isPresent();
    }

    @Test
    void another_file_gets_the_records_too() {
        run(customers().as(Csv.withHeader()), csvFile("a.csv"));
        run(customers().as(Csv.withHeader()), csvFile("b.csv"));

        assertThat(directory.resolve("b.csv")).hasSameBinaryContentAs(directory.resolve("a.csv"));
        failure(named("n", customers().as(Csv.withHeader()), named("n")));
    }

    /** Runs a job of that name into a.csv, and returns another target for it. */
    private RecordSink<Row> named(String name) {
        named(name, customers().as(Csv.withHeader()), csvFile("a.csv"));
        return csvFile("b.csv");
    }

    @Test
    void a_finished_target_that_is_gone_is_told_and_not_made_again() throws IOException {
        run(customers().as(Csv.withHeader()), csvFile("a.csv"));
        Path target = directory.resolve("a.csv");
        Files.move(target, directory.resolve("moved.csv"));

        IngestReport report = run(customers().as(Csv.withHeader()), csvFile("a.csv"));

        assertThat(report.state()).isEqualTo(RunState.COMPLETED);
        assertThat(report.nothingToDo().orElseThrow())
                .contains("/a.csv as text/csv")
                .contains("is gone or holds something else")
                .contains("startOver() writes it again");
        assertThat(report.thisRun().delivered()).isZero();
        assertThat(report.toString()).contains("is gone or holds something else");
        assertThat(target).doesNotExist();
        Ingest.from(customers().as(Csv.withHeader()))
                .to(csvFile("a.csv"))
                .checkpoint(store)
                .startOver()
                .run();
        assertThat(target).hasSameBinaryContentAs(directory.resolve("moved.csv"));
    }

    @Test
    void a_finished_target_that_another_job_has_replaced_is_told() throws IOException {
        run(customers().as(Csv.withHeader()), csvFile("a.csv"));
        Path orders = Files.writeString(directory.resolve("orders.csv"), "id,n\n7,x\n");
        run(FileSource.of(orders).as(Csv.withHeader()), csvFile("a.csv"));

        IngestReport report = run(customers().as(Csv.withHeader()), csvFile("a.csv"));

        assertThat(report.nothingToDo().orElseThrow()).contains("holds something else");
        assertThat(directory.resolve("a.csv")).content().contains("7");
    }

    @Test
    void a_run_with_nothing_to_do_says_so_beside_what_the_job_did() {
        Api api = new Api("POST https://a/x");
        run(customers().as(Csv.withHeader()), api);

        IngestReport report = run(customers().as(Csv.withHeader()), api);

        assertThat(report.nothingToDo().orElseThrow())
                .startsWith("completed on 2")
                .endsWith(", and the source has not changed since");
        assertThat(report.runs()).isEqualTo(1);
        assertThat(report.ledger().delivered()).isEqualTo(3);
        assertThat(report.thisRun().read()).isZero();
        assertThat(report.thisRun().delivered()).isZero();
        assertThat(report.toString())
                .contains("nothing to do: completed on")
                .contains("this run    read 0 = delivered 0 +")
                .contains("whole job   read 3 = delivered 3 +");
        assertThat(report.toJson()).contains("\"nothingToDo\":\"completed on ");
    }

    @Test
    void the_report_tells_what_this_run_did_of_the_job() {
        Api api = new Api("POST https://a/x");
        api.most = 1;
        run(customers().as(Csv.withHeader()), api);
        api.most = 10;

        IngestReport report = run(customers().as(Csv.withHeader()), api);

        assertThat(report.thisRun().delivered()).isEqualTo(2);
        assertThat(report.ledger().delivered()).isEqualTo(3);
        assertThat(report.runs()).isEqualTo(2);
        assertThat(report.thisRun().elapsed()).isLessThan(report.ledger().elapsed());
    }

    @Test
    void the_derived_name_is_for_people_and_its_own_for_each_pair_of_ends() {
        IngestReport report =
                run(customers().as(Csv.withHeader()), new Api("POST https://a/Process"));

        assertThat(report.job()).matches("customers\\.csv-to-process-[0-9a-f]{16}");
        assertThat(DerivedName.of("a", "bc")).isNotEqualTo(DerivedName.of("ab", "c"));
        assertThat(DerivedName.of("s3://b/x/* as csv", "POST https://h/"))
                .matches("[A-Za-z0-9._-]{1,100}");
    }

    @Test
    void ends_without_an_identity_need_a_name() {
        RecordSink<Row> lambda = new Api("POST https://a/x")::open;

        assertThatThrownBy(() -> run(customers().as(Csv.withHeader()), lambda))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name must be set with name(...) where checkpoints are kept")
                .hasMessageContaining(
                        "the sink has no identity(), as with " + getClass().getName());
        assertThat(named("mine", customers().as(Csv.withHeader()), lambda).state())
                .isEqualTo(RunState.COMPLETED);
        assertThat(Ingest.from(customers().as(Csv.withHeader())).to(lambda).run().job())
                .isEqualTo("ingest");
    }

    @Test
    void an_identity_can_be_given_to_ends_without_one_and_to_ends_that_move() {
        Api api = new Api("POST https://blue/x");
        Api moved = new Api("POST https://green/x");
        api.most = 1;
        for (Api at : List.of(api, moved)) {
            Ingest.from(customers().as(Csv.withHeader()))
                    .maxInFlight(1)
                    .sinkIdentity("our API")
                    .to(at)
                    .checkpoint(store)
                    .start()
                    .await();
        }

        assertThat(moved.received).containsExactly("2", "3");
        assertThatThrownBy(() -> Ingest.from(customers().as(Csv.withHeader())).sourceIdentity(" "))
                .hasMessage("sourceIdentity must not be blank, was ' '");
    }

    @Test
    void an_identity_that_came_later_is_refused_with_the_way_to_go_on() {
        Api api = new Api("");
        api.most = 1;
        named("crm", customers().as(Csv.withHeader()), api);
        Api known = new Api("POST https://a/x");

        String message = failure(named("crm", customers().as(Csv.withHeader()), known));

        assertThat(message)
                .contains(" to something without an identity(), as it was begun, was to be ")
                .endsWith(
                        "startOver(); if the sink is the same, it goes on as it was begun, without"
                                + " identity() and sinkIdentity()")
                .doesNotContain("sourceIdentity");
        assertThat(known.received).isEmpty();
    }

    @Test
    void a_checkpoint_of_the_old_form_is_refused_with_the_way_out() throws IOException {
        Files.createDirectories(directory.resolve("state"));
        Files.writeString(
                directory.resolve("state/old.checkpoint"),
                "ingest4j-checkpoint 1 3 00000000\nx y\n");
        Api api = new Api("POST https://a/x");

        String message = failure(named("old", customers().as(Csv.withHeader()), api));

        assertThat(message)
                .contains("must be of version 2, was of version 1")
                .contains("finish the job with the release of ingest4j that began it")
                .contains("startOver() begins the job at the start of its source");
        assertThat(api.received).isEmpty();
    }

    @Test
    void a_source_without_a_version_is_read_again_after_a_completed_run_under_other_keys() {
        Export day1 = new Export("https://h/export.csv", "id,n\n1,a\n2,b\n");
        Export day2 = new Export("https://h/export.csv", "id,n\n3,a\n4,b\n");
        Api api = new Api("POST https://a/x");
        run(day1.as(Csv.withHeader()), api);

        IngestReport second = run(day2.as(Csv.withHeader()), api);

        assertThat(second.nothingToDo()).isEmpty();
        assertThat(second.ledger().delivered()).isEqualTo(2);
        assertThat(api.received).containsExactly("1", "2", "3", "4");
        assertThat(api.keys).doesNotHaveDuplicates();
        Ingest.from(day2.as(Csv.withHeader())).to(api).run();
        assertThat(api.keys).doesNotHaveDuplicates();
    }

    @Test
    void a_source_without_a_version_goes_on_under_the_same_keys_where_its_content_is_the_same() {
        Export export = new Export("https://h/export.csv", CSV);
        Api api = new Api("POST https://a/x");
        api.most = 2;
        run(export.as(Csv.withHeader()), api);
        api.most = 10;

        IngestReport second = run(export.as(Csv.withHeader()), api);

        assertThat(second.state()).isEqualTo(RunState.COMPLETED);
        assertThat(api.received).containsExactly("1", "2", "3");
        assertThat(api.keys).hasSize(4).element(3).isEqualTo(api.keys.get(2)); // "3" came twice
        assertThat(second.ledger().read()).isEqualTo(3);
        assertThat(second.thisRun().read()).isEqualTo(1);
    }

    @Test
    void a_source_without_a_version_is_refused_where_what_was_read_differs() {
        for (String other :
                List.of(
                        "id,n\n1,a\n2,X\n3,c\n", // a value, of the same length
                        "id,m\n1,a\n2,b\n3,c\n", // a name of the header
                        "id,n\n1,a\n")) { // the second record is gone
            Export export = new Export("https://h/" + other.length() + other.charAt(3), CSV);
            Api api = new Api("POST https://a/x");
            api.most = 2;
            run(export.as(Csv.withHeader()), api);
            api.most = 10;
            export.content = other.getBytes(StandardCharsets.UTF_8);

            IngestReport second = run(export.as(Csv.withHeader()), api);

            assertThat(second.failure()).as(other).containsInstanceOf(SourceChangedException.class);
            assertThat(api.received).as(other).containsExactly("1", "2");
        }
    }

    @Test
    void an_object_without_a_version_that_was_read_to_its_end_is_compared_too() {
        Export first = new Export("https://h/1.csv", "id,n\n1,a\n2,b\n");
        Export second = new Export("https://h/2.csv", "id,n\n3,a\n4,b\n");
        ByteSource both =
                new ByteSource() {
                    private static final long serialVersionUID = 1;

                    @Override
                    public List<ByteObject> objects() {
                        return List.of(
                                new ByteObject("1", "", ByteObject.UNKNOWN, false),
                                new ByteObject("2", "", ByteObject.UNKNOWN, false));
                    }

                    @Override
                    public InputStream open(ByteObject object, long offset) throws IOException {
                        return (object.name().equals("1") ? first : second).open(object, offset);
                    }

                    @Override
                    public String identity() {
                        return "https://h/*";
                    }
                };
        Api api = new Api("POST https://a/x");
        api.most = 3;
        run(both.as(Csv.withHeader()), api);
        assertThat(api.received).containsExactly("1", "2", "3");
        api.most = 10;
        first.content = "id,n\n1,a\n2,X\n".getBytes(StandardCharsets.UTF_8);

        IngestReport report = run(both.as(Csv.withHeader()), api);

        assertThat(report.failure()).containsInstanceOf(SourceChangedException.class);
    }

    @Test
    void a_gathering_sink_goes_on_with_a_source_without_a_version() {
        StringBuilder csv = new StringBuilder("id,n\n");
        for (int i = 0; i < 5_000; i++) {
            csv.append(i).append(",x\n");
        }
        Export export = new Export("https://h/export.csv", csv.toString());
        int[] left = {2_500};
        Ingest.from(export.as(Csv.withHeader()))
                .name("export")
                .batchSize(10)
                .map(
                        row -> {
                            if (left[0]-- == 0) {
                                throw new IllegalStateException("on purpose");
                            }
                            return row;
                        })
                .to(csvFile("a.csv"))
                .checkpoint(store)
                .start()
                .await();

        IngestReport second = named("export", export.as(Csv.withHeader()), csvFile("a.csv"));

        assertThat(second.state()).isEqualTo(RunState.COMPLETED);
        assertThat(second.runs()).isEqualTo(2);
        assertThat(directory.resolve("a.csv").toFile()).hasSize(csv.length() + 5_001L);
    }

    @Test
    void a_source_without_a_version_goes_on_whatever_batches_it_is_read_in() {
        StringBuilder csv = new StringBuilder("id,n\n");
        for (int i = 0; i < 5_000; i++) {
            csv.append(i).append(",x\n");
        }
        Export export = new Export("https://h/export.csv", csv.toString());
        Api api = new Api("POST https://a/x");
        List<Throwable> failures = new ArrayList<>();
        RunState state = RunState.FAILED;
        for (int batchSize : new int[] {1, 700, 300, 1_000}) {
            api.most = batchSize == 1_000 ? 5_000 : api.received.size() + 3; // requests
            IngestReport report =
                    Ingest.from(export.as(Csv.withHeader()))
                            .batchSize(batchSize)
                            .maxInFlight(1)
                            .to(api)
                            .checkpoint(store)
                            .start()
                            .await();
            state = report.state();
            report.failure().ifPresent(failures::add);
        }
        assertThat(state).isEqualTo(RunState.COMPLETED);
        assertThat(failures).doesNotHaveAnyElementsOfTypes(SourceChangedException.class);
    }

    @Test
    void a_source_without_a_version_that_shrinks_after_it_was_compared_is_refused() {
        Export export = new Export("https://h/export.csv", CSV);
        Api api = new Api("POST https://a/x");
        api.most = 1;
        run(export.as(Csv.withHeader()), api);
        api.most = 10;
        export.shrinksAt = export.opened + 2; // opened to be compared, and to be read

        IngestReport second = run(export.as(Csv.withHeader()), api);

        assertThat(second.failure()).containsInstanceOf(SourceChangedException.class);
    }

    @Test
    void a_source_without_a_version_that_changes_while_it_is_read_again_stays_refused() {
        Export export = new Export("https://h/export.csv", CSV);
        byte[] other = "id,n\n1,X\n2,Y\n3,Z\n".getBytes(StandardCharsets.UTF_8);
        Api api = new Api("POST https://a/x");
        api.most = 2;
        run(export.as(Csv.withHeader()), api);
        api.most = 10;
        export.changesAt = export.opened + 2; // opened to be compared, and to be read
        export.changed = other;

        for (int again = 0; again < 2; again++) {
            IngestReport next = run(export.as(Csv.withHeader()), api);

            assertThat(next.failure()).containsInstanceOf(SourceChangedException.class);
            assertThat(next.ledger().readBytes()).isEqualTo("id,n\n1,a\n2,b\n".length());
        }
        assertThat(api.received).containsExactly("1", "2");
    }

    @Test
    void a_reader_that_fails_to_close_after_it_has_compared_does_no_harm() {
        Export export = new Export("https://h/export.csv", CSV);
        Api api = new Api("POST https://a/x");
        api.most = 2;
        run(export.as(Csv.withHeader()), api);
        api.most = 10;
        export.failsToClose = true;

        IngestReport second = run(export.as(Csv.withHeader()), api);

        assertThat(second.state()).isEqualTo(RunState.COMPLETED);
        assertThat(api.received).containsExactly("1", "2", "3");
    }

    @Test
    void a_target_that_can_not_be_looked_at_fails_the_run_with_the_reason() throws IOException {
        RecordSink<Row> sink =
                new Sink(csvFile("a.csv")) {
                    private static final long serialVersionUID = 1;

                    @Override
                    public boolean isIntact(byte[] state) throws IOException {
                        throw new IOException("no answer");
                    }
                };
        named("x", customers().as(Csv.withHeader()), sink);

        IngestReport second = named("x", customers().as(Csv.withHeader()), sink);

        assertThat(second.state()).isEqualTo(RunState.FAILED);
        assertThat(second.failure()).get().hasToString("java.io.IOException: no answer");
    }

    /** What another sink is, to be changed. */
    private static class Sink implements RecordSink<Row> {
        private static final long serialVersionUID = 1;
        private final RecordSink<Row> other;

        Sink(RecordSink<Row> other) {
            this.other = other;
        }

        @Override
        public RecordWriter<Row> open(WriterContext context) throws IOException {
            return other.open(context);
        }
    }

    @Test
    void gzip_gives_no_version_to_what_has_none() {
        Export day1 = new Export("https://h/export.csv.gz", "");
        Export day2 = new Export("https://h/export.csv.gz", "");
        day1.content = gzip("id,n\n1,a\n");
        day2.content = gzip("id,n\n2,a\n");
        Api api = new Api("POST https://a/x");

        run(Gzip.of(day1).as(Csv.withHeader()), api);
        run(Gzip.of(day2).as(Csv.withHeader()), api);

        assertThat(api.received).containsExactly("1", "2");
        assertThat(api.keys).doesNotHaveDuplicates();
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
