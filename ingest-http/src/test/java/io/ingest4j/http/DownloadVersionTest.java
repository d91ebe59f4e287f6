package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a version, and how it is written down. */
class DownloadVersionTest {

    private static final String DATED = "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT";

    private static DownloadVersion of(String... headers) {
        Map<String, List<String>> all =
                Arrays.stream(headers)
                        .map(header -> header.split(": ", 2))
                        .collect(Collectors.toMap(h -> h[0], h -> List.of(h[1])));
        Answer answer =
                new Answer(
                        URI.create("http://example.com/"),
                        200,
                        HttpHeaders.of(all, (name, value) -> true),
                        InputStream.nullInputStream(),
                        12,
                        false,
                        new QuietConnection(),
                        1);
        return DownloadVersion.of(answer, 12);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Wed, 21 Oct 2015 07:28:01 GMT;true",
                "Thu, 22 Oct 2015 00:00:00 GMT;true",
                "Wed Oct 21 07:28:01 2015;true",
                "Wednesday, 21-Oct-15 07:28:01 GMT;true",
                "Wed, 21 Oct 2015 07:28:00 GMT;false",
                "Wed, 21 Oct 2015 07:27:59 GMT;false",
                "yesterday;false"
            })
    void date_of_the_answer_decides_whether_last_modified_is_a_version(String date, boolean is) {
        assertThat(of(DATED, "Date: " + date).isNone()).isNotEqualTo(is);
        assertThat(of(DATED, "ETag: W/\"1\"", "Date: " + date).isNone()).isNotEqualTo(is);
        assertThat(of(DATED, "ETag: \"1\"", "Date: " + date).isNone()).isFalse();
    }

    @Test
    void last_modified_without_a_date_to_compare_with_is_no_version() {
        assertThat(of(DATED)).isEqualTo(DownloadVersion.NONE);
        assertThat(of("Last-Modified: now", "Date: Wed, 21 Oct 2015 07:28:01 GMT").isNone())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"v 12\"",
                "abc",
                "abc 12",
                "modified x 12",
                "etag x",
                "Wed, 21 Oct 2015 07:28:00 GMT 12",
                "modified Wed, 21 Oct 2015 07:28:00 GMT 12",
                "W/\"a 5\"",
                "W/a 5",
                "W/\"1\" modified x 1 W/\"2\""
            })
    void every_version_is_read_as_it_was_written(String etag) {
        DownloadVersion version = of("ETag: " + etag, DATED, "Date: Wed, 21 Oct 2015 07:28:01 GMT");
        assertThat(version.etag()).isEqualTo(etag);
        assertThat(version.modified().isEmpty()).isEqualTo(!etag.startsWith("W/"));
        assertThat(DownloadVersion.parse(version.text())).isEqualTo(version);
    }

    @Test
    void unknown_length_and_no_version_are_read_as_they_were_written() {
        DownloadVersion unsized = new DownloadVersion("", "Wed, 21 Oct 2015 07:28:00 GMT", -1);
        assertThat(DownloadVersion.parse(unsized.text())).isEqualTo(unsized);
        assertThat(DownloadVersion.parse("")).isEqualTo(DownloadVersion.NONE);
    }
}
