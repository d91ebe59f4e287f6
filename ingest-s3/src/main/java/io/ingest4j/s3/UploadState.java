package io.ingest4j.s3;

import io.ingest4j.api.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far an object was durable: what is in parts on the server, and what is not yet.
 *
 * @param object such as {@code s3://bucket/key}
 * @param contentType what the bytes are
 * @param head what the encoder's first message fixed
 * @param token what proves that an object was made by this upload
 * @param checksum what the parts were sent with
 * @param uploadId the multipart upload; empty if there is none yet
 * @param finished whether the object was found finished, so that nothing is uploaded any more
 * @param length how many bytes were accepted
 * @param parts what is on the server, numbered from 1
 * @param tail what follows the parts
 */
record UploadState(
        String object,
        String contentType,
        String head,
        String token,
        String checksum,
        String uploadId,
        boolean finished,
        long length,
        List<UploadedPart> parts,
        ByteBuffer tail) {

    private static final byte[] VERSION = "ingest4j-s3-2\n".getBytes(StandardCharsets.US_ASCII);

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            DataOutputStream out = new DataOutputStream(bytes);
            out.write(VERSION);
            write(out, object);
            write(out, contentType);
            write(out, head);
            write(out, token);
            write(out, checksum);
            write(out, uploadId);
            out.writeBoolean(finished);
            out.writeLong(length);
            out.writeInt(parts.size());
            for (UploadedPart part : parts) {
                write(out, part.etag());
                out.writeLong(part.size());
                write(out, part.crc32c());
            }
            out.writeInt(tail.remaining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int content = bytes.size() + tail.remaining();
        ByteBuffer state = ByteBuffer.allocate(content + Integer.BYTES);
        state.put(bytes.toByteArray()).put(tail.duplicate());
        return state.putInt(crc(state.array(), content)).array();
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        write(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    static UploadState decode(byte[] state) {
        int content = state.length - Integer.BYTES;
        if (content < VERSION.length
                || !Arrays.equals(state, 0, VERSION.length, VERSION, 0, VERSION.length)) {
            throw malformed(state, "another beginning", null);
        }
        if (ByteBuffer.wrap(state).getInt(content) != crc(state, content)) {
            throw malformed(state, "another checksum", null);
        }
        try (DataInputStream in =
                new DataInputStream(
                        new ByteArrayInputStream(
                                state, VERSION.length, content - VERSION.length))) {
            UploadState decoded = read(in);
            if (in.available() > 0 || !decoded.isSound()) {
                throw malformed(state, "lengths that don't fit", null);
            }
            return decoded;
        } catch (IOException e) {
            throw malformed(state, "too few bytes", e);
        }
    }

    private static UploadState read(DataInputStream in) throws IOException {
        String object = text(in);
        String contentType = text(in);
        String head = text(in);
        String token = text(in);
        String checksum = text(in);
        String uploadId = text(in);
        boolean finished = in.readBoolean();
        long length = in.readLong();
        int count = in.readInt();
        List<UploadedPart> parts = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            parts.add(new UploadedPart(number, text(in), in.readLong(), text(in)));
        }
        return new UploadState(
                object,
                contentType,
                head,
                token,
                checksum,
                uploadId,
                finished,
                length,
                List.copyOf(parts),
                ByteBuffer.wrap(bytes(in)));
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("length " + length + " with " + in.available() + " bytes left");
        }
        return in.readNBytes(length);
    }

    private boolean isSound() {
        long sent = parts.stream().mapToLong(UploadedPart::size).sum();
        boolean whole = finished || sent + tail.remaining() == length;
        return whole
                && !token.isEmpty()
                && parts.size() <= PartPlan.MAX_PARTS
                && (parts.isEmpty() || !uploadId.isEmpty());
    }

    private static CheckpointException malformed(
            byte[] state, String found, @Nullable Throwable cause) {
        return new CheckpointException(
                "the state of an S3 sink must be "
                        + new String(VERSION, StandardCharsets.US_ASCII).strip()
                        + ", an upload, its parts, the bytes after them and their CRC-32C, was "
                        + state.length
                        + " bytes with "
                        + found,
                cause);
    }
}
