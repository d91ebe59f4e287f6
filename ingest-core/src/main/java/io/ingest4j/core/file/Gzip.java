package io.ingest4j.core.file;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.SourceChangedException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipException;

/**
 * Inflates what another source holds in gzip (RFC 1952). Immutable; safe for several threads.
 *
 * <pre>{@code
 * RecordSource<Row> rows = Gzip.of(FileSource.of(Path.of("customers.csv.gz"))).as(Csv.withHeader());
 * }</pre>
 *
 * <p>All members are read, one after the other, and of each its header, checksum and length are
 * checked. The compressed bytes must end with the end of a member; zero bytes after it are taken for
 * padding, as gzip(1) does. Anything else there, a member that breaks off, and an empty object make
 * reading fail, with the offset in the compressed bytes.
 *
 * <p>Objects keep their names. Their length is unknown, and opening at an offset inflates again from
 * the start. Every object must be compressed; use the source itself for those that aren't.
 *
 * @since 0.1
 */
public final class Gzip implements ByteSource {

    private static final long serialVersionUID = 1;
    private static final String VERSION = "gzip ";

    private final ByteSource compressed;

    private Gzip(ByteSource compressed) {
        this.compressed = compressed;
    }

    /**
     * Inflates a source.
     *
     * @param compressed holds objects that are each one or more gzip members
     * @return their inflated bytes
     */
    public static Gzip of(ByteSource compressed) {
        return new Gzip(Objects.requireNonNull(compressed, "compressed"));
    }

    @Override
    public List<ByteObject> objects() throws IOException {
        return compressed.objects().stream().map(Gzip::inflated).toList();
    }

    /**
     * Opens an object. The bytes before the offset are inflated and left out by the first read.
     *
     * @throws IOException if it can't be opened; reading throws {@link ZipException} if the bytes are
     *     no gzip or damaged, and {@link EOFException} if they break off or end before the offset
     */
    @Override
    public InputStream open(ByteObject object, long offset) throws IOException {
        if (offset < 0) {
            throw new IllegalArgumentException(
                    "offset must be >= 0, was " + offset + " for " + object.name());
        }
        ByteObject source = compressed(object);
        return new GzipStream(compressed.open(source, 0), source.name(), source.length(), offset);
    }

    /** Keeps the compressed length in the version, if there is one: the other source wants it back. */
    private static ByteObject inflated(ByteObject object) {
        String version =
                object.version().isEmpty()
                        ? ""
                        : VERSION + object.length() + ' ' + object.version();
        return new ByteObject(object.name(), version, ByteObject.UNKNOWN, false);
    }

    private ByteObject compressed(ByteObject object) throws IOException {
        String version = object.version();
        if (version.isEmpty()) { // nowhere to keep the length, so the other source tells it again
            return compressed.objects().stream()
                    .filter(now -> now.name().equals(object.name()))
                    .findFirst()
                    .orElseThrow(
                            () -> new SourceChangedException(object.name(), "none", "not there"));
        }
        int space = version.indexOf(' ', VERSION.length());
        if (!version.startsWith(VERSION) || space < 0) {
            throw new IllegalArgumentException(
                    "version must begin with \"gzip \" and a length, was " + version);
        }
        try {
            long length = Long.parseLong(version, VERSION.length(), space, 10);
            return new ByteObject(object.name(), version.substring(space + 1), length, true);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "version must begin with \"gzip \" and a length, was " + version, e);
        }
    }

    @Override
    public String identity() {
        return compressed.identity().isEmpty() ? "" : compressed.identity() + " as gzip";
    }

    /**
     * Names what is inflated.
     *
     * @return such as {@code gzip s3://bucket/key.gz}
     */
    @Override
    public String toString() {
        return VERSION + compressed;
    }

    @Override
    public Map<String, Long> requests() {
        return compressed.requests();
    }
}
