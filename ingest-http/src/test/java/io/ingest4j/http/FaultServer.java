package io.ingest4j.http;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An HTTP/1.1 server on a raw socket that greets connections and answers requests as badly as it is
 * told to. Counts requests and open connections.
 */
final class FaultServer implements AutoCloseable {

    /** What to do with a request that was read. */
    interface Script {
        void answer(Connection connection, Received request) throws IOException;
    }

    /** What to do with a connection of which nothing was read yet. */
    interface Greeting {
        void greet(Connection connection) throws IOException;
    }

    /** A request. */
    static final class Received {

        private final String line;
        private final Map<String, String> headers;
        private final byte[] body;

        private Received(String line, Map<String, String> headers, byte[] body) {
            this.line = line;
            this.headers = headers;
            this.body = body;
        }

        String line() {
            return line;
        }

        Map<String, String> headers() {
            return headers;
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        byte[] body() {
            return body;
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private static final int PAUSE_MILLIS = 5;

    private final ServerSocket listener;
    private final Greeting greeting;
    private final Script script;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger mostOpen = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicLong count = new AtomicLong();

    FaultServer(Script script) throws IOException {
        this(connection -> {}, script);
    }

    FaultServer(Greeting greeting, Script script) throws IOException {
        this.greeting = greeting;
        this.script = script;
        listener = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        start(this::accept, "fault-server");
    }

    /** A server that answers everything alike. */
    static FaultServer answering(String response) throws IOException {
        return new FaultServer((connection, request) -> connection.send(response));
    }

    static FaultServer ok() throws IOException {
        return answering(response(200, "ok"));
    }

    static String response(int status, String body, String... headers) {
        StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " Text\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return text.append("Content-Length: " + length + "\r\n\r\n").append(body).toString();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + path);
    }

    URI uri() {
        return uri("/sink");
    }

    /** The requests that were read whole, unless there are too many to keep. */
    List<Received> received() {
        return received;
    }

    long count() {
        return count.get();
    }

    int open() {
        return open.size();
    }

    int mostOpen() {
        return mostOpen.get();
    }

    int accepted() {
        return accepted.get();
    }

    private static void start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                accepted.incrementAndGet();
                open.add(socket);
                mostOpen.accumulateAndGet(open.size(), Math::max);
                start(() -> serve(socket), "fault-server-connection");
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (Connection connection = new Connection(socket)) {
            greeting.greet(connection);
            while (!socket.isClosed()) {
                Received request = connection.read();
                if (count.incrementAndGet() <= 1_000) {
                    received.add(request);
                }
                script.answer(connection, request);
            }
        } catch (IOException e) {
            // the other side has gone
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    /** One connection, with the faults to choose from. */
    static final class Connection implements Closeable {

        private final Socket socket;
        private final InputStream in;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            in = new BufferedInputStream(socket.getInputStream());
        }

        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.UTF_8));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        /** Says nothing more until the other side closes. */
        void stall() throws IOException {
            while (in.read() >= 0) {}
            close();
        }

        /** Sends a byte every few milliseconds. */
        void trickle(byte[] bytes) throws IOException {
            for (byte one : bytes) {
                send(new byte[] {one});
                pause();
            }
        }

        /** Waits until nothing comes for a few milliseconds; an exception if the other side closes. */
        void pause() throws IOException {
            socket.setSoTimeout(PAUSE_MILLIS);
            try {
                while (in.read() >= 0) {}
                throw new EOFException();
            } catch (SocketTimeoutException e) {
                // nothing came for as long as that
            } finally {
                socket.setSoTimeout(0);
            }
        }

        /** Passes on all to another server, and so many bytes back, then closes. */
        void relay(InetSocketAddress to, int most) throws IOException {
            try (Socket other = new Socket(to.getAddress(), to.getPort())) {
                start(() -> passOn(other), "fault-server-relay");
                byte[] buffer = new byte[1_024];
                int left = most;
                for (int n = 0; n >= 0 && left > 0; left -= Math.max(0, n)) {
                    n = other.getInputStream().read(buffer, 0, Math.min(left, buffer.length));
                    socket.getOutputStream().write(buffer, 0, Math.max(0, n));
                }
            }
            close();
        }

        private void passOn(Socket other) {
            try {
                in.transferTo(other.getOutputStream());
            } catch (IOException e) {
                // one of the two sides has gone
            }
        }

        /** Reads a part of the request, and forgets it. */
        void readSome(int bytes) throws IOException {
            in.readNBytes(bytes);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }

        /** Closes with RST. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        private Received read() throws IOException {
            String line = line();
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String header = line(); !header.isEmpty(); header = line()) {
                int colon = header.indexOf(':');
                headers.put(header.substring(0, colon), header.substring(colon + 1).trim());
            }
            int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
            byte[] body = in.readNBytes(length);
            if (body.length < length) {
                throw new EOFException();
            }
            return new Received(line, headers, body);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int code = in.read(); code != '\n'; code = in.read()) {
                if (code < 0) {
                    throw new EOFException();
                }
                line.append((char) code);
            }
            return line.toString().trim();
        }
    }
}
