package io.ingest4j.core;

import io.ingest4j.api.ByteSource;
import io.ingest4j.api.RecordFormat;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.core.file.Gzip;
import io.ingest4j.spi.ByteSourceProvider;
import io.ingest4j.spi.RecordFormatProvider;
import io.ingest4j.spi.RecordSinkProvider;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Finds the source and the sink behind a URI among the providers that are installed. */
final class Ends {

    private static final String GZIP_ENDING = ".gz";
    private static final String FILES = "; Path.toUri() makes one of the path of a file";

    /** Of at least two letters, as a path of Windows begins with one and a colon. */
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:");

    private Ends() {}

    /** The parser's own message would quote a query, which may hold a secret. */
    static URI parse(String uri) {
        Objects.requireNonNull(uri, "uri");
        try {
            return new URI(uri);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "uri must be one (RFC 2396), but has a character that is not allowed at index "
                            + e.getIndex()
                            + (SCHEME.matcher(uri).lookingAt() ? spaceHint(uri, e) : FILES));
        }
    }

    private static String spaceHint(String uri, URISyntaxException refused) {
        return uri.startsWith(" ", refused.getIndex()) ? " (a space is %20)" : "";
    }

    private static void requireScheme(URI uri, String rule) {
        String text = uri.toString();
        if (!SCHEME.matcher(text).lookingAt()) {
            String shown = text.replaceAll("(?s)[?#].*", "").replaceAll("//[^/]*@", "//");
            throw new IllegalArgumentException(
                    "uri must begin with a scheme such as " + rule + ", was '" + shown + "'");
        }
    }

    static RecordSource<Row> source(URI uri) {
        requireScheme(uri, "file:, https: or s3:" + FILES);
        ByteSource bytes =
                first(
                        ByteSourceProvider.class,
                        provider -> provider.source(uri),
                        "source",
                        uri,
                        uri.getScheme());
        String path = uri.getPath() == null ? "" : uri.getPath();
        String file = path.substring(path.lastIndexOf('/') + 1);
        if (file.endsWith(GZIP_ENDING)) {
            file = file.substring(0, file.length() - GZIP_ENDING.length());
            bytes = Gzip.of(bytes);
        }
        String name = file;
        RecordFormat<Row> format =
                first(
                        RecordFormatProvider.class,
                        provider -> provider.format(name),
                        "format",
                        uri,
                        name);
        return bytes.as(format);
    }

    static RecordSink<Row> sink(URI uri) {
        requireScheme(uri, "https:");
        return first(
                RecordSinkProvider.class,
                provider -> provider.sink(uri),
                "sink",
                uri,
                uri.getScheme());
    }

    private static <P, E> E first(
            Class<P> type, Function<P, Optional<E>> make, String what, URI uri, String by) {
        return ServiceLoader.load(type).stream()
                .map(provider -> make.apply(provider.get()))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> missing(type, what, uri, by));
    }

    private static IllegalArgumentException missing(
            Class<?> type, String what, URI uri, String by) {
        String authority = Objects.requireNonNullElse(uri.getRawAuthority(), "");
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        String path = Objects.requireNonNullElse(uri.getRawPath(), "");
        boolean isHostAndPort =
                uri.isOpaque() && uri.getRawSchemeSpecificPart().matches("[0-9]+(/.*)?");
        String place =
                isHostAndPort
                        ? uri.getScheme() + ", a host that needs http:// or https:// before it"
                        : uri.getScheme() + "://" + host + path;
        return new IllegalArgumentException(
                "uri must have a "
                        + what
                        + " that an installed "
                        + type.getSimpleName()
                        + " knows; none knows '"
                        + by
                        + "' of "
                        + place);
    }
}
