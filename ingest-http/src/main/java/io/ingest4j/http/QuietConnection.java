package io.ingest4j.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.apache.hc.core5.http.message.LazyLaxLineParser;
import org.apache.hc.core5.http.message.StatusLine;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.CharArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A connection that logs nothing, where the client's own would log headers with their secrets, and
 * that any thread can close at once: what is left of a body is never read, and a blocked read fails.
 */
final class QuietConnection extends DefaultBHttpClientConnection
        implements ManagedHttpClientConnection {

    private static final Http1Config LIMITS =
            Http1Config.custom()
                    .setBufferSize(16 << 10)
                    .setMaxLineLength(64 << 10)
                    .setMaxHeaderCount(200)
                    .setMaxEmptyLineCount(1)
                    .build();

    private final Deadline deadline = new Deadline(this::close);
    private volatile boolean closed;
    private volatile @Nullable Socket socket;

    QuietConnection() {
        super(LIMITS, null, null, null, null, null, config -> new WholeHeads());
    }

    /** A TLS alert came where a status line must come. */
    static final class TlsAlertException extends ParseException {

        private static final long serialVersionUID = 1;
    }

    /** Believes no head before its last byte, also where the connection ends before that. */
    private static final class WholeHeads extends DefaultHttpResponseParser {

        WholeHeads() {
            super(LIMITS, new AlertNoticing(), null);
        }

        @Override
        public @Nullable ClassicHttpResponse parse(SessionInputBuffer buffer, InputStream in)
                throws IOException, HttpException {
            @Nullable ClassicHttpResponse answer;
            try {
                answer = super.parse(buffer, in);
            } catch (TlsAlertException e) {
                throw e;
            } catch (HttpException e) {
                requireWhole(in);
                throw e;
            }
            if (answer != null) { // else nothing came at all
                requireWhole(in);
            }
            return answer;
        }

        private static void requireWhole(InputStream in) throws IOException {
            if (((Inflow) in).hasEnded()) {
                throw Setback.passing("the connection ended within the head of the answer");
            }
        }
    }

    /** The library would say only that it is no status line. */
    private static final class AlertNoticing extends LazyLaxLineParser {

        @Override
        public StatusLine parseStatusLine(CharArrayBuffer line) throws ParseException {
            if (TlsFault.isAlert(line)) {
                throw new TlsAlertException();
            }
            return super.parseStatusLine(line);
        }
    }

    /** What closes it when something takes too long. */
    Deadline deadline() {
        return deadline;
    }

    @Override
    public void bind(Socket plain) throws IOException {
        socket = plain;
        bind(
                new SocketHolder(plain) {
                    @Override
                    protected InputStream getInputStream(Socket from) throws IOException {
                        return new Inflow(from.getInputStream());
                    }
                });
        requireOpen();
    }

    @Override
    public void bind(SSLSocket tls, Socket plain) throws IOException {
        socket = plain;
        bind(
                new SocketHolder(tls, plain) {
                    @Override
                    protected InputStream getInputStream(Socket from) throws IOException {
                        return new Inflow(from.getInputStream());
                    }
                });
        requireOpen();
    }

    /** A size of a chunk that is cut off may be another one, and a zero the end of the body. */
    @Override
    protected InputStream createContentInputStream(
            long length, SessionInputBuffer buffer, InputStream in) {
        boolean isChunked = length == ContentLengthStrategy.CHUNKED;
        return super.createContentInputStream(
                length, buffer, isChunked ? ((Inflow) in).wholeLines() : in);
    }

    private void requireOpen() throws IOException {
        if (closed) {
            close();
            throw new IOException("the connection was closed while it was made");
        }
    }

    @Override
    public @Nullable Socket getSocket() {
        return socket;
    }

    @Override
    public void passivate() {}

    @Override
    public void activate() {}

    @Override
    public void close() {
        close(CloseMode.IMMEDIATE);
    }

    @Override
    public void close(CloseMode mode) {
        closed = true;
        deadline.cancel();
        super.close(CloseMode.IMMEDIATE);
    }
}
