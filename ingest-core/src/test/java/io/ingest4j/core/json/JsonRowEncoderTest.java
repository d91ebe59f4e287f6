package io.ingest4j.core.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class JsonRowEncoderTest {

    private static final List<String> NAMES = List.of("id", "name");
    private static final Row ANN = Rows.row(NAMES, "1", "Ann");
    private static final Row BOB = Rows.row(NAMES, "2", "Bob");

    @Test
    void object_is_one_object() throws IOException {
        assertThat(encoded(Json.object(), Rows.of(ANN)))
                .isEqualTo("{\"id\":\"1\",\"name\":\"Ann\"}");
    }

    @Test
    void object_refuses_another_number_of_records() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoded(Json.object(), Rows.of(ANN, BOB)))
                .withMessage("batch size must be 1 for Json.object(), was 2");
    }

    @Test
    void array_holds_an_object_for_each_record() throws IOException {
        assertThat(encoded(Json.array(), Rows.of(ANN, BOB)))
                .isEqualTo("[{\"id\":\"1\",\"name\":\"Ann\"},{\"id\":\"2\",\"name\":\"Bob\"}]");
    }

    @Test
    void array_of_one_record_is_an_array() throws IOException {
        assertThat(encoded(Json.array(), Rows.of(ANN))).startsWith("[{").endsWith("}]");
    }

    @Test
    void lines_end_with_a_line_feed_each() throws IOException {
        assertThat(encoded(Json.lines(), Rows.of(ANN, BOB)))
                .isEqualTo("{\"id\":\"1\",\"name\":\"Ann\"}\n{\"id\":\"2\",\"name\":\"Bob\"}\n");
    }

    @Test
    void media_type_is_that_of_the_layout() {
        assertThat(Json.object().contentType()).isEqualTo("application/json");
        assertThat(Json.array().contentType()).isEqualTo("application/json");
        assertThat(Json.lines().contentType()).isEqualTo("application/x-ndjson");
    }

    @Test
    void row_without_fields_is_an_empty_object() throws IOException {
        assertThat(encoded(Json.array(), Rows.of(Rows.row(List.of())))).isEqualTo("[{}]");
    }

    @Test
    void key_comes_first_under_its_name() throws IOException {
        Rows rows = Rows.of(ANN, BOB);
        assertThat(encoded(Json.lines().withKey("k"), rows).lines())
                .containsExactly(
                        "{\"k\":\"" + rows.key(0) + "\",\"id\":\"1\",\"name\":\"Ann\"}",
                        "{\"k\":\"" + rows.key(1) + "\",\"id\":\"2\",\"name\":\"Bob\"}");
    }

    @Test
    void key_is_all_that_a_row_without_fields_has() throws IOException {
        Rows rows = Rows.of(Rows.row(List.of()));
        assertThat(encoded(Json.object().withKey("k"), rows))
                .isEqualTo("{\"k\":\"" + rows.key(0) + "\"}");
    }

    @Test
    void key_that_hides_a_field_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoded(Json.array().withKey("name"), Rows.of(ANN)))
                .withMessage("names in a JSON object must differ, 'name' is there twice");
    }

    @Test
    void key_name_must_not_be_empty() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Json.array().withKey(""))
                .withMessage("key name must not be empty");
    }

    @Test
    void names_must_differ() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> encoded(Json.array(), Rows.of(Rows.row(List.of("a", "a"), "1", "2"))))
                .withMessage("names in a JSON object must differ, 'a' is there twice");
    }

    @Test
    void rows_of_one_batch_may_have_different_names() throws IOException {
        Rows rows = Rows.of(ANN, Rows.row(List.of("x"), "3"), BOB);
        assertThat(parsed(encoded(Json.array(), rows)))
                .containsExactly(
                        Map.of("id", "1", "name", "Ann"),
                        Map.of("x", "3"),
                        Map.of("id", "2", "name", "Bob"));
    }

    @Test
    void every_control_character_quote_and_backslash_is_escaped() throws IOException {
        String all =
                IntStream.range(0, 0x100)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining());
        String json = encoded(Json.array(), Rows.of(Rows.row(List.of(all), all)));
        assertThat(parsed(json)).containsExactly(Map.of(all, all));
        assertThat(json.chars()).allMatch(code -> code >= 0x20);
    }

    @Test
    void a_long_batch_is_written_whole() throws IOException {
        Rows rows = new Rows(Collections.nCopies(2_000, ANN));
        assertThat(parsed(encoded(Json.array(), rows)))
                .hasSize(2_000)
                .allMatch(Map.of("id", "1", "name", "Ann")::equals);
    }

    @Test
    void a_field_longer_than_the_buffer_is_written_whole() throws IOException {
        String text = "0123456789\"".repeat(100_000);
        assertThat(parsed(encoded(Json.array(), Rows.of(Rows.row(List.of("t"), text)))))
                .containsExactly(Map.of("t", text));
    }

    @Property
    void any_rows_come_back_from_a_parser(
            @ForAll @Size(max = 5) @UniqueElements List<String> names,
            @ForAll @Size(max = 4) List<@Size(min = 5, max = 5) List<String>> values)
            throws IOException {
        List<String> valid = names.stream().map(JsonRowEncoderTest::encodable).distinct().toList();
        List<Row> rows = new ArrayList<>();
        List<Map<String, String>> expected = new ArrayList<>();
        for (List<String> fields : values) {
            Map<String, String> object = new LinkedHashMap<>();
            for (int i = 0; i < valid.size(); i++) {
                object.put(valid.get(i), encodable(fields.get(i)));
            }
            expected.add(object);
            rows.add(Rows.row(valid, object.values().toArray(String[]::new)));
        }
        assertThat(parsed(encoded(Json.array(), new Rows(rows)))).isEqualTo(expected);
        assertThat(parsed(encoded(Json.lines(), new Rows(rows)))).isEqualTo(expected);
    }

    @Test
    void encoder_is_serializable_after_use() throws Exception {
        JsonRowEncoder encoder = Json.array().withKey("k");
        String before = encoded(encoder, Rows.of(ANN));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(encoder);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(encoded((JsonRowEncoder) in.readObject(), Rows.of(ANN))).isEqualTo(before);
        }
    }

    /** Lone surrogates have no UTF-8. */
    private static String encodable(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Test
    void only_lines_can_follow_each_other_in_a_file() {
        JsonRowEncoder lines = Json.lines();
        assertThat(lines.after("")).isSameAs(lines);
        assertThatThrownBy(() -> Json.array().after(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Json.lines()");
    }

    private static String encoded(JsonRowEncoder encoder, RecordBatch<Row> batch)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encoder.encode(batch, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Jackson is the oracle: reads all objects, whether in an array or not. */
    private static List<Map<String, String>> parsed(String json) {
        List<Map<String, String>> objects = new ArrayList<>();
        try (JsonParser parser =
                JsonFactory.builder().build().createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> objects.add(new LinkedHashMap<>());
                    case VALUE_STRING ->
                            objects.get(objects.size() - 1)
                                    .put(parser.currentName(), parser.getString());
                    default -> {}
                }
            }
        }
        return objects;
    }
}
