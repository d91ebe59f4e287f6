package io.ingest4j.examples.service;

import io.ingest4j.examples.settings.SettingsException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes a URL apart in which PostgreSQL's own programs name a database (libpq's connection URIs). */
final class DatabaseUrl {

    private static final int MAX_PORT = 65_535;

    /** User, host and port. Names with underscores are none for java.net.URI, but container networks use them. */
    private static final Pattern SERVER =
            Pattern.compile("(?:([^@]*)@)?([A-Za-z0-9._-]+|\\[[^]]+])(?::(\\d{0,5}))?");

    private DatabaseUrl() {}

    static Database.Postgresql read(String url) throws SettingsException {
        try {
            URI uri = new URI(url.replaceFirst("^jdbc:", ""));
            String scheme = String.valueOf(uri.getScheme());
            String database = String.valueOf(uri.getRawPath());
            Matcher server = SERVER.matcher(Objects.requireNonNullElse(uri.getRawAuthority(), ""));
            if (!(scheme.equals("postgresql") || scheme.equals("postgres"))
                    || !server.matches()
                    || database.length() < 2) {
                throw bad();
            }
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            String[] user = Objects.requireNonNullElse(server.group(1), "").split(":", 2);
            return new Database.Postgresql(
                    "jdbc:postgresql://"
                            + server.group(2)
                            + port(server.group(3))
                            + database
                            + query,
                    decoded(user[0]),
                    user.length > 1 ? decoded(user[1]) : "");
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw bad();
        }
    }

    private static String port(@Nullable String digits) throws SettingsException {
        if (digits == null || digits.isEmpty()) {
            return "";
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > MAX_PORT) {
            throw bad();
        }
        return ":" + port;
    }

    /** A plus stands for itself here. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The value may hold a password. */
    private static SettingsException bad() {
        return new SettingsException(
                "DATABASE_URL must be 'memory' or postgresql://user:password@host:port/database with"
                        + " special characters percent-encoded, was something else");
    }
}
