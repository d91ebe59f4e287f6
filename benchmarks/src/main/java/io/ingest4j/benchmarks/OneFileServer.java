package io.ingest4j.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Sends one file to whoever asks, from the page cache, at next to no cost. Ranges are not needed. */
final class OneFileServer implements AutoCloseable {

    private final ServerSocketChannel server;
    private final FileChannel file;

    private OneFileServer(ServerSocketChannel server, FileChannel file) {
        this.server = server;
        this.file = file;
    }

    static OneFileServer start(Path path) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        OneFileServer started =
                new OneFileServer(server, FileChannel.open(path, StandardOpenOption.READ));
        daemon(started::accept);
        return started;
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "file-server");
        thread.setDaemon(true);
        thread.start();
    }

    URI uri() throws IOException {
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        return URI.create("http://127.0.0.1:" + port + "/file");
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                daemon(() -> serve(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            InputStream in = Channels.newInputStream(connection);
            for (String head = head(in); !head.isEmpty(); head = head(in)) {
                String answer =
                        "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: "
                                + file.size()
                                + "\r\n\r\n";
                ByteBuffer bytes = StandardCharsets.US_ASCII.encode(answer);
                while (bytes.hasRemaining()) {
                    connection.write(bytes);
                }
                if (head.startsWith("GET ")) {
                    long sent = 0;
                    while (sent < file.size()) {
                        sent += file.transferTo(sent, file.size() - sent, connection);
                    }
                }
            }
        } catch (IOException e) {
            // the client has left
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
        file.close();
    }
}
