package io.ingest4j.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** Names jobs that were not named. */
final class DerivedName {

    /** For a job that neither keeps checkpoints nor tells what its ends are. */
    static final String UNKNOWN = "ingest";

    private static final int MAX_PART = 30;
    private static final int DIGEST_BYTES = 8;

    private DerivedName() {}

    /**
     * Derives a name from both ends, such as {@code customers.csv-to-process-0123456789abcdef}: the last
     * part of each for people, and the first 64 bits of a SHA-256 over both.
     */
    static String of(String source, String sink) {
        try {
            byte[] ends = (source.length() + ":" + source + sink).getBytes(StandardCharsets.UTF_8);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(ends);
            return lastPart(source)
                    + "-to-"
                    + lastPart(sink)
                    + '-'
                    + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** What follows the last slash, up to a space: {@code process} of {@code POST https://host/process}. */
    private static String lastPart(String identity) {
        String path = identity.replaceFirst("^[A-Z]+ ", "").replaceFirst(" .*", "");
        String name = path.replaceFirst("/+$", "").replaceFirst(".*/", "");
        String word = name.replaceAll("[^A-Za-z0-9._-]+", "-").toLowerCase(Locale.ROOT);
        return word.isEmpty() ? "all" : word.substring(0, Math.min(word.length(), MAX_PART));
    }
}
