package io.ingest4j.core.loop;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Ids of numbers that nobody can guess from other ids: the number with the first 64 bits of its
 * HMAC-SHA-256 (RFC 2104) under a secret. Safe for use by several threads.
 */
public final class SecretIds {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int SECRET_BYTES = 32;
    private static final int TAG_BYTES = 8;
    private static final int TAG_DIGITS = 2 * TAG_BYTES;

    private final String prefix;
    private final SecretKeySpec key;
    private final long lastSequential;

    /**
     * Makes the ids of one store.
     *
     * @param prefix what all begin with
     * @param secret as {@link #newSecret} gave it
     * @param lastSequential up to this number an id is only the prefix and the number, as it once was
     */
    public SecretIds(String prefix, String secret, long lastSequential) {
        this.prefix = prefix;
        this.lastSequential = lastSequential;
        key = new SecretKeySpec(HexFormat.of().parseHex(secret), ALGORITHM);
    }

    /**
     * Makes a secret.
     *
     * @return hexadecimal digits
     */
    public static String newSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return HexFormat.of().formatHex(secret);
    }

    /**
     * Returns the id of a number.
     *
     * @param number not negative
     * @return always the same
     */
    public String id(long number) {
        return number <= lastSequential ? prefix + number : prefix + number + '-' + tag(number);
    }

    /**
     * Returns the number of an id.
     *
     * @param id any text
     * @return -1 if it is no id
     */
    public long number(String id) {
        if (!id.startsWith(prefix)) {
            return -1;
        }
        int dash = id.indexOf('-', prefix.length());
        int end = dash < 0 ? id.length() : dash;
        try {
            long number = Long.parseLong(id.substring(prefix.length(), end));
            return number >= 0 && isEqual(id, id(number)) ? number : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Takes as long for every wrong one. */
    private static boolean isEqual(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private String tag(long number) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] all = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
            return HexFormat.of().formatHex(all).substring(0, TAG_DIGITS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
