package io.ingest4j.core.csv;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one object, as UTF-8 or a superset of ASCII. Used by one thread, except {@link #wakeup} and {@link
 * #close}. Fails when the object ends before its promised length.
 */
final class CsvInput {

    private static final int WIDE_BUFFER = 8 << 10;

    private final ByteSource source;
    private final ByteObject object;
    private final @Nullable CsvWideText wide;

    private byte[] wideBytes = {};
    private int wideEnd;
    private boolean wideEof;
    private long offset;
    private volatile @Nullable InputStream stream;
    private volatile @Nullable String ended;

    CsvInput(ByteSource source, ByteObject object, @Nullable CsvWideText wide) {
        this.source = source;
        this.object = object;
        this.wide = wide;
    }

    /** Opens the object at an offset, in place of where it was open before. */
    void open(long at) throws IOException {
        InputStream before = stream;
        if (before != null) {
            before.close();
        }
        offset = at;
        wideEnd = 0;
        wideEof = false;
        if (wide != null) {
            wide.startAt(at);
        }
        checkNotEnded();
        stream = source.open(object, at);
        if (ended != null) {
            closeStream();
        }
        checkNotEnded();
    }

    /** Reads at least one byte, given room for 64; or returns -1 at the end. */
    int read(byte[] into, int at, int length) throws IOException {
        return wide == null ? readBytes(into, at, length) : readWide(wide, into, at, length);
    }

    private int readBytes(byte[] into, int at, int length) throws IOException {
        InputStream in = stream;
        checkNotEnded();
        if (in == null) {
            throw new IOException("not open");
        }
        int count;
        do {
            try {
                count = in.read(into, at, length);
            } catch (IOException e) {
                checkNotEnded(e);
                throw e;
            }
        } while (count == 0);
        checkNotEnded();
        if (count > 0) {
            offset += count;
        } else if (object.length() != ByteObject.UNKNOWN && offset != object.length()) {
            throw new IOException(
                    object.name()
                            + " must have "
                            + object.length()
                            + " bytes, ended after "
                            + offset);
        }
        return count;
    }

    private int readWide(CsvWideText text, byte[] into, int at, int length) throws IOException {
        if (wideBytes.length == 0) {
            wideBytes = new byte[WIDE_BUFFER];
        }
        while (true) {
            long moved = text.decode(wideBytes, wideEnd, wideEof, into, at, at + length);
            int taken = (int) (moved >>> 32);
            System.arraycopy(wideBytes, taken, wideBytes, 0, wideEnd - taken);
            wideEnd -= taken;
            if ((int) moved > 0) {
                return (int) moved;
            }
            if (wideEof) {
                return -1;
            }
            int count = readBytes(wideBytes, wideEnd, wideBytes.length - wideEnd);
            if (count < 0) {
                wideEof = true;
            } else {
                wideEnd += count;
            }
        }
    }

    /** Makes the read that is waiting, and all later ones, fail. Never throws. */
    void wakeup() {
        if (ended == null) {
            ended = "reading was stopped by wakeup()";
        }
        try {
            closeStream();
        } catch (IOException e) {
            // The reading thread finds out by itself.
        }
    }

    void close() throws IOException {
        ended = "the reader is closed";
        closeStream();
    }

    private void closeStream() throws IOException {
        InputStream in = stream;
        if (in != null) {
            in.close();
        }
    }

    void checkNotEnded() throws IOException {
        checkNotEnded(null);
    }

    private void checkNotEnded(@Nullable IOException cause) throws IOException {
        String reason = ended;
        if (reason != null) {
            InterruptedIOException e = new InterruptedIOException(reason);
            e.initCause(cause);
            throw e;
        }
    }
}
