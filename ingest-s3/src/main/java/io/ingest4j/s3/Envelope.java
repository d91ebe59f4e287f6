package io.ingest4j.s3;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.InvalidCheckpointException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What the object of a job holds: a line that says whose it is, then the form of the checkpoint, or
 * nothing. Each writing has a number of its own, so that an ETag never comes again, and two copies of one
 * process, in a machine that was cloned while it ran, don't take each other's writings for their own.
 */
final class Envelope {

    private static final String MAGIC = "ingest4j-lease ";
    private static final int LARGE = 64 << 10;
    private static final long NUMBERS = 100_000_000_000_000_000L;
    private static final Pattern LINE =
            Pattern.compile(
                    MAGIC
                            + "1 ([0-9a-f-]{36}) ([0-9]{1,18}) (held|released) ([0-9]{1,18})(?: (\\S+))?");
    static final int LONGEST_LINE = 200;

    private final String owner;
    private final long number;
    private final boolean held;
    private final long leaseMillis;
    private final String process;
    private final byte[] form;

    /**
     * @param number see {@link #number}; older objects have counted
     * @param form see {@link #packed}
     * @param process the owner's, to prove its death; empty if unknown, as in older objects
     */
    Envelope(
            String owner,
            long number,
            boolean held,
            long leaseMillis,
            String process,
            byte[] form) {
        this.owner = owner;
        this.number = number;
        this.held = held;
        this.leaseMillis = leaseMillis;
        this.process = process;
        this.form = form;
    }

    boolean held() {
        return held;
    }

    long leaseMillis() {
        return leaseMillis;
    }

    /** Tells whether the process of the owner can't be alive; false if that is not known. */
    boolean isOwnerDead() {
        return OwnerProcess.parse(process).filter(OwnerProcess::isDead).isPresent();
    }

    /** The encoded checkpoint as it is stored; empty if there is none. */
    byte[] form() {
        return form;
    }

    /** Draws the number of a writing. The clock tells clones apart whose random bits are the same. */
    static long number() {
        long random = UUID.randomUUID().getLeastSignificantBits() ^ System.nanoTime();
        return Math.floorMod(random, NUMBERS);
    }

    /** Makes a large form smaller: a list of splits becomes a tenth, and slow links are slow. */
    static byte[] packed(byte[] form) {
        if (form.length < LARGE) {
            return form;
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream(form.length / 4);
        try (OutputStream out = new FastGzip(packed)) {
            out.write(form);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    private static byte[] unpacked(byte[] form) {
        boolean isPacked = form.length > 1 && form[0] == 0x1f && form[1] == (byte) 0x8b;
        if (!isPacked) {
            return form;
        }
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(form))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalArgumentException("its gzip is damaged: " + e.getMessage(), e);
        }
    }

    boolean isSameAs(Envelope other) {
        return owner.equals(other.owner) && number == other.number;
    }

    byte[] encode() {
        String line =
                MAGIC
                        + ("1 " + owner + ' ' + number + ' ')
                        + ((held ? "held " : "released ") + leaseMillis)
                        + ((process.isEmpty() ? "" : " ") + process + '\n');
        byte[] first = line.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(first, first.length + form.length);
        System.arraycopy(form, 0, bytes, first.length, form.length);
        return bytes;
    }

    /** Reads the line, and nothing of what follows. */
    static Envelope decode(String name, byte[] bytes) {
        int end = 0;
        while (end < Math.min(bytes.length, LONGEST_LINE) && bytes[end] != '\n') {
            end++;
        }
        String line = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        Matcher parts = LINE.matcher(line);
        if (end == bytes.length || !parts.matches()) {
            throw new CheckpointException(
                    "object %s must begin with '%s', version 1 and an owner, was '%s'; it is left as it is"
                            .formatted(name, MAGIC.strip(), line.replaceAll("[^\\x20-\\x7e]", "?")),
                    null);
        }
        return new Envelope(
                parts.group(1),
                Long.parseLong(parts.group(2)),
                parts.group(3).equals("held"),
                Long.parseLong(parts.group(4)),
                parts.group(5) == null ? "" : parts.group(5),
                Arrays.copyOfRange(bytes, end + 1, bytes.length));
    }

    /** Reads what follows the line. */
    Optional<Checkpoint> checkpoint(String job, String name) {
        if (form.length == 0) {
            return Optional.empty();
        }
        Checkpoint checkpoint;
        try {
            checkpoint = Checkpoint.decode(unpacked(form));
        } catch (IllegalArgumentException e) {
            throw new InvalidCheckpointException(
                    "object %s does not hold the checkpoint of job '%s' whole: %s"
                            .formatted(name, job, e.getMessage()),
                    e);
        }
        if (!checkpoint.job().equals(job)) {
            throw new InvalidCheckpointException(
                    "object %s must hold the checkpoint of job '%s', was of '%s'"
                            .formatted(name, job, checkpoint.job()),
                    null);
        }
        return Optional.of(checkpoint);
    }
}
