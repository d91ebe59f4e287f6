package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DeadLettersTest {

    @TempDir private Path directory;

    private final FaultyDisk disk = new FaultyDisk();
    private Path file;

    @BeforeEach
    void begin() {
        file = directory.resolve("failed.ndjson");
    }

    static DeadLetter letter(int number, byte[] raw, String detail) {
        return new DeadLetter(
                "s3://bucket/customers.csv",
                "\"etag\"",
                new Position("0", number, 100L + number, "line=" + (number + 2)),
                "0123456789abcdef-" + (100 + number),
                ByteBuffer.wrap(raw).asReadOnlyBuffer(),
                List.of("id", "näme"),
                3,
                new WriteFailure(Action.RETRY, "HTTP 503", detail),
                Instant.parse("2025-05-06T07:08:09.123456789Z"));
    }

    static DeadLetter letter(int number) {
        return letter(number, (number + ",Ada").getBytes(StandardCharsets.UTF_8), "busy");
    }

    private CompletableFuture<WriteResult> write(
            RecordWriter<DeadLetter> writer, DeadLetter... letters) {
        return writer.write(TestBatch.of(letters)).toCompletableFuture();
    }

    private void append(DeadLetter... letters) throws IOException {
        try (RecordWriter<DeadLetter> writer = LetterWriter.open(file, disk)) {
            assertThat(write(writer, letters).join().isDelivered()).isTrue();
        }
    }

    private List<DeadLetter> replay() throws IOException {
        List<DeadLetter> letters = new ArrayList<>();
        for (SourceBatch<DeadLetter> batch : batches(7, 10_000)) {
            assertThat(batch.rejected()).isEmpty();
            for (int i = 0; i < batch.size(); i++) {
                letters.add(batch.record(i));
            }
        }
        return letters;
    }

    private List<SourceBatch<DeadLetter>> batches(int maxRecords, long maxBytes)
            throws IOException {
        RecordSource<DeadLetter> source = DeadLetters.replay(file);
        SourceSplit split = source.splits(4).get(0);
        List<SourceBatch<DeadLetter>> batches = new ArrayList<>();
        try (RecordReader<DeadLetter> reader = source.open(split, split.startPosition())) {
            Optional<SourceBatch<DeadLetter>> batch = reader.read(maxRecords, maxBytes);
            while (batch.isPresent()) {
                batches.add(batch.get());
                batch = reader.read(maxRecords, maxBytes);
            }
        }
        return batches;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    // Writing and reading back

    @Test
    void letter_is_a_line_that_people_can_read() throws IOException {
        append(letter(1));
        assertThat(file)
                .hasContent(
                        """
                        {"time":"2025-05-06T07:08:09.123456789Z","source":"s3://bucket/customers.csv",\
                        "version":"\\"etag\\"","position":"p1:0:1:101:line%3D3","line":3,"record":1,"offset":101,\
                        "length":5,"key":"0123456789abcdef-101","attempts":3,"action":"RETRY",\
                        "kind":"HTTP 503","detail":"busy","fields":["id","näme"],"raw":"1,Ada"}
                        """);
    }

    private static DeadLetter letterAt(String detail, byte[] raw) {
        DeadLetter letter = letter(1, raw, "");
        return new DeadLetter(
                letter.source(),
                letter.version(),
                new Position("0", 1, 101, detail),
                letter.key(),
                letter.raw(),
                List.of(),
                0,
                letter.failure(),
                letter.time());
    }

    @Test
    void line_and_column_have_members_of_their_own_where_they_are_known() {
        assertThat(line("line=31,column=7", "x".getBytes(StandardCharsets.UTF_8)))
                .contains(":line%3D31%2Ccolumn%3D7\",\"line\":31,\"column\":7,\"record\":1,");
        assertThat(line("line=31", "x".getBytes(StandardCharsets.UTF_8)))
                .contains("\"line\":31,\"record\"");
        for (String unknown : List.of("", "line=", "line=x", "cursor=line=3", "offline=3")) {
            assertThat(line(unknown, "x".getBytes(StandardCharsets.UTF_8)))
                    .doesNotContain("\"line\":", "\"column\":");
        }
    }

    private static String line(String detail, byte[] raw) {
        return new String(LetterJson.write(letterAt(detail, raw)), StandardCharsets.UTF_8);
    }

    @Test
    void bytes_that_are_no_utf_8_have_a_text_for_people_beside_them() throws IOException {
        Charset cyrillic = Charset.forName("windows-1251");
        assertThat(line("", "7;Müller;a\u0007".getBytes(StandardCharsets.ISO_8859_1)))
                .endsWith(",\"rawBase64\":\"NztN/GxsZXI7YQc=\",\"rawText\":\"7;M�ller;a�\"}\n");
        assertThat(line("", "1;январь".getBytes(cyrillic))).contains("\"rawText\":\"1;�");
        assertThat(line("", "id,name;1,Ada;2,Bob;3".getBytes(StandardCharsets.UTF_16LE)))
                .contains("\"rawText\":\"id,name;1,Ada;2,Bob;3\"");
        byte[] large = new byte[1 << 20];
        Arrays.fill(large, (byte) 0xE4);
        DeadLetter letter = letter(1, large, "");
        append(letter);
        assertThat(Files.readString(file)).contains("\"rawText\":\"" + "�".repeat(1_000) + "\"}");
        assertThat(replay()).containsExactly(letter);
    }

    @Test
    void letters_of_an_earlier_version_are_read() throws IOException {
        Files.writeString(
                file,
                """
                {"time":"2025-05-06T07:08:09Z","source":"a.csv","version":"","position":"p1:0:1:101:line%3D3",\
                "record":1,"offset":101,"length":1,"key":"k-101","attempts":0,"action":"DEAD_LETTER",\
                "kind":"malformed record","detail":"","rawBase64":"5A=="}
                """);
        assertThat(replay())
                .singleElement()
                .satisfies(
                        letter -> {
                            assertThat(letter.position().detail()).isEqualTo("line=3");
                            assertThat(bytes(letter.raw())).containsExactly(0xE4);
                        });
    }

    @Test
    void letters_come_back_as_they_were() throws IOException {
        byte[] large = new byte[1 << 20];
        new SplittableRandom(1).nextBytes(large);
        byte[] text = "é\"\\,😀\r\n".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[128];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        DeadLetter[] letters = {
            letter(0, new byte[0], ""),
            letter(1, large, "x"),
            letter(2, text, "x"),
            letter(3, all, "\u001b[31mred\r\n\u0000\u009b\u2028\ud800"),
            letter(4, new byte[] {(byte) 0xC3}, "x"),
            letter(5, new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, "x"),
            letter(6, new byte[5_000], "x"),
            letter(7, "a\u0085\u009bb".getBytes(StandardCharsets.UTF_8), "x"),
            letter(8, "\ufeffa\n".getBytes(StandardCharsets.UTF_8), "x")
        };
        append(letters);
        assertThat(replay()).containsExactly(letters);
        String content = Files.readString(file);
        assertThat(content.replace("\n", ""))
                .doesNotContainPattern("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]");
        assertThat(content.lines().filter(line -> line.contains("rawBase64"))).hasSize(5);
        assertThat(content.lines().mapToInt(String::length).max().orElseThrow())
                .isLessThan(2 << 20);
    }

    @Test
    void random_letters_come_back_as_they_were() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        List<DeadLetter> letters = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            byte[] raw = new byte[random.nextInt(40)];
            random.nextBytes(raw);
            StringBuilder detail = new StringBuilder();
            for (int c = random.nextInt(20); c > 0; c--) {
                detail.append((char) random.nextInt(random.nextBoolean() ? 0x10000 : 0xA0));
            }
            letters.add(letter(i, raw, detail.toString()));
        }
        append(letters.toArray(DeadLetter[]::new));
        assertThat(replay()).isEqualTo(letters);
    }

    @Test
    void long_detail_is_cut_between_characters() throws IOException {
        append(letter(1, new byte[0], "x".repeat(999) + "😀".repeat(10)));
        assertThat(replay().get(0).failure().detail()).isEqualTo("x".repeat(999));
        assertThat(replay().get(0).raw().remaining()).isZero();
    }

    @Test
    void letters_are_added_to_those_that_are_there() throws IOException {
        append(letter(1));
        append(letter(2), letter(3));
        append(letter(1));
        assertThat(replay()).containsExactly(letter(1), letter(2), letter(3), letter(1));
    }

    // Durability

    @Test
    void result_comes_after_the_force_and_one_force_serves_all_that_wait() throws IOException {
        try (LetterWriter writer = LetterWriter.open(file, disk)) {
            int before = disk.forces;
            disk.gate = new CountDownLatch(1);
            List<CompletableFuture<WriteResult>> stages = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                stages.add(write(writer, letter(i)));
            }
            assertThat(stages).noneMatch(CompletableFuture::isDone);
            disk.gate.countDown();
            for (CompletableFuture<WriteResult> stage : stages) {
                assertThat(stage.join().bytes()).isGreaterThan(100);
            }
            assertThat(disk.forces - before).isBetween(1, 100);
        }
        assertThat(replay()).hasSize(100);
    }

    @Test
    void group_waits_for_one_force_only() throws IOException {
        try (LetterWriter writer = LetterWriter.open(file, disk)) {
            disk.gate = new CountDownLatch(1);
            CompletableFuture<WriteResult> first = write(writer, letter(0));
            List<CompletableFuture<WriteResult>> later = new ArrayList<>();
            for (int i = 1; i < 50; i++) {
                later.add(write(writer, letter(i)));
            }
            int before = disk.forces;
            disk.gate.countDown();
            first.join();
            later.forEach(CompletableFuture::join);
            assertThat(disk.forces - before).isLessThanOrEqualTo(3);
        }
    }

    /** Whoever gave up hands them over again. */
    @Test
    void letters_that_nobody_waits_for_any_more_are_not_written() throws Exception {
        try (LetterWriter writer = LetterWriter.open(file, disk)) {
            disk.gate = new CountDownLatch(1);
            CompletableFuture<WriteResult> first = write(writer, letter(1));
            disk.atGate.await();
            write(writer, letter(2)).cancel(true);
            CompletableFuture<WriteResult> third = write(writer, letter(3));
            disk.gate.countDown();
            first.join();
            third.join();
        }
        assertThat(replay()).containsExactly(letter(1), letter(3));
    }

    @Test
    void failed_force_fails_the_letters_and_all_later_ones() throws IOException {
        try (LetterWriter writer = LetterWriter.open(file, disk)) {
            write(writer, letter(1)).join();
            disk.forceFails = true;
            assertThatThrownBy(() -> write(writer, letter(2)).join())
                    .hasRootCauseMessage("Input/output error");
            disk.forceFails = false;
            assertThatThrownBy(() -> write(writer, letter(3)).join())
                    .hasMessageContaining("no letter can be written to " + file + " any more")
                    .hasRootCauseMessage("Input/output error");
        }
        append(letter(2), letter(4));
        assertThat(replay()).containsExactly(letter(1), letter(2), letter(4));
    }

    @Test
    void full_disk_fails_all_later_letters_and_heals_when_opened_again() throws IOException {
        try (LetterWriter writer = LetterWriter.open(file, disk)) {
            write(writer, letter(1)).join();
            disk.writesFail = true;
            assertThatThrownBy(() -> write(writer, letter(2)).join())
                    .hasMessageContaining("No space left");
            disk.writesFail = false;
            assertThatThrownBy(() -> write(writer, letter(3)).join())
                    .hasMessageContaining("No space left");
        }
        append(letter(4));
        assertThat(replay()).containsExactly(letter(1), letter(4));
    }

    @Test
    void writing_survives_interrupts_of_the_caller() throws IOException {
        try (RecordWriter<DeadLetter> writer =
                DeadLetters.appendTo(file).open(TestBatch.context())) {
            for (int i = 0; i < 50; i++) {
                Thread.currentThread().interrupt();
                write(writer, letter(i)).join();
            }
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(replay()).hasSize(50);
    }

    @Test
    void second_writer_is_refused() throws IOException {
        try (LetterWriter writer = LetterWriter.open(file, disk)) {
            assertThatThrownBy(() -> LetterWriter.open(file, disk))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            file + " must be written by one run at a time, was locked by another");
            write(writer, letter(1)).join();
        }
        append(letter(2));
    }

    @Test
    void directory_must_exist() {
        file = directory.resolve("none/failed.ndjson");
        assertThatThrownBy(this::append)
                .hasMessage("the directory of " + file + " must exist, was not found");
    }

    @Test
    void write_after_close_fails() throws IOException {
        LetterWriter writer = LetterWriter.open(file, disk);
        writer.close();
        assertThatThrownBy(() -> write(writer, letter(1)).join())
                .hasMessageContaining("must be open, was closed");
    }

    // Healing

    @Test
    void last_line_torn_anywhere_is_healed() throws IOException {
        append(letter(1), letter(2));
        byte[] whole = Files.readAllBytes(file);
        int second = new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1;
        int secondAt =
                new String(whole, StandardCharsets.UTF_8)
                        .substring(0, second)
                        .getBytes(StandardCharsets.UTF_8)
                        .length;
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            append(letter(3));
            List<DeadLetter> expected = new ArrayList<>();
            if (length >= secondAt - 1) {
                expected.add(letter(1));
            }
            if (length >= whole.length - 1) {
                expected.add(letter(2));
            }
            expected.add(letter(3));
            assertThat(replay()).as("cut to %d bytes", length).isEqualTo(expected);
        }
    }

    @Test
    void zeros_that_a_power_loss_left_are_cut_off() throws IOException {
        append(letter(1));
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length + 5_000));
        append(letter(2));
        assertThat(replay()).containsExactly(letter(1), letter(2));
        Files.write(file, new byte[100]);
        append(letter(3));
        assertThat(replay()).containsExactly(letter(3));
    }

    @Test
    void torn_line_in_the_middle_is_left_to_the_reader() throws IOException {
        append(letter(1));
        String first = Files.readString(file);
        Files.writeString(file, first + "\0\0\0ada\"}\n");
        append(letter(2));
        List<SourceBatch<DeadLetter>> batches = batches(10, 1_000_000);
        assertThat(batches).hasSize(1);
        assertThat(batches.get(0).rejected()).hasSize(1);
        assertThat(batches.get(0).record(1)).isEqualTo(letter(2));
        assertThat(batches.get(0).position(1).recordNumber()).isEqualTo(2);
    }

    @Test
    void foreign_file_is_refused_and_not_touched() throws IOException {
        for (String foreign :
                List.of(
                        "id,name\n1,Ada\n",
                        "id,name\n1,Ada",
                        "{\"a\":1}\n",
                        "\n",
                        "{\"time\":\"x\"}\n",
                        "hello")) {
            Files.writeString(file, foreign);
            assertThatThrownBy(() -> append(letter(1)))
                    .as(foreign)
                    .hasMessage(
                            file
                                    + " must be a file of dead letters to add to it, holds"
                                    + " something else");
            assertThat(file).hasContent(foreign);
        }
    }

    // Replay

    @Test
    void every_position_continues_where_it_says() throws IOException {
        for (int i = 0; i < 20; i++) {
            append(letter(i));
        }
        Files.writeString(file, "\nno letter\n" + "é".repeat(30) + "\n", StandardOpenOption.APPEND);
        RecordSource<DeadLetter> source = DeadLetters.replay(file);
        SourceSplit split = source.splits(1).get(0);
        byte[] whole = Files.readAllBytes(file);
        List<Position> positions = new ArrayList<>();
        try (RecordReader<DeadLetter> reader = source.open(split, split.startPosition())) {
            positions.add(reader.position());
            while (reader.read(1, 1).isPresent()) {
                positions.add(reader.position());
            }
        }
        assertThat(positions).hasSize(24);
        for (int from = 0; from < positions.size(); from++) {
            int next = from;
            try (RecordReader<DeadLetter> reader = source.open(split, positions.get(from))) {
                Optional<SourceBatch<DeadLetter>> batch = reader.read(5, Long.MAX_VALUE);
                while (batch.isPresent()) {
                    SourceBatch<DeadLetter> read = batch.get();
                    for (int i = 0; i < read.size(); i++) {
                        assertThat(read.position(i).offset())
                                .isEqualTo(positions.get(next).offset());
                        assertThat(read.position(i).recordNumber()).isEqualTo(next);
                        assertThat(read.record(i)).isEqualTo(letter(next));
                        assertThat(read.hasDerivedKeys()).isFalse();
                        assertThat(read.key(i)).isEqualTo(letter(next).key());
                        byte[] line = bytes(read.raw(i));
                        int at = (int) read.offset(i);
                        assertThat(line).isEqualTo(Arrays.copyOfRange(whole, at, at + line.length));
                        assertThat(whole[at + line.length]).isEqualTo((byte) '\n');
                        next++;
                    }
                    next += read.rejected().size();
                    assertThat(read.end()).isEqualTo(positions.get(next));
                    assertThat(reader.position()).isEqualTo(positions.get(next));
                    batch = reader.read(5, Long.MAX_VALUE);
                }
            }
            assertThat(next).isEqualTo(23);
        }
    }

    @Test
    void lines_that_are_no_letters_are_rejected_with_a_reason() throws IOException {
        append(letter(1));
        String good = Files.readString(file).strip();
        List<String> lines =
                List.of(
                        "",
                        "[]",
                        good + " {}",
                        good.replace("\"time\":\"2025", "\"time\":\"yesterday 2025"),
                        good.replace("\"raw\":\"1,Ada\"", "\"raw2\":1"),
                        good.replace("\"raw\":", "\"rawBase64\":\"eA==\",\"raw\":"),
                        good.replace("\"raw\":\"", "\"rawBase64\":\"*"),
                        good.replace("cdef-101", "cdef\\r\\nX: y"),
                        good.replace("p1:0", "p9:0"),
                        good.replace("\"attempts\":3", "\"attempts\":-3"),
                        good.replace("\"attempts\":3", "\"attempts\":99999999999"),
                        good.replace("RETRY", "DANCE"),
                        good.replace("\"kind\":", "\"key\":"),
                        good.replace("[\"id\"", "[1"),
                        good.substring(0, good.length() - 1));
        for (String line : lines) {
            Files.writeString(file, line + "\n" + good + "\r\n" + good);
            SourceBatch<DeadLetter> batch = batches(10, 1_000_000).get(0);
            assertThat(batch.rejected()).as(line).hasSize(1);
            assertThat(bytes(batch.rejected().get(0).raw())).asString().isEqualTo(line);
            assertThat(batch.rejected().get(0).reason()).isNotBlank().isNotEqualTo("null");
            assertThat(batch.size()).isEqualTo(2);
        }
    }

    @Test
    void unknown_members_are_left_out() throws IOException {
        append(letter(1));
        Files.writeString(
                file, Files.readString(file).replace("{\"time\"", "{\"n\":{\"a\":[1]},\"time\""));
        assertThat(replay()).containsExactly(letter(1));
    }

    @Test
    void line_too_long_is_rejected_without_its_rest() throws IOException {
        append(letter(1));
        String good = Files.readString(file);
        String most = good.replace("1,Ada", "x".repeat(LetterParser.MAX_LINE - good.length() + 5));
        Files.writeString(file, "x".repeat(LetterParser.MAX_LINE + 1) + "\n" + good + most);
        List<SourceBatch<DeadLetter>> batches = batches(10, Long.MAX_VALUE);
        SourceBatch<DeadLetter> batch = batches.get(0);
        assertThat(batch.rejected().get(0).reason())
                .isEqualTo(
                        "a line must have at most 16777216 bytes, has 16777217 (its bytes are cut"
                                + " off after 1048576)");
        assertThat(batch.rejected().get(0).raw().remaining()).isEqualTo(1 << 20);
        assertThat(batch.record(0)).isEqualTo(letter(1));
        assertThat(batch.size()).isEqualTo(2);
    }

    @Test
    void reading_stops_after_so_many_records_or_bytes() throws IOException {
        append(letter(1), letter(2), letter(3));
        assertThat(batches(2, Long.MAX_VALUE)).extracting(SourceBatch::size).containsExactly(2, 1);
        assertThat(batches(9, 1)).extracting(SourceBatch::size).containsExactly(1, 1, 1);
    }

    @Test
    void file_that_changes_meanwhile_is_noticed() throws IOException {
        append(letter(1), letter(2));
        RecordSource<DeadLetter> source = DeadLetters.replay(file);
        SourceSplit split = source.splits(1).get(0);
        try (RecordReader<DeadLetter> reader = source.open(split, split.startPosition())) {
            assertThat(reader.read(1, 1)).isPresent();
            append(letter(3));
            assertThatThrownBy(() -> reader.read(10, Long.MAX_VALUE))
                    .isInstanceOf(SourceChangedException.class);
            assertThatThrownBy(() -> reader.read(1, 1)).hasMessageContaining("failed before");
        }
    }

    @Test
    void woken_reader_fails() throws IOException {
        append(letter(1));
        RecordSource<DeadLetter> source = DeadLetters.replay(file);
        SourceSplit split = source.splits(1).get(0);
        try (RecordReader<DeadLetter> reader = source.open(split, split.startPosition())) {
            reader.wakeup();
            assertThatThrownBy(() -> reader.read(1, 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("wakeup");
        }
    }
}
