package io.ingest4j.http;

import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
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
        super(
                LIMITS,
                null,
                null,
                null,
                null,
                null,
                new DefaultHttpResponseParserFactory(LIMITS, new AlertNoticing(), null));
    }

    /** A TLS alert came where a status line must come. */
    static final class TlsAlertException extends ParseException {

        private static final long serialVersionUID = 1;
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
        super.bind(plain);
        requireOpen();
    }

    @Override
    public void bind(SSLSocket tls, Socket plain) throws IOException {
        socket = plain;
        super.bind(tls, plain);
        requireOpen();
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
