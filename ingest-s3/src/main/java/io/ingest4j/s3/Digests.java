package io.ingest4j.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the body of a request hashes to, as far as it is sent.
 *
 * @param md5 in hexadecimal digits, or empty
 * @param crc32c in Base64, or empty
 */
record Digests(String md5, String crc32c) {

    private static final Pattern MD5 = Pattern.compile("[0-9a-fA-F]{32}");

    static Digests of(Part part, S3Sink.Checksum kind) {
        return switch (kind) {
            case MD5 -> new Digests(HexFormat.of().formatHex(part.md5()), "");
            case CRC32C -> new Digests("", Base64.getEncoder().encodeToString(part.crc32c()));
            case NONE -> new Digests("", "");
        };
    }

    @Nullable String contentMd5() {
        byte[] digest = HexFormat.of().parseHex(md5);
        return digest.length == 0 ? null : Base64.getEncoder().encodeToString(digest);
    }

    @Nullable String checksumCrc32c() {
        return crc32c.isEmpty() ? null : crc32c;
    }

    /**
     * Compares with what the server says that it has stored. An ETag is the MD5 of that, unless it was
     * encrypted with a key of KMS.
     */
    void compare(String etag, @Nullable String encryption, @Nullable String answered)
            throws IOException {
        if (!crc32c.isEmpty() && answered != null && !answered.equals(crc32c)) {
            throw new IOException(
                    "the checksum must be that of what was sent, "
                            + crc32c
                            + ", was "
                            + answered
                            + "; what was stored is something else");
        }
        String plain = Pin.unquoted(etag);
        boolean tells = encryption == null || !encryption.startsWith("aws:kms");
        if (!md5.isEmpty()
                && tells
                && MD5.matcher(plain).matches()
                && !md5.equalsIgnoreCase(plain)) {
            throw new IOException(
                    "the ETag must be the MD5 of what was sent, "
                            + md5
                            + ", was "
                            + plain
                            + "; a server whose ETags are something else needs checksum(NONE)");
        }
    }

    /**
     * The checksum of an object of parts: that of the parts' checksums, and their number ("Checking
     * object integrity in Amazon S3" in the S3 User Guide, composite checksums). Empty if a part has
     * none.
     */
    static String composite(List<UploadedPart> parts) {
        CRC32C crc = new CRC32C();
        for (UploadedPart part : parts) {
            if (part.crc32c().isEmpty()) {
                return "";
            }
            crc.update(Base64.getDecoder().decode(part.crc32c()));
        }
        return base64(crc) + '-' + parts.size();
    }

    private static String base64(CRC32C crc) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(bytes);
    }
}
