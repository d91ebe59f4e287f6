package io.ingest4j.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * What a connection receives, and where it ends. The library takes the end of the connection for the
 * end of a line and of a head, so that a value could come short without a sign; RFC 9112, section 8,
 * calls such a message incomplete. Used by one thread.
 */
final class Inflow extends FilterInputStream {

    private byte last = '\n';
    private boolean ended;

    Inflow(InputStream in) {
        super(in);
    }

    /** Tells whether the connection's end was read. */
    boolean hasEnded() {
        return ended;
    }

    /** Returns the same bytes; reading fails where they end within a line. */
    InputStream wholeLines() {
        return new FilterInputStream(this) {
            @Override
            public int read(byte[] target, int offset, int count) throws IOException {
                int got = super.read(target, offset, count);
                if (got < 0 && last != '\n') {
                    throw Setback.passing("the connection ended within a line of the body's marks");
                }
                return got;
            }
        };
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        int got = super.read(target, offset, count);
        if (got > 0) {
            last = target[offset + got - 1];
        }
        ended |= got < 0;
        return got;
    }
}
