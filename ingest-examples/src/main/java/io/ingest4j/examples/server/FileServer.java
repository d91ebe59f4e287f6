package io.ingest4j.examples.server;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * A server of large files on a free port of the loopback interface. The files are made while they are
 * read; it answers ranges (RFC 9110, section 14) and has an ETag for each.
 */
public final class FileServer implements AutoCloseable {

    private static final String PATH = "/files/";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");
    private static final int MAX_THREADS = 16;

    private final Server server;
    private final ServerConnector connector;

    private FileServer(Map<String, Long> files) {
        server = new Server(new QueuedThreadPool(MAX_THREADS, 4));
        connector = new ServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Files(Map.copyOf(files)));
    }

    /**
     * Starts a server.
     *
     * @param files the sizes of its files by their names
     * @return the running server
     * @throws IOException if it does not start
     */
    public static FileServer start(Map<String, Long> files) throws IOException {
        FileServer server = new FileServer(files);
        try {
            server.server.start();
            return server;
        } catch (Exception e) {
            throw new IOException("the file server does not start", e);
        }
    }

    /**
     * Returns where a file is.
     *
     * @param name its name
     * @return its URI
     */
    public URI uri(String name) {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort() + PATH + name);
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the file server does not stop", e);
        }
    }

    private static final class Files extends Handler.Abstract {

        private final Map<String, Long> files;

        Files(Map<String, Long> files) {
            this.files = files;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback)
                throws IOException {
            String path = Request.getPathInContext(request);
            @Nullable Long length =
                    path.startsWith(PATH) ? files.get(path.substring(PATH.length())) : null;
            boolean isHead = request.getMethod().equals("HEAD");
            if (length == null) {
                Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            } else if (!isHead && !request.getMethod().equals("GET")) {
                response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
                Response.writeError(request, response, callback, HttpStatus.METHOD_NOT_ALLOWED_405);
            } else {
                answer(request, response, isHead, length);
                callback.succeeded();
            }
            return true;
        }

        private static void answer(Request request, Response response, boolean isHead, long length)
                throws IOException {
            String etag = "\"" + length + '"';
            response.getHeaders().put(HttpHeader.ETAG, etag);
            response.getHeaders().put(HttpHeader.ACCEPT_RANGES, "bytes");
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/csv");
            long from = 0;
            long to = length;
            String ifRange = request.getHeaders().get(HttpHeader.IF_RANGE);
            String range = request.getHeaders().get(HttpHeader.RANGE);
            Matcher matcher = RANGE.matcher(range == null ? "" : range);
            if (matcher.matches() && (ifRange == null || ifRange.equals(etag))) {
                from = Long.parseLong(matcher.group(1));
                if (!matcher.group(2).isEmpty()) {
                    to = Math.min(length, Long.parseLong(matcher.group(2)) + 1);
                }
                if (from >= to) {
                    response.setStatus(HttpStatus.RANGE_NOT_SATISFIABLE_416);
                    response.getHeaders().put(HttpHeader.CONTENT_RANGE, "bytes */" + length);
                    return;
                }
                response.setStatus(HttpStatus.PARTIAL_CONTENT_206);
                response.getHeaders()
                        .put(
                                HttpHeader.CONTENT_RANGE,
                                "bytes " + from + '-' + (to - 1) + '/' + length);
            }
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, to - from);
            if (!isHead) {
                try (OutputStream out = Content.Sink.asOutputStream(response)) {
                    MadeUpFile.write(from, to, out);
                }
            }
        }
    }
}
