package io.ingest4j.s3;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Stands before an S3 server and spoils what it answers, on raw sockets. It understands as much of
 * HTTP/1.1 as an S3 client needs whose bodies have a length.
 */
final class FaultFront implements AutoCloseable {

    /** Decides what becomes of one request; keeps the connection open by returning normally. */
    @FunctionalInterface
    interface Fault {
        void answer(Exchange exchange) throws IOException;
    }

    /** One request, and the means to answer it well or badly. */
    final class Exchange {

        final String head;
        final int number;
        private final byte[] body;
        private final Socket socket;

        private Exchange(String head, byte[] body, int number, Socket socket) {
            this.head = head;
            this.body = body;
            this.number = number;
            this.socket = socket;
        }

        boolean isRange() {
            return head.startsWith("GET ")
                    && head.toLowerCase(java.util.Locale.ROOT).contains("\r\nrange:");
        }

        boolean isPut() {
            return head.startsWith("PUT ");
        }

        Answer upstream() throws IOException {
            return upstream(head);
        }

        private Answer upstream(String sent) throws IOException {
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), upstreamPort)) {
                String asked = sent.replaceAll("(?i)\r\nexpect: [^\r]*", "");
                server.getOutputStream().write(asked.getBytes(StandardCharsets.ISO_8859_1));
                server.getOutputStream().write(body);
                InputStream in = new BufferedInputStream(server.getInputStream(), 1 << 16);
                String answer = readHead(in);
                if (head.startsWith("HEAD ")) {
                    return new Answer(answer, new byte[0]);
                }
                return answer.contains("chunked")
                        ? dechunked(answer, in)
                        : new Answer(answer, in.readNBytes(contentLength(answer)));
            }
        }

        void pass() throws IOException {
            send(upstream());
        }

        /** Passes the request with another head. */
        void passAs(String otherHead) throws IOException {
            send(upstream(otherHead));
        }

        /** What a server would answer to HEAD or GET that has this object, and asks for no keys. */
        Answer from(byte[] content, String etag) {
            var range = RANGE.matcher(head);
            boolean partial = range.find();
            int first = partial ? Integer.parseInt(range.group(1)) : 0;
            int last = partial ? Integer.parseInt(range.group(2)) : content.length - 1;
            String status =
                    partial
                            ? "206 Partial\r\nContent-Range: bytes "
                                    + first
                                    + '-'
                                    + last
                                    + '/'
                                    + content.length
                            : "200 OK";
            return new Answer(
                    "HTTP/1.1 "
                            + status
                            + "\r\nETag: "
                            + etag
                            + "\r\nContent-Length: "
                            + (last - first + 1)
                            + "\r\n\r\n",
                    head.startsWith("HEAD ")
                            ? new byte[0]
                            : Arrays.copyOfRange(content, first, last + 1));
        }

        /** Sends so many bytes of the answer, head and body taken together. */
        void sendPart(Answer answer, int bytes) throws IOException {
            byte[] headBytes = answer.head().getBytes(StandardCharsets.ISO_8859_1);
            int ofHead = Math.min(bytes, headBytes.length);
            socket.getOutputStream().write(headBytes, 0, ofHead);
            socket.getOutputStream().write(answer.body(), 0, bytes - ofHead);
            socket.getOutputStream().flush();
        }

        /** Sends a byte every few milliseconds and then closes, unless the client does before. */
        void trickle(byte[] bytes) throws IOException {
            socket.setSoTimeout(PAUSE_MILLIS);
            for (byte one : bytes) {
                socket.getOutputStream().write(one);
                try {
                    if (socket.getInputStream().read() < 0) {
                        throw new EOFException();
                    }
                } catch (SocketTimeoutException e) {
                    // the pause is over
                }
            }
            throw new EOFException("trickled");
        }

        void send(Answer answer) throws IOException {
            send(answer, answer.body().length);
        }

        void send(Answer answer, int bytes) throws IOException {
            socket.getOutputStream().write(answer.head().getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(answer.body(), 0, bytes);
            socket.getOutputStream().flush();
        }

        void error(int status, String code) throws IOException {
            byte[] body =
                    ("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>"
                                    + code
                                    + "</Code><Message>"
                                    + code
                                    + " told</Message></Error>")
                            .getBytes(StandardCharsets.UTF_8);
            send(
                    new Answer(
                            "HTTP/1.1 "
                                    + status
                                    + " X\r\nContent-Type: application/xml\r\nContent-Length: "
                                    + body.length
                                    + "\r\n\r\n",
                            body));
        }

        /** Ends the connection as a server does that is done. */
        void fin() throws IOException {
            socket.shutdownOutput();
            awaitPeerToClose();
            throw new EOFException("cut");
        }

        /** Ends the connection as a server does that died. */
        void rst() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
            throw new EOFException("cut");
        }

        /** Says nothing more until the client gives up. */
        void awaitPeerToClose() throws IOException {
            while (socket.getInputStream().read() >= 0) {}
        }
    }

    /** Head and body of an answer. */
    static final class Answer {
        private final String head;
        private final byte[] body;

        Answer(String head, byte[] body) {
            this.head = head;
            this.body = body;
        }

        String head() {
            return head;
        }

        byte[] body() {
            return body;
        }

        Answer withHeader(String name, String value) {
            return new Answer(
                    head.replaceAll("(?i)\r\n" + name + ": [^\r]*", "\r\n" + name + ": " + value),
                    body);
        }

        Answer replaceInBody(String text, String other) {
            byte[] changed =
                    new String(body, StandardCharsets.UTF_8)
                            .replace(text, other)
                            .getBytes(StandardCharsets.UTF_8);
            return new Answer(head, changed).withHeader("Content-Length", "" + changed.length);
        }

        Answer without(String name) {
            return new Answer(head.replaceAll("(?i)\r\n" + name + ": [^\r]*", ""), body);
        }
    }

    private static final int PAUSE_MILLIS = 5;
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

    private final int upstreamPort;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private volatile Fault fault;
    private volatile BooleanSupplier cuts = () -> false;
    private volatile int cutAfter;

    /** Stands alone: its fault answers from memory. */
    FaultFront(Fault fault) {
        this(0, fault);
    }

    FaultFront(int upstreamPort, Fault fault) {
        this.upstreamPort = upstreamPort;
        this.fault = fault;
        try {
            listener = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    void fault(Fault next) {
        fault = next;
    }

    /** Cuts connections after so many bytes of the body of a part, as long as it is said to. */
    void cutBodies(int bytes, BooleanSupplier more) {
        cutAfter = bytes;
        cuts = more;
    }

    int openConnections() {
        return open.size();
    }

    /** Returns the heads of the requests so far. */
    List<String> requests() {
        return heads;
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            while (true) {
                String head = readHead(in);
                if (head.contains("partNumber=") && cuts.getAsBoolean()) {
                    cut(head, socket, in);
                }
                byte[] body = readBody(head, in, socket);
                heads.add(head);
                fault.answer(new Exchange(head, body, heads.size(), socket));
            }
        } catch (IOException e) {
            // The client or the fault has ended the connection.
        } finally {
            open.remove(socket);
        }
    }

    private void cut(String head, Socket socket, InputStream in) throws IOException {
        socket.getOutputStream()
                .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        in.readNBytes(Math.min(cutAfter, contentLength(head)));
        socket.setSoLinger(true, 0);
        throw new EOFException("cut");
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "fault-front");
        thread.setDaemon(true);
        thread.start();
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int last = 0;
        while (last != 0x0d0a0d0a) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.write(next);
            last = last << 8 | next;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] readBody(String head, InputStream in, Socket socket) throws IOException {
        if (head.toLowerCase(java.util.Locale.ROOT).contains("\r\nexpect: 100-continue")) {
            socket.getOutputStream()
                    .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        int length = contentLength(head);
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException();
        }
        return body;
    }

    private static Answer dechunked(String head, InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            ByteArrayOutputStream size = new ByteArrayOutputStream();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                size.write(next);
            }
            int length = Integer.parseInt(size.toString(StandardCharsets.US_ASCII).strip(), 16);
            if (length == 0) {
                String plain =
                        head.replaceAll(
                                "(?i)transfer-encoding: chunked", "Content-Length: " + body.size());
                return new Answer(plain, body.toByteArray());
            }
            body.write(in.readNBytes(length + 2), 0, length);
        }
    }

    private static int contentLength(String head) {
        var length = Pattern.compile("(?i)\r\ncontent-length: (\\d+)").matcher(head);
        return length.find() ? Integer.parseInt(length.group(1)) : 0;
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
