package io.ingest4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ingest4j.api.Checkpoint.Content;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.Checkpoint.Stretch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {

    private static final SourceSplit SPLIT =
            new SourceSplit("0", "s3://b/a:b %c\nd é☃.csv", "\"etag\"", 0, 900, "d\r\n");

    private static final Checkpoint CHECKPOINT =
            new Checkpoint(
                    "nightly",
                    new Start("18c-f0", "s3://b/ü%:\n as csv", ""),
                    false,
                    List.of(
                            new SplitProgress(
                                    SPLIT,
                                    new Position("0", 7, 345, "line=13\n"),
                                    List.of(new Stretch(9, 12), new Stretch(20, 21)),
                                    false,
                                    Optional.of(new Content(30, "0a1b"))),
                            new SplitProgress(
                                    SPLIT,
                                    new Position("1", 0, 0, ""),
                                    List.of(),
                                    true,
                                    Optional.empty())),
                    Map.of("read", 14L, "delivered", -1L),
                    "l1:5:7",
                    "c2luaw==");

    @Test
    void form_gives_back_the_checkpoint() {
        assertThat(Checkpoint.decode(CHECKPOINT.encode())).isEqualTo(CHECKPOINT);
        Checkpoint least = new Checkpoint("j", Start.UNKNOWN, true, List.of(), Map.of(), "", "");
        assertThat(Checkpoint.decode(least.encode())).isEqualTo(least);
    }

    @Test
    void form_is_the_same_in_every_locale() {
        Locale before = Locale.getDefault();
        try {
            for (String tag : List.of("ar-EG", "fa-IR", "mr-IN", "ne-NP", "my-MM", "tr-TR")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertThat(Checkpoint.decode(CHECKPOINT.encode())).as(tag).isEqualTo(CHECKPOINT);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void text_that_would_break_a_line_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new Checkpoint(
                                        "j",
                                        Start.UNKNOWN,
                                        false,
                                        List.of(),
                                        Map.of(),
                                        "two\nlines",
                                        ""))
                .withMessageContaining("limiterState must be printable ASCII")
                .withMessageContaining("character 10 at index 3");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new Checkpoint(
                                        "j",
                                        Start.UNKNOWN,
                                        false,
                                        List.of(),
                                        Map.of("a b", 1L),
                                        "",
                                        ""))
                .withMessageContaining("counter");
    }

    @Property(tries = 300)
    void form_of_any_checkpoint_gives_it_back(@ForAll long seed) {
        Checkpoint any = any(new Random(seed));
        assertThat(Checkpoint.decode(any.encode())).isEqualTo(any);
        assertThat(any.encode()).isEqualTo(Checkpoint.decode(any.encode()).encode());
    }

    @Test
    void form_does_not_change_between_versions() {
        assertThat(new String(CHECKPOINT.encode(), StandardCharsets.UTF_8))
                .isEqualTo(
                        """
                        ingest4j-checkpoint 2 424 522e01e6
                        job nightly
                        start b1:18c-f0:s3%3A%2F%2Fb%2F%C3%BC%25%3A%0A+as+csv:
                        completed false
                        counter delivered -1
                        counter read 14
                        split s1:0:s3%3A%2F%2Fb%2Fa%3Ab+%25c%0Ad+%C3%A9%E2%98%83.csv:%22etag%22:0:900:d%0D%0A
                        done p1:0:7:345:line%3D13%0A
                        later 9-12,20-21
                        read 30 0a1b
                        complete false
                        split s1:0:s3%3A%2F%2Fb%2Fa%3Ab+%25c%0Ad+%C3%A9%E2%98%83.csv:%22etag%22:0:900:d%0D%0A
                        done p1:1:0:0:
                        complete true
                        limiter l1:5:7
                        sink c2luaw==
                        """);
    }

    @Test
    void form_cut_anywhere_is_refused() {
        byte[] form = CHECKPOINT.encode();
        for (int length = 0; length < form.length; length++) {
            assertRefused(Arrays.copyOf(form, length), "cut to " + length);
        }
    }

    @Test
    void form_with_zeros_from_anywhere_is_refused() {
        byte[] form = CHECKPOINT.encode();
        for (int from = 0; from < form.length; from++) {
            byte[] torn = form.clone();
            Arrays.fill(torn, from, form.length, (byte) 0);
            assertRefused(torn, "zeros from " + from);
        }
    }

    @Test
    void form_with_any_byte_changed_in_any_way_is_refused() {
        byte[] form = CHECKPOINT.encode();
        for (int at = 0; at < form.length; at++) {
            for (int change = 1; change < 256; change++) {
                byte[] changed = form.clone();
                changed[at] ^= (byte) change;
                assertRefused(changed, "byte " + at + " xor " + change);
            }
        }
    }

    @Test
    void form_with_more_behind_it_is_refused() {
        byte[] form = CHECKPOINT.encode();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checkpoint.decode(Arrays.copyOf(form, form.length + 1)))
                .withMessageContaining("must have 424 bytes after its first line, was 425");
    }

    @ParameterizedTest
    @CsvSource({
        "'PK\3\4 a zip',must begin with 'ingest4j-checkpoint'",
        "'',must begin with 'ingest4j-checkpoint'",
        "'ingest4j-checkpoint 3 356 1b7272d0',must be of version 2",
        "'ingest4j-checkpoint 1 356 1b7272d0',finish the job with the release",
        "'ingest4j-checkpoint 2 x 0\n',must be a number"
    })
    void what_is_no_such_form_is_named(String text, String rule) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checkpoint.decode(text.getBytes(StandardCharsets.UTF_8)))
                .withMessageContaining(rule);
    }

    private static void assertRefused(byte[] form, String what) {
        assertThatIllegalArgumentException().as(what).isThrownBy(() -> Checkpoint.decode(form));
    }

    private static Checkpoint any(Random random) {
        List<SplitProgress> splits = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            List<Stretch> later = new ArrayList<>();
            long at = random.nextInt(9);
            for (int j = random.nextInt(5); j > 0; j--) {
                long from = at + 1 + random.nextInt(1 << 20);
                at = from + 1 + random.nextInt(1 << 20);
                later.add(new Stretch(from, at));
            }
            splits.add(
                    new SplitProgress(
                            new SourceSplit(
                                    text(random), text(random), text(random), 1, 2, text(random)),
                            new Position(
                                    text(random),
                                    random.nextLong() >>> 1,
                                    random.nextLong() >>> 1,
                                    text(random)),
                            later,
                            random.nextBoolean(),
                            random.nextBoolean()
                                    ? Optional.empty()
                                    : Optional.of(
                                            new Content(
                                                    1 + random.nextInt(9),
                                                    "d" + random.nextInt(9)))));
        }
        Map<String, Long> counters = new TreeMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            counters.put("c" + random.nextInt(99), random.nextLong());
        }
        return new Checkpoint(
                "job-" + random.nextInt(9),
                new Start(text(random), text(random), text(random)),
                random.nextBoolean(),
                splits,
                counters,
                random.nextBoolean() ? "" : "l" + random.nextLong(),
                random.nextBoolean() ? "" : "s" + random.nextLong());
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append("a:%\n\r +é☃\0,-".charAt(random.nextInt(12)));
        }
        return text.toString();
    }
}
