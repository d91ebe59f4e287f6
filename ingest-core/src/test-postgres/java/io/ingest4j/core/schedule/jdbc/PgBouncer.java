package io.ingest4j.core.schedule.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** PgBouncer from Debian's package in front of a server. It ends when closed, and with this JVM. */
final class PgBouncer implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/sbin/pgbouncer");

    private final int port;
    private final Process shell;

    private PgBouncer(int port, Process shell) {
        this.port = port;
        this.shell = shell;
    }

    /**
     * Starts one.
     *
     * @param mode {@code session} or {@code transaction}
     * @param size connections to the server for each database
     */
    static PgBouncer start(PostgresServer server, String mode, int size) throws IOException {
        if (!Files.isExecutable(PROGRAM)) {
            PostgresServer.skip("Debian's package pgbouncer");
        }
        Path directory = Files.createTempDirectory("ingest4j-pgbouncer");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        int port = PostgresServer.freePort();
        Path users = Files.writeString(directory.resolve("users"), "\"postgres\" \"\"\n");
        Path settings =
                Files.writeString(
                        directory.resolve("settings"),
                        """
                        [databases]
                        * = host=127.0.0.1 port=%d
                        [pgbouncer]
                        listen_addr = 127.0.0.1
                        listen_port = %d
                        unix_socket_dir =
                        auth_type = trust
                        auth_file = %s
                        pool_mode = %s
                        default_pool_size = %d
                        ignore_startup_parameters = extra_float_digits
                        """
                                .formatted(server.port, port, users, mode, size));
        List<String> command =
                PostgresServer.with(
                        PostgresServer.notAsRoot(settings),
                        PROGRAM.toString(),
                        settings.toString());
        PgBouncer started = new PgBouncer(port, PostgresServer.shell(directory, command));
        Awaitility.await("PgBouncer")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(started::answers);
        return started;
    }

    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
    }

    private boolean answers() {
        try {
            DriverManager.getConnection(url("postgres")).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        shell.getOutputStream().close();
    }
}
