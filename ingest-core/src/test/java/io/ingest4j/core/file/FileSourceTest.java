package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceChangedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest {

    @TempDir private Path directory;

    private Path file;
    private FileSource source;

    @BeforeEach
    void write() throws IOException {
        file = directory.resolve("a file.csv");
        Files.writeString(file, "0123456789");
        source = FileSource.of(file);
    }

    private ByteObject object() throws IOException {
        return source.objects().get(0);
    }

    @Test
    void file_is_described() throws IOException {
        assertThat(source.objects()).hasSize(1);
        assertThat(object().name()).isEqualTo(file.toAbsolutePath().toString());
        assertThat(object().length()).isEqualTo(10);
        assertThat(object().seekable()).isTrue();
        assertThat(object().version()).isEqualTo(object().version()).startsWith("10-");
    }

    @Test
    void file_is_read_from_any_offset() throws IOException {
        for (int offset = 0; offset <= 10; offset++) {
            try (InputStream in = source.open(object(), offset)) {
                assertThat(in.readAllBytes()).asString().isEqualTo("0123456789".substring(offset));
            }
        }
    }

    @Test
    void offset_outside_the_file_is_refused() throws IOException {
        ByteObject object = object();
        assertThatThrownBy(() -> source.open(object, 11))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("offset must be between 0 and 10, was 11");
        assertThatThrownBy(() -> source.open(object, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void missing_file_is_named() throws IOException {
        ByteObject object = object();
        Files.delete(file);
        assertThatThrownBy(source::objects)
                .isInstanceOf(FileNotFoundException.class)
                .hasMessage("there is no file " + file);
        assertThatThrownBy(() -> source.open(object, 0)).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void directory_is_refused() {
        assertThatThrownBy(FileSource.of(directory)::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("must be a regular file, was a directory");
    }

    @Test
    void file_changed_before_opening_is_refused() throws IOException {
        ByteObject object = object();
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertThatThrownBy(() -> source.open(object, 0))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining(object.version())
                .hasMessageContaining(object().version());
    }

    @Test
    void file_replaced_by_one_of_equal_size_and_time_is_refused() throws IOException {
        ByteObject object = object();
        Path other = directory.resolve("other");
        Files.writeString(other, "abcdefghij");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> source.open(object, 0)).isInstanceOf(SourceChangedException.class);
    }

    @Test
    void file_that_grows_while_it_is_read_fails_at_the_end() throws IOException {
        try (InputStream in = source.open(object(), 0)) {
            assertThat(in.readNBytes(5)).asString().isEqualTo("01234");
            Files.writeString(file, "more", StandardOpenOption.APPEND);
            assertThat(in.readNBytes(5)).asString().isEqualTo("56789");
            assertThatThrownBy(in::read).isInstanceOf(SourceChangedException.class);
        }
    }

    @Test
    void file_that_shrinks_while_it_is_read_fails() throws IOException {
        try (InputStream in = source.open(object(), 0)) {
            Files.writeString(file, "01");
            assertThatThrownBy(in::readAllBytes).isInstanceOf(SourceChangedException.class);
        }
    }

    @Test
    void file_deleted_while_it_is_read_fails_at_the_end() throws IOException {
        try (InputStream in = source.open(object(), 0)) {
            Files.delete(file);
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining("gone");
        }
    }

    @Test
    void object_of_another_file_is_refused() {
        assertThatThrownBy(() -> source.open(new ByteObject("/other", "v", 1, true), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("was /other");
    }

    @Test
    void source_survives_serialization() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(source);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(((FileSource) in.readObject()).objects()).isEqualTo(source.objects());
        }
    }
}
