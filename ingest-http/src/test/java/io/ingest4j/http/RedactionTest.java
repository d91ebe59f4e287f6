package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    private static final String SECRET = "s3cr/t+\"k<y>&'ü\\z=_9 8";

    /** Each says the secret in a form in which servers repeat it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3cr/t+\"k<y>&'ü\\z=_9 8",
                "S3CR/T+\"K<Y>&'ü\\Z=_9 8",
                "s3cr/t+\\\"k<y>&'ü\\\\z=_9 8",
                "s3cr\\/t+\\\"k\\u003cy\\u003e\\u0026\\u0027\\u00fc\\\\z\\u003d_9 8",
                "s3cr%2Ft%2B%22k%3Cy%3E%26%27%C3%BC%5Cz%3D_9+8",
                "s3cr%2ft%2b%22k%3cy%3e%26'%c3%bc%5cz=_9%208",
                "s3cr%252Ft%252B%2522k%253Cy%253E%2526%2527%25C3%25BC%255Cz%253D_9%25208",
                "s3cr/t+&quot;k&lt;y&gt;&amp;&#39;ü\\z=_9 8",
                "s3cr&#x2F;t+&#34;k&lt;y&gt;&amp;&apos;&#252;\\z=_9 8",
                "czNjci90KyJrPHk+JifDvFx6PV85IDg=",
            })
    void secret_is_masked_in_every_form_that_says_the_same(String form) {
        Redaction redaction = new Redaction(PLAIN, List.of(SECRET));
        assertThat(redaction.shown("bad key " + form + ", see log"))
                .isEqualTo("bad key ***, see log");
        // Half of the secret and more is masked wherever the server stops.
        for (int n = form.length() * 3 / 4; n < form.length(); n++) {
            assertThat(redaction.shown("bad key " + form.substring(0, n) + "... see log"))
                    .startsWith("bad key ***")
                    .doesNotContainIgnoringCase("s3cr", "czNj");
        }
    }

    @Test
    void user_and_password_of_basic_are_masked_as_they_are() {
        Redaction redaction = // ada:pa55word and ada:ümlaut-5
                new Redaction(PLAIN, List.of("Basic YWRhOnBhNTV3b3Jk", "YWRhOsO8bWxhdXQtNQ=="));
        assertThat(redaction.shown("ada:pa55word, PA55WORD, pa55w%6Frd, user ada"))
                .isEqualTo("***, ***, ***, user ada");
        assertThat(redaction.shown("no ümlaut-5 and \\u00fcmlaut-5")).isEqualTo("no *** and ***");
    }

    @Test
    void beginning_of_a_secret_is_masked_where_the_text_goes_on() {
        Redaction redaction = new Redaction(PLAIN, List.of("Bearer tok-1234567890"));
        assertThat(redaction.shown("key tok-1234**** is unknown"))
                .isEqualTo("key ******* is unknown");
        assertThat(redaction.shown("key tok-123 is unknown")).isEqualTo("key tok-123 is unknown");
    }

    @Test
    void short_beginning_of_a_long_secret_is_masked_at_the_end_only() {
        Redaction redaction = new Redaction(PLAIN, List.of("database-main-4f5a6b7c8d9e0f1e"));
        assertThat(redaction.shown("the database-main is down"))
                .isEqualTo("the database-main is down");
        assertThat(redaction.shown("the database-main")).isEqualTo("the ***");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\ud83d\\ude00",
                "\\\\uD83D\\\\uDE00",
                "&#128512;",
                "&#0128512;",
                "&#x1F600;",
                "&#X01f600;",
                "&amp;#128512;",
            })
    void character_beyond_16_bits_is_recognised_by_its_number(String smile) {
        Redaction redaction = new Redaction(PLAIN, List.of("😀-😀"));
        assertThat(redaction.shown("bad " + smile + "-" + smile + "!")).isEqualTo("bad ***!");
    }

    @Test
    void number_that_is_no_character_stays_as_it_is() {
        Redaction redaction = new Redaction(PLAIN, List.of("tok-1234567890"));
        assertThat(redaction.shown("&#9999999; &#xFFFFFF; \\ud83d\\u0041 tok-1234567890"))
                .isEqualTo("&#9999999; &#xFFFFFF; \\ud83d\\u0041 ***");
    }

    @Test
    void text_without_secrets_stays_as_it_is() {
        Redaction redaction = new Redaction(PLAIN, List.of("tok-1234567890"));
        String text = "100% of \"a\\/b\" & &amp; %zz \\u12 ü€😀 +1%2";
        assertThat(redaction.shown(text)).isEqualTo(text);
        assertThat(redaction.shown("😀tok-1234567890😀")).isEqualTo("😀***😀");
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

    @Test
    void cut_does_not_divide_a_character() {
        assertThat(new Redaction(PLAIN, List.of()).shown("x".repeat(199) + "😀 tail"))
                .isEqualTo("x".repeat(199) + "...");
        assertThat(new Redaction(PLAIN, List.of()).shown("x".repeat(198) + "😀 tail"))
                .isEqualTo("x".repeat(198) + "😀...");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown format; the source must be one of import, export_all; limited",
                "unknown customer",
                "there is no such department or source",
                "the source",
            })
    void names_in_a_query_are_no_secrets(String text) {
        for (String query :
                List.of(
                        "format=csv&source=sap&limit=1000",
                        "source=sap&customer=4711",
                        "department=HR&source=sap",
                        "%64epartment=HR")) {
            URI uri = URI.create("https://example.com/p?" + query);
            assertThat(new Redaction(uri, List.of()).shown(text)).isEqualTo(text);
        }
    }

    @Test
    void values_in_a_query_are_masked_also_those_with_an_equals_sign_and_those_without_a_name() {
        URI uri = URI.create("https://example.com/p?token=abc=defghi==&tok-123456&key=wxyz=uvwxyz");
        Redaction redaction = new Redaction(uri, List.of());
        assertThat(redaction.shown("bad token abc=defghi==, defghi, tok-123456 or key uvwxyz"))
                .isEqualTo("bad token ***, ***, *** or key ***");
        assertThat(redaction.shown("GET /p?token=abc=defghi==&tok-123456&key=wxyz=uvwxyz HTTP"))
                .isEqualTo("GET /p?*** HTTP");
        assertThat(redaction.shown("dG9rZW49YWJjPWRlZmdoaT09JnRvay0xMjM0NTYma2V5PXd4eXo9dXZ3eHl6"))
                .isEqualTo("***");
        assertThat(redaction.shown("GET /p?token=abc=defghi==&tok-12")).isEqualTo("GET /p?***");
    }

    @Test
    void token_without_a_name_is_masked_with_its_padding_and_without() {
        for (String padding : List.of("=", "==")) {
            URI uri = URI.create("https://example.com/p?dXNlcjpwYXNzdzByZA" + padding);
            assertThat(new Redaction(uri, List.of()).shown("dXNlcjpwYXNzdzByZA is unknown"))
                    .isEqualTo("*** is unknown");
        }
    }

    @Test
    void names_in_a_header_are_no_secrets_but_what_comes_before_padding_is() {
        Redaction redaction =
                new Redaction(
                        PLAIN,
                        List.of(
                                "session=5e55104; customer=d4rkm0de",
                                "Basic dXNlcjpwYXNzdzByZA=="));
        assertThat(
                        redaction.shown(
                                "the session of customer d4rkm0de ends, 5e55104 of dXNlcjpwYXNzdzByZA"))
                .isEqualTo("the session of customer *** ends, *** of ***");
    }

    @Test
    void headers_that_say_what_is_spoken_are_no_secrets() {
        Map<String, String> headers =
                Map.of(
                        "Accept-Language", "english, german",
                        "ACCEPT-CHARSET", "iso-8859-15",
                        "prefer", "return=minimal",
                        "X-Key", "tok-123456");
        assertThat(Redaction.secretsOf(headers)).containsExactly("tok-123456");
    }
}
