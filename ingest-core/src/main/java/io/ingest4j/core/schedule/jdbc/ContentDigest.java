package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Submission;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Stands for what a submission holds: its priority, tenant and items. */
final class ContentDigest {

    private ContentDigest() {}

    static String of(Submission<?> submission, List<String> texts) {
        MessageDigest digest = sha256();
        add(digest, String.valueOf(submission.priority().rank()));
        add(digest, submission.tenant());
        for (String text : texts) {
            add(digest, text);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** With its length, so that two texts are not taken for one. */
    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
