package io.ingest4j.core.schedule.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.tukaani.xz.XZInputStream;

/**
 * A PostgreSQL server for the tests of this JVM, without Docker: from an archive on the class path, or from
 * Debian's package {@code postgresql}, which compiles queries unless told otherwise. The server refuses to
 * run as root, so root starts it as {@code nobody}. It ends with this JVM, however that ends: a shell waits
 * for the other end of a pipe.
 */
public final class PostgresServer {

    private static final String SCRIPT =
            "dir=$1; shift; \"$@\" < /dev/null > \"$dir/log\" 2>&1 & pid=$!; cat > /dev/null;"
                    + " kill -INT $pid; wait $pid; rm -rf \"$dir\"";
    private static final Duration LONGEST_START = Duration.ofSeconds(60);
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private static PostgresServer running;
    private static String whyNot;
    private static PostgresServer debian;

    final int port;

    /** Held, so that the pipe stays open. */
    private final Process shell;

    private PostgresServer(int port, Process shell) {
        this.port = port;
        this.shell = shell;
    }

    /** Makes an empty database; skips the test, loudly, where the server can't run. */
    public static String newDatabase() {
        PostgresServer server = server();
        if (server == null) {
            System.err.println("SKIPPED, no PostgreSQL: " + whyNot);
            Assumptions.abort("no PostgreSQL: " + whyNot);
        }
        return server.url(server.makeDatabase());
    }

    /** Debian's server; skips the test, loudly, where it isn't installed. */
    static PostgresServer debian() {
        synchronized (PostgresServer.class) {
            Path programs = debianPrograms();
            if (programs == null) {
                skip("Debian's package postgresql");
            }
            if (debian == null) {
                try {
                    debian = start(programs);
                } catch (IOException e) {
                    throw new IllegalStateException("Debian's PostgreSQL doesn't start", e);
                }
            }
            return debian;
        }
    }

    private static Path debianPrograms() {
        if (!Files.isDirectory(DEBIAN)) {
            return null;
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(one -> Files.isExecutable(one.resolve("bin/postgres")))
                    .max(Comparator.naturalOrder())
                    .orElse(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips a test, or fails it where what it needs was said to be there. */
    static void skip(String missing) {
        if ("required".equals(System.getenv("INGEST4J_POSTGRES"))) {
            throw new IllegalStateException(
                    "INGEST4J_POSTGRES=required, but there is no " + missing);
        }
        System.err.println("SKIPPED, there is no " + missing);
        Assumptions.abort("there is no " + missing);
    }

    /** Makes an empty database; returns its name. */
    String makeDatabase() {
        String name = "test" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("the server runs but makes no database", e);
        }
        return name;
    }

    String url(String database) {
        if (!shell.isAlive()) {
            throw new IllegalStateException("the PostgreSQL server ended");
        }
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
    }

    private static synchronized PostgresServer server() {
        if (running == null && whyNot == null) {
            try {
                running = start(null);
            } catch (IOException | RuntimeException e) {
                whyNot = e.toString();
            }
        }
        return running;
    }

    /** Starts the server of a directory, or that of the archive. */
    private static PostgresServer start(Path installed) throws IOException {
        Path directory = Files.createTempDirectory("ingest4j-postgres");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path programs = installed;
        if (programs == null) {
            programs = Files.createDirectory(directory.resolve("programs"));
            extract(programs);
        }
        Path data = Files.createDirectory(directory.resolve("data"));
        Path log = Files.createFile(directory.resolve("log"));
        List<String> as = notAsRoot(data);
        run(
                directory.resolve("initdb.log"),
                with(
                        as,
                        programs.resolve("bin/initdb").toString(),
                        "--pgdata=" + data,
                        "--username=postgres",
                        "--auth=trust",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--no-sync"));
        int port = freePort();
        Process shell =
                shell(
                        directory,
                        with(
                                as,
                                programs.resolve("bin/postgres").toString(),
                                "-D",
                                data.toString(),
                                "-p",
                                String.valueOf(port),
                                "-c",
                                "listen_addresses=127.0.0.1",
                                "-c",
                                "unix_socket_directories=",
                                "-c",
                                "fsync=off",
                                "-c",
                                "max_connections=60"));
        PostgresServer server = new PostgresServer(port, shell);
        try {
            Awaitility.await("the PostgreSQL server")
                    .atMost(LONGEST_START)
                    .pollInterval(Duration.ofMillis(50))
                    .until(server::answers);
        } catch (RuntimeException e) {
            String said = Files.readString(log);
            shell.getOutputStream().close();
            throw new IOException("the server doesn't answer: " + said, e);
        }
        return server;
    }

    /** Starts a server that ends with this JVM, and its directory with it. */
    static Process shell(Path directory, List<String> command) throws IOException {
        return new ProcessBuilder(
                        with(
                                List.of("sh", "-c", SCRIPT, "sh", directory.toString()),
                                command.toArray(new String[0])))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What a command begins with that root must not execute, and gives the file to whom it is then. */
    static List<String> notAsRoot(Path file) throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return List.of();
        }
        Files.setOwner(
                file,
                file.getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName("nobody"));
        return asNobody();
    }

    private boolean answers() {
        try {
            DriverManager.getConnection(url("postgres")).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static void extract(Path to) throws IOException {
        String system = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
        String archive =
                switch (system.toLowerCase(Locale.ROOT)) {
                    case "linux-amd64" -> "/postgres-linux-x86_64.txz";
                    case "linux-aarch64" -> "/postgres-linux-arm_64.txz";
                    default -> throw new IOException("no archive for " + system);
                };
        try (InputStream resource = PostgresServer.class.getResourceAsStream(archive)) {
            if (resource == null) {
                throw new IOException(archive + " is not on the class path");
            }
            Process tar =
                    new ProcessBuilder("tar", "-x", "--no-same-owner", "-C", to.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            try (OutputStream in = tar.getOutputStream();
                    InputStream plain = new XZInputStream(resource)) {
                plain.transferTo(in);
            }
            end(tar, "tar");
        }
    }

    private static List<String> asNobody() throws IOException {
        for (List<String> way :
                List.of(
                        List.of("setpriv", "--reuid=nobody", "--clear-groups", "--"),
                        List.of("runuser", "-u", "nobody", "--"))) {
            try {
                run(Path.of("/dev/null"), with(way, "true"));
                return way;
            } catch (IOException e) {
                // The next may be there.
            }
        }
        throw new IOException("root needs setpriv or runuser to start the server as nobody");
    }

    static List<String> with(List<String> first, String... more) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all;
    }

    private static void run(Path log, List<String> command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        process.getOutputStream().close();
        end(process, command + ", see " + log);
    }

    private static void end(Process process, String what) throws IOException {
        try {
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException(what + " ended with " + code);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + what, e);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
