package io.ingest4j.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The inputs of {@link CsvBenchmark}: about 20 MB each, made from a seed, with a digest of their fields. */
public enum CsvShape {
    /** Eight short fields, one record in four with a quoted field. */
    narrow(8),
    /** Sixty fields, one record in four with a quoted field. */
    wide(60),
    /** Twelve fields, most of them quoted, with delimiters, line ends and doubled quotes in them. */
    quoted(12);

    private static final int BYTES = 20_000_000;
    private static final String[] WORDS = {
        "alpha",
        "Bravo",
        "charlie",
        "delta-7",
        "Echo",
        "fox trot",
        "golf",
        "hotel@example.com",
        "India",
        "juliet"
    };

    private final int fields;

    CsvShape(int fields) {
        this.fields = fields;
    }

    /** Returns the input, and enters its fields into a digest. */
    byte[] make(CsvDigest digest) {
        Random random = new Random(20_250_101 + ordinal());
        StringBuilder text = new StringBuilder(BYTES + 10_000);
        while (text.length() < BYTES) {
            boolean someQuoted = this == quoted || random.nextInt(4) == 0;
            int quotedField = random.nextInt(fields);
            for (int i = 0; i < fields; i++) {
                boolean quotes = this == quoted ? i % 4 != 3 : someQuoted && i == quotedField;
                String field = quotes ? quotedText(random) : plainText(random, i);
                digest.field(field);
                text.append(i == 0 ? "" : ",");
                text.append(quotes ? '"' + field.replace("\"", "\"\"") + '"' : field);
            }
            digest.endRecord();
            text.append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String plainText(Random random, int field) {
        return switch (field % 5) {
            case 0 -> Integer.toString(random.nextInt(100_000_000));
            case 1 -> WORDS[random.nextInt(WORDS.length)];
            case 2 -> "2025-0" + (1 + random.nextInt(9)) + "-1" + random.nextInt(10);
            case 3 -> Double.toString(random.nextInt(1_000_000) / 100.0);
            default ->
                    random.nextInt(3) == 0
                            ? ""
                            : WORDS[random.nextInt(WORDS.length)] + random.nextInt(10);
        };
    }

    private String quotedText(Random random) {
        StringBuilder text = new StringBuilder();
        int words = 1 + random.nextInt(this == quoted ? 4 : 2);
        for (int i = 0; i < words; i++) {
            text.append(WORDS[random.nextInt(WORDS.length)]);
            switch (random.nextInt(6)) {
                case 0 -> text.append(", ");
                case 1 -> text.append(this == quoted ? "\n" : ", ");
                case 2 -> text.append('"');
                default -> text.append(' ');
            }
        }
        return text.toString();
    }
}
