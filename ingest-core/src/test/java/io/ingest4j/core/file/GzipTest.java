package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

class GzipTest {

    /** Bytes of which some or all are there, in reads of at most 1,000 with available() = 0. */
    private static final class Bytes implements ByteSource {

        private static final long serialVersionUID = 1;
        private final byte[] content;
        private final long length;

        Bytes(byte[] content, long length) {
            this.content = content;
            this.length = length;
        }

        Bytes(byte[] content) {
            this(content, content.length);
        }

        @Override
        public List<ByteObject> objects() {
            return List.of(new ByteObject("memory", "v1", length, true));
        }

        @Override
        public InputStream open(ByteObject object, long offset) {
            assertThat(object).isEqualTo(objects().get(0));
            return stream(content);
        }

        static InputStream stream(byte[] content) {
            return new ByteArrayInputStream(content) {
                @Override
                public synchronized int read(byte[] target, int offset, int count) {
                    return super.read(target, offset, Math.min(1000, count));
                }

                @Override
                public synchronized int available() {
                    return 0;
                }
            };
        }
    }

    private static byte[] inflate(byte[] compressed) throws IOException {
        return inflate(new Bytes(compressed), 0);
    }

    private static byte[] inflate(ByteSource compressed, long offset) throws IOException {
        Gzip gzip = Gzip.of(compressed);
        try (InputStream in = gzip.open(gzip.objects().get(0), offset)) {
            return in.readAllBytes();
        }
    }

    private static byte[] member(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    private static byte[] member(String content) throws IOException {
        return member(content.getBytes(StandardCharsets.UTF_8));
    }

    /** A member with extra field, name, comment and header CRC. */
    private static byte[] memberWithAllFields(String content) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(new byte[] {0x1f, (byte) 0x8b, 8, 1 | 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3});
        header.write(new byte[] {5, 0, 'x', 'y', 1, 0, 9});
        header.write("name.csv\0".getBytes(StandardCharsets.ISO_8859_1));
        header.write("comment\0".getBytes(StandardCharsets.ISO_8859_1));
        CRC32 crc = new CRC32();
        crc.update(header.toByteArray());
        header.write((int) crc.getValue());
        header.write((int) crc.getValue() >> 8);
        byte[] plain = member(content);
        header.write(plain, 10, plain.length - 10);
        return header.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] threeMembers() throws IOException {
        return concat(
                member("first member"),
                memberWithAllFields("second member"),
                member(""),
                member("fourth"));
    }

    @Test
    void object_keeps_its_name_and_has_no_length() throws IOException {
        ByteObject object = Gzip.of(new Bytes(member("x"))).objects().get(0);
        assertThat(object.name()).isEqualTo("memory");
        assertThat(object.length()).isEqualTo(ByteObject.UNKNOWN);
        assertThat(object.seekable()).isFalse();
        assertThat(object.version()).endsWith("v1");
    }

    @Test
    void large_member_is_inflated() throws IOException {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        Arrays.fill(content, 1_000_000, 2_000_000, (byte) 7);
        assertThat(inflate(member(content))).isEqualTo(content);
    }

    @Test
    void all_header_fields_are_understood() throws IOException {
        assertThat(inflate(memberWithAllFields("content"))).asString().isEqualTo("content");
    }

    @Test
    void gzip_in_gzip_is_inflated_twice() throws IOException {
        Gzip once = Gzip.of(new Bytes(member(member("inner"))));
        assertThat(inflate(once, 0)).asString().isEqualTo("inner");
    }

    private static byte[] thousandMembers() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            all.write(member("line " + i + "\n"));
        }
        return all.toByteArray();
    }

    private static long lines(byte[] text) {
        return new String(text, StandardCharsets.UTF_8).lines().count();
    }

    @Test
    void thousand_members_are_inflated_when_nothing_is_available() throws IOException {
        byte[] text = inflate(thousandMembers());
        assertThat(lines(text)).isEqualTo(1000);
        assertThat(text).asString().endsWith("line 999\n");
    }

    @Test
    @EnabledOnJre(JRE.JAVA_17)
    void the_jdk_s_stream_loses_most_of_a_thousand_members_without_an_error() throws IOException {
        // Reads end where members do, as they may on a network.
        byte[] all = thousandMembers();
        int first = member("line 0\n").length;
        InputStream in =
                new ByteArrayInputStream(all) {
                    @Override
                    public synchronized int read(byte[] target, int offset, int count) {
                        return super.read(
                                target, offset, pos < first ? Math.min(count, first - pos) : count);
                    }

                    @Override
                    public synchronized int available() {
                        return 0;
                    }
                };
        assertThat(lines(new GZIPInputStream(in, 1 << 16).readAllBytes())).isEqualTo(1);
    }

    @Test
    void the_jdk_s_stream_drops_a_second_member_with_a_cut_header_and_we_don_t()
            throws IOException {
        byte[] cut = concat(member("first"), Arrays.copyOf(member("second"), 9));
        byte[] read = new GZIPInputStream(new ByteArrayInputStream(cut)).readAllBytes();
        assertThat(read).asString().isEqualTo("first");
        assertThatThrownBy(() -> inflate(cut)).isInstanceOf(EOFException.class);
    }

    @Test
    void cut_at_any_byte_is_an_error_when_the_length_is_known() throws IOException {
        byte[] whole = threeMembers();
        for (int length = 0; length < whole.length; length++) {
            Bytes cut = new Bytes(Arrays.copyOf(whole, length), whole.length);
            assertThatThrownBy(() -> inflate(cut, 0))
                    .as("cut at %d", length)
                    .isInstanceOf(EOFException.class);
        }
        assertThat(inflate(whole)).asString().isEqualTo("first membersecond memberfourth");
    }

    @Test
    void cut_is_an_error_except_between_members_when_the_length_is_cut_too() throws IOException {
        byte[] whole = threeMembers();
        Set<Integer> readable = new TreeSet<>();
        for (int length = 0; length <= whole.length; length++) {
            try {
                inflate(Arrays.copyOf(whole, length));
                readable.add(length);
            } catch (EOFException e) {
                assertThat(e).hasMessageContaining("memory");
            }
        }
        int first = member("first member").length;
        int second = first + memberWithAllFields("second member").length;
        assertThat(readable)
                .containsExactly(first, second, second + member("").length, whole.length);
    }

    @Test
    void error_tells_the_offset() throws IOException {
        byte[] whole = threeMembers();
        int second = member("first member").length;
        assertThatThrownBy(() -> inflate(Arrays.copyOf(whole, second + 3)))
                .hasMessageContaining("breaks off at offset " + (second + 3))
                .hasMessageContaining("begins at offset " + second);
    }

    @Test
    void empty_object_is_an_error() {
        assertThatThrownBy(() -> inflate(new byte[0]))
                .isInstanceOf(EOFException.class)
                .hasMessageContaining("memory is empty");
    }

    @Test
    void plain_text_is_an_error() {
        assertThatThrownBy(() -> inflate("id,name\n1,a\n".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ZipException.class)
                .hasMessageContaining("does not begin with 1f 8b");
    }

    @Test
    void garbage_after_the_last_member_is_an_error() throws IOException {
        for (byte[] garbage :
                List.of(
                        new byte[] {1},
                        "abc".getBytes(StandardCharsets.UTF_8),
                        new byte[] {0, 0, 5})) {
            byte[] bytes = concat(member("content"), garbage);
            assertThatThrownBy(() -> inflate(bytes)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void zeros_after_the_last_member_are_padding() throws IOException {
        for (int zeros : new int[] {1, 511, 200_000}) {
            assertThat(inflate(concat(member("content"), new byte[zeros])))
                    .asString()
                    .isEqualTo("content");
        }
    }

    @Test
    void zeros_only_are_an_error() {
        assertThatThrownBy(() -> inflate(new byte[512])).isInstanceOf(ZipException.class);
    }

    @Test
    void wrong_length_in_a_trailer_is_an_error() throws IOException {
        byte[] bytes = member("content");
        bytes[bytes.length - 1] ^= 1;
        assertThatThrownBy(() -> inflate(bytes))
                .isInstanceOf(ZipException.class)
                .hasMessageContaining("length modulo 2^32 must be 16777223, was 7");
    }

    @Property(tries = 2000)
    void flipped_bit_is_an_error_or_changes_nothing(@ForAll @IntRange(max = 100_000) int where)
            throws IOException {
        byte[] bytes = threeMembers();
        byte[] expected = inflate(bytes);
        int bit = where % (bytes.length * 8);
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        try {
            assertThat(inflate(bytes)).isEqualTo(expected);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("memory");
        }
    }

    @Test
    void opening_at_an_offset_leaves_bytes_out() throws IOException {
        Bytes source = new Bytes(threeMembers());
        assertThat(inflate(source, 6)).asString().isEqualTo("membersecond memberfourth");
        assertThat(inflate(source, 31)).isEmpty();
        assertThatThrownBy(() -> inflate(source, 32)).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> inflate(source, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void object_of_another_source_is_refused() {
        assertThatThrownBy(
                        () ->
                                Gzip.of(new Bytes(new byte[1]))
                                        .open(new ByteObject("memory", "v1", 1, true), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("was v1");
    }

    @Test
    void closed_stream_can_t_be_read() throws IOException {
        Gzip gzip = Gzip.of(new Bytes(member("content")));
        InputStream in = gzip.open(gzip.objects().get(0), 0);
        assertThat(in.read()).isEqualTo('c');
        in.close();
        in.close();
        assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessageContaining("closed");
    }
}
