package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedactionTest {

    private static final URI PLAIN = URI.create("https://example.com/p");

    @Test
    void uri_is_shown_without_query_fragment_and_user() {
        assertThat(Redaction.shown(URI.create("https://u:secret@example.com:8443/a%20b?k=v#f")))
                .isEqualTo("https://example.com:8443/a%20b");
    }

    @Test
    void secrets_are_masked() {
        Redaction redaction = new Redaction(PLAIN, List.of("tok-123456"));
        assertThat(redaction.shown("bad tok-123456, tok-123456!")).isEqualTo("bad ***, ***!");
    }

    @Test
    void what_stands_in_a_header_is_masked_by_itself_too() {
        Redaction redaction =
                new Redaction(
                        PLAIN, List.of("Bearer abc123xyz", "session=5e55104; theme=d4rkm0de"));

        assertThat(redaction.shown("abc123xyz is unknown, so is 5e55104 and d4rkm0de"))
                .doesNotContain("abc123xyz", "5e55104", "d4rkm0de");
    }

    @Test
    void values_in_the_query_are_masked_raw_and_decoded() {
        URI uri = URI.create("https://example.com/p?sig=abc%2Fdef%3D&v=1");
        assertThat(new Redaction(uri, List.of()).shown("abc%2Fdef%3D and abc/def= and v"))
                .doesNotContain("abc%2F", "abc/def");
    }

    @Test
    void short_values_are_no_secrets() {
        assertThat(new Redaction(PLAIN, List.of("a", "")).shown("a b a")).isEqualTo("a b a");
    }

    @Test
    void secret_cut_off_at_the_end_is_masked() {
        Redaction redaction = new Redaction(PLAIN, List.of("tok-1234567890"));
        assertThat(redaction.shown("echo tok-12345")).isEqualTo("echo ***");
    }

    @Test
    void control_characters_become_spaces() {
        assertThat(new Redaction(PLAIN, List.of()).shown("a\r\nINFO fake\u001b[31m\0b"))
                .isEqualTo("a INFO fake [31m b");
    }

    @Test
    void long_text_is_cut() {
        assertThat(new Redaction(PLAIN, List.of()).shown("x".repeat(5_000)))
                .isEqualTo("x".repeat(200) + "...");
    }
}
