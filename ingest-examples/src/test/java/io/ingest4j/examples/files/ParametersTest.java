package io.ingest4j.examples.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {

    private static List<String> parse(String json) throws IOException {
        return Parameters.parse(json.getBytes(StandardCharsets.UTF_8), "s3://b/k");
    }

    @Test
    void urls_are_read_and_other_members_left_alone() throws IOException {
        assertThat(
                        parse(
                                "{\"owner\": {\"file_urls\": 1}, \"file_urls\": [\" https://a \", \"b\"]}"))
                .containsExactly("https://a", "b");
        assertThat(parse("{\"file_urls\": []}")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | s3://b/k must hold an object, was START_ARRAY at line 1",
                "{} | s3://b/k must have the member file_urls, had none",
                "{\"file_urls\": \"a\"} | file_urls: an array, was VALUE_STRING",
                "{\"file_urls\": [1]} | file_urls: an array of strings, was VALUE_NUMBER_INT",
                "{\"file_urls\": [[\"a\"]]} | file_urls: an array of strings, was START_ARRAY",
                "{\"file_urls\": [\"a\"] | s3://b/k must be JSON, was not",
                "{\"file_urls\": [\"a\"]} x | s3://b/k must be JSON, was not",
                "{\"file_urls\": [\"a\"]} {} | one object and nothing behind",
                "'' | s3://b/k must hold an object, was null",
            })
    void what_is_wrong_is_named_with_its_place(String json, String message) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }
}
