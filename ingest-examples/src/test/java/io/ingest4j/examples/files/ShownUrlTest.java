package io.ingest4j.examples.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShownUrlTest {

    @ParameterizedTest
    @CsvSource({
        "https://host/a/b.csv, https://host/a/b.csv",
        "https://user:secret@host:8080/a.csv?sig=secret#secret, https://host:8080/a.csv",
        "https://host/\u00e4.csv, https://host/%C3%A4.csv",
        "https://host, https://host",
    })
    void a_url_is_shown_without_what_may_be_secret(String url, String shown) {
        assertThat(ShownUrl.of(url)).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:sec/ret@host/x",
                "https://user:s@cret@host/x",
                "//user:secret@host/x",
                "https://host/a?sig\n=secret",
                "user:secret",
                "",
            })
    void what_is_no_url_is_not_shown(String text) {
        assertThat(ShownUrl.of(text)).doesNotContain("sec").doesNotContain("cret");
    }
}
