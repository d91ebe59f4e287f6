package io.ingest4j.core.file;

import io.ingest4j.api.CheckpointException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * How far a file was durable.
 *
 * @param length how many bytes
 * @param digest SHA-256 of these bytes
 * @param contentType what they are
 * @param head what the encoder's first message fixed
 */
record FileState(long length, String digest, String contentType, String head) {

    private static final String VERSION = "ingest4j-file-1";
    private static final int PARTS = 5;
    private static final int DIGEST_BYTES = 32;

    byte[] encode() {
        return String.join(
                        ":",
                        VERSION,
                        Long.toString(length),
                        digest,
                        URLEncoder.encode(contentType, StandardCharsets.UTF_8),
                        URLEncoder.encode(head, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.US_ASCII);
    }

    static FileState decode(byte[] state) {
        String text = new String(state, StandardCharsets.ISO_8859_1);
        String[] parts = text.split(":", -1);
        if (!parts[0].equals(VERSION) || parts.length != PARTS) {
            throw malformed(text, null);
        }
        try {
            long length = Long.parseLong(parts[1]);
            if (length < 0 || HexFormat.of().parseHex(parts[2]).length != DIGEST_BYTES) {
                throw malformed(text, null);
            }
            return new FileState(
                    length,
                    parts[2],
                    URLDecoder.decode(parts[3], StandardCharsets.UTF_8),
                    URLDecoder.decode(parts[4], StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw malformed(text, e);
        }
    }

    private static CheckpointException malformed(String text, @Nullable Throwable cause) {
        String shown = text.replaceAll("[^\\x20-\\x7e]", "?");
        return new CheckpointException(
                "the state of a file sink must be "
                        + VERSION
                        + ", a length, a digest, a type and a head, was '"
                        + shown.substring(0, Math.min(shown.length(), 200))
                        + "'",
                cause);
    }
}
