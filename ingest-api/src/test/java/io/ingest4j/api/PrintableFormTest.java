package io.ingest4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PrintableFormTest {

    private static final String AWKWARD = "a:b %c\nd é☃+";

    @Test
    void a_position_survives_its_printable_form() {
        Position position =
                new Position(AWKWARD, Long.MAX_VALUE, 3L << 40, "line=7;cursor=" + AWKWARD);

        assertThat(position.encode()).matches("p1:[\\x21-\\x7e]+");
        assertThat(Position.decode(position.encode())).isEqualTo(position);
    }

    @Test
    void a_split_survives_its_printable_form() {
        SourceSplit split =
                new SourceSplit(
                        AWKWARD, "s3://b/" + AWKWARD, "\"etag\"", 5, SourceSplit.UNKNOWN, "");

        assertThat(split.encode()).matches("s1:[\\x21-\\x7e]+");
        assertThat(SourceSplit.decode(split.encode())).isEqualTo(split);
    }

    @Test
    void the_printable_form_does_not_change_between_versions() {
        assertThat(new Position("0", 12, 345, "line=13").encode())
                .isEqualTo("p1:0:12:345:line%3D13");
        assertThat(new SourceSplit("0", "file:x", "v", 1, 2, "d").encode())
                .isEqualTo("s1:0:file%3Ax:v:1:2:d");
    }

    @Test
    void what_is_no_printable_form_is_refused_with_its_text() {
        assertThatThrownBy(() -> Position.decode("p2:0:1:2:"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("printable form must be p1 and 4 parts, was 'p2:0:1:2:'");
        assertThatThrownBy(() -> Position.decode("p1:0:one:2:"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("printable form 'one' must be a number, was 'p1:0:one:2:'");
        assertThatThrownBy(() -> Position.decode("p1:0:-1:2:"))
                .hasMessage("recordNumber must be >= 0, was -1");
        assertThatThrownBy(() -> SourceSplit.decode(""))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
