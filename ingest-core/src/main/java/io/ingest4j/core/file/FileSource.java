package io.ingest4j.core.file;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.SourceChangedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * Reads one local file. Immutable; safe for several threads.
 *
 * <p>The file's version is made of its size, its time of modification and, where there is one, its
 * inode. It is compared when the file is opened and again before the end is reported, so that a file
 * that is written to or replaced meanwhile makes reading fail with {@link SourceChangedException}.
 *
 * <p>A file in gzip is inflated by {@link Gzip#of Gzip.of}: {@code Gzip.of(file).as(Csv.withHeader())}.
 *
 * @since 0.1
 */
public final class FileSource implements ByteSource {

    private static final long serialVersionUID = 1;

    private final URI file;
    private final String name;

    private FileSource(Path path) {
        file = path.toUri();
        name = path.toAbsolutePath().toString();
    }

    /**
     * Reads a file.
     *
     * @param path the file; a relative path is resolved now
     * @return a source of one object, whose name is the absolute path
     */
    public static FileSource of(Path path) {
        return new FileSource(Objects.requireNonNull(path, "path"));
    }

    /**
     * Looks at the file.
     *
     * @return one object
     * @throws IOException if there is no such file, or it is not a regular one
     */
    @Override
    public List<ByteObject> objects() throws IOException {
        return List.of(look());
    }

    @Override
    public InputStream open(ByteObject object, long offset) throws IOException {
        if (!object.name().equals(name)) {
            throw new IllegalArgumentException("object must be " + name + ", was " + object.name());
        }
        if (offset < 0 || offset > object.length()) {
            throw new IllegalArgumentException(
                    "offset must be between 0 and "
                            + object.length()
                            + ", was "
                            + offset
                            + " for "
                            + name);
        }
        InputStream in = newInputStream();
        try {
            requireUnchanged(object);
            in.skipNBytes(offset);
            return new PinnedStream(in, object.length() - offset, () -> requireUnchanged(object));
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private InputStream newInputStream() throws IOException {
        try {
            return Files.newInputStream(Path.of(file));
        } catch (NoSuchFileException e) {
            throw missing(e);
        } catch (AccessDeniedException e) {
            throw new IOException(name + " must be readable, but access is denied", e);
        }
    }

    private ByteObject look() throws IOException {
        Path path = Path.of(file);
        try {
            BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
            if (!found.isRegularFile()) {
                throw new IOException(
                        name
                                + " must be a regular file, was "
                                + (found.isDirectory() ? "a directory" : "something else"));
            }
            Instant modified = found.lastModifiedTime().toInstant();
            String version =
                    found.size()
                            + "-"
                            + modified.getEpochSecond()
                            + '.'
                            + modified.getNano()
                            + inode(path);
            return new ByteObject(name, version, found.size(), true);
        } catch (NoSuchFileException e) {
            throw missing(e);
        }
    }

    /** Returns the inode without the device, whose number may change when a disk is mounted again. */
    private static String inode(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return "";
        }
        return "-" + Files.getAttribute(path, "unix:ino");
    }

    private void requireUnchanged(ByteObject object) throws IOException {
        String found;
        try {
            found = look().version();
        } catch (FileNotFoundException e) {
            found = "gone";
        }
        if (!found.equals(object.version())) {
            throw new SourceChangedException(name, object.version(), found);
        }
    }

    private IOException missing(NoSuchFileException cause) {
        return (IOException) new FileNotFoundException("there is no file " + name).initCause(cause);
    }

    @Override
    public String identity() {
        return Path.of(file).normalize().toUri().toString();
    }

    /**
     * Names the file.
     *
     * @return its absolute path
     */
    @Override
    public String toString() {
        return name;
    }
}
