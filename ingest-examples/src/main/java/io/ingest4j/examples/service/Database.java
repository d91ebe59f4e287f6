package io.ingest4j.examples.service;

import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where submissions are kept. */
public sealed interface Database {

    /** Keeps them in this process, as long as it lives. */
    record Memory() implements Database {}

    /**
     * Keeps them in a file of SQLite.
     *
     * @param file made if there is none
     */
    record SqliteFile(Path file) implements Database {}

    /**
     * Keeps them in PostgreSQL, perhaps shared with other processes of the service.
     *
     * @param jdbcUrl without user and password
     * @param user empty for the driver's default
     * @param password empty for none
     */
    record Postgresql(String jdbcUrl, String user, String password) implements Database {

        /** Tells whether the URL sets a parameter of the driver. */
        boolean names(String parameter) {
            String query = jdbcUrl.replaceFirst("^[^?]*\\??", "");
            return Arrays.stream(query.split("&"))
                    .anyMatch(any -> any.split("=", 2)[0].equals(parameter));
        }

        /** Keeps the password secret; a parameter of the URL may hold one too. */
        @Override
        public String toString() {
            return jdbcUrl.replaceFirst("\\?.*", "");
        }
    }

    /**
     * Reads the settings {@code DATABASE_URL} and {@code DATABASE_FILE}.
     *
     * @param variables where they are
     * @param directory the working directory
     * @return the choice
     * @throws SettingsException if it is none
     */
    static Database read(Variables variables, Path directory) throws SettingsException {
        Optional<String> url = variables.text("DATABASE_URL").map(String::strip);
        Optional<String> file = variables.text("DATABASE_FILE");
        if (url.isEmpty()) {
            return new SqliteFile(directory.resolve(file.orElse("ingest.db")).toAbsolutePath());
        }
        if (url.get().toLowerCase(Locale.ROOT).equals("memory")) {
            return new Memory();
        }
        return DatabaseUrl.read(url.get());
    }
}
