package io.ingest4j.api;

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
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a checkpoint: one that says what this is, how long the others are and their checksum,
 * then a word and a value in each.
 */
final class CheckpointForm {

    private static final String MAGIC = "ingest4j-checkpoint";
    private static final String VERSION = "2";

    /** Said neither what the source was nor what the sink, so nothing can be continued with it. */
    private static final String OLD_VERSION = "1";

    private static final String START_FORM = "b1";
    private static final int LONGEST_FIRST_LINE = 100;

    private final Map<String, Long> counters = new TreeMap<>();
    private final List<SplitProgress> splits = new ArrayList<>();
    private @Nullable String job;
    private @Nullable Start start;
    private boolean completed;
    private String limiterState = "";
    private String sinkState = "";
    private @Nullable SourceSplit split;
    private @Nullable Position done;
    private List<Stretch> doneLater = List.of();
    private boolean complete;
    private @Nullable Content content;

    private CheckpointForm() {}

    static byte[] write(Checkpoint checkpoint) {
        StringBuilder text = new StringBuilder();
        line(text, "job", checkpoint.job());
        Start start = checkpoint.start();
        line(
                text,
                "start",
                PrintableForm.join(START_FORM, start.id(), start.source(), start.sink()));
        line(text, "completed", checkpoint.completed());
        new TreeMap<>(checkpoint.counters())
                .forEach((name, value) -> line(text, "counter", name + ' ' + value));
        for (SplitProgress progress : checkpoint.splits()) {
            line(text, "split", progress.split().encode());
            line(text, "done", progress.done().encode());
            if (!progress.doneLater().isEmpty()) {
                line(text, "later", stretches(progress.doneLater()));
            }
            progress.content()
                    .ifPresent(read -> line(text, "read", read.records() + " " + read.sha256()));
            line(text, "complete", progress.complete());
        }
        line(text, "limiter", checkpoint.limiterState());
        line(text, "sink", checkpoint.sinkState());
        byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
        byte[] first = firstLine(body, 0).getBytes(StandardCharsets.US_ASCII);
        byte[] form = Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, form, first.length, body.length);
        return form;
    }

    private static void line(StringBuilder text, String word, Object value) {
        text.append(word).append(' ').append(value).append('\n');
    }

    private static String stretches(List<Stretch> stretches) {
        StringBuilder text = new StringBuilder();
        for (Stretch stretch : stretches) {
            text.append(text.isEmpty() ? "" : ",")
                    .append(stretch.fromRecord())
                    .append('-')
                    .append(stretch.toRecord());
        }
        return text.toString();
    }

    private static String firstLine(byte[] form, int bodyStart) {
        CRC32C crc = new CRC32C();
        crc.update(form, bodyStart, form.length - bodyStart);
        return String.format(
                Locale.ROOT,
                "%s %s %d %08x\n",
                MAGIC,
                VERSION,
                form.length - bodyStart,
                crc.getValue());
    }

    static Checkpoint read(byte[] form) {
        int bodyStart = checkedBodyStart(form);
        String body = new String(form, bodyStart, form.length - bodyStart, StandardCharsets.UTF_8);
        CheckpointForm parts = new CheckpointForm();
        body.lines().forEach(parts::take);
        return parts.checkpoint();
    }

    private static int checkedBodyStart(byte[] form) {
        int end = 0;
        while (end < Math.min(form.length, LONGEST_FIRST_LINE) && form[end] != '\n') {
            end++;
        }
        String first = new String(form, 0, end, StandardCharsets.ISO_8859_1);
        String[] words = first.split(" ", -1);
        if (!words[0].equals(MAGIC)) {
            String start = first.substring(0, Math.min(first.length(), MAGIC.length()));
            throw malformed("must begin with '" + MAGIC + "', was " + printable(start));
        }
        if (words.length > 1 && words[1].equals(OLD_VERSION)) {
            throw malformed(
                    "must be of version "
                            + VERSION
                            + ", was of version "
                            + OLD_VERSION
                            + ", which doesn't say what it was about: finish the job with the release"
                            + " of ingest4j that began it");
        }
        if (words.length < 2 || !words[1].equals(VERSION)) {
            throw malformed("must be of version " + VERSION + ", was " + printable(first));
        }
        if (words.length != 4 || end == form.length) {
            throw malformed("must have a length and a checksum in its first line");
        }
        int bodyStart = end + 1;
        long expected = PrintableForm.number(first, words[2]);
        if (form.length - bodyStart != expected) {
            throw malformed(
                    "must have %d bytes after its first line, was %d"
                            .formatted(expected, form.length - bodyStart));
        }
        if (!firstLine(form, bodyStart).equals(first + '\n')) {
            throw malformed("must have the checksum " + words[3] + ", has another");
        }
        return bodyStart;
    }

    private static String printable(String text) {
        return "'" + text.replaceAll("[^\\x20-\\x7e]", "?") + "'";
    }

    private void take(String line) {
        int space = line.indexOf(' ');
        if (space < 0) {
            throw malformed("must have a word and a value in each line, was " + printable(line));
        }
        String value = line.substring(space + 1);
        switch (line.substring(0, space)) {
            case "job" -> job = value;
            case "start" -> {
                String[] parts = PrintableForm.split(START_FORM, 4, value);
                start = new Start(parts[1], parts[2], parts[3]);
            }
            case "completed" -> completed = Boolean.parseBoolean(value);
            case "counter" -> {
                int before = value.indexOf(' ');
                counters.put(
                        value.substring(0, Math.max(0, before)),
                        PrintableForm.number(line, value.substring(before + 1)));
            }
            case "split" -> {
                finishSplit();
                split = SourceSplit.decode(value);
            }
            case "done" -> done = Position.decode(value);
            case "later" -> doneLater = readStretches(value);
            case "read" -> {
                int after = Math.max(0, value.indexOf(' '));
                content =
                        new Content(
                                PrintableForm.number(line, value.substring(0, after)),
                                value.substring(after + 1));
            }
            case "complete" -> complete = Boolean.parseBoolean(value);
            case "limiter" -> limiterState = value;
            case "sink" -> sinkState = value;
            default -> throw malformed("must hold known words only, was " + printable(line));
        }
    }

    private static List<Stretch> readStretches(String value) {
        List<Stretch> stretches = new ArrayList<>();
        for (String stretch : value.split(",", -1)) {
            int dash = stretch.indexOf('-');
            stretches.add(
                    new Stretch(
                            PrintableForm.number(value, stretch.substring(0, Math.max(0, dash))),
                            PrintableForm.number(value, stretch.substring(dash + 1))));
        }
        return stretches;
    }

    private void finishSplit() {
        if (split != null) {
            if (done == null) {
                throw malformed("must say how far each split is done, but " + split.id());
            }
            splits.add(
                    new SplitProgress(
                            split, done, doneLater, complete, Optional.ofNullable(content)));
        }
        split = null;
        done = null;
        doneLater = List.of();
        complete = false;
        content = null;
    }

    private Checkpoint checkpoint() {
        finishSplit();
        if (job == null) {
            throw malformed("must name its job");
        }
        if (start == null) {
            throw malformed("must say what its job was begun with");
        }
        return new Checkpoint(job, start, completed, splits, counters, limiterState, sinkState);
    }

    private static IllegalArgumentException malformed(String rule) {
        return new IllegalArgumentException("a checkpoint " + rule);
    }
}
