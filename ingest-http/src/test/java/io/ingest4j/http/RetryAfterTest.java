package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {

    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("1994-11-06T08:49:37Z"), ZoneOffset.UTC);
    private static final Duration LONGEST = Duration.ofHours(1);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "120                            | PT2M",
                "' 7 '                          | PT7S",
                "007                            | PT7S",
                "3600                           | PT1H",
                "0                              | PT0S",
                "3601                           | PT1H",
                "1000000                        | PT1H",
                "999999999999                   | PT1H",
                "99999999999999999999999999     | PT1H",
                "Sun, 06 Nov 1994 08:49:38 GMT  | PT1S",
                "Sun, 06 Nov 1994 08:50:37 GMT  | PT1M",
                "Sunday, 06-Nov-94 08:50:37 GMT | PT0S",
                "Monday, 06-Nov-45 08:50:37 GMT | PT1H",
                "Sun Nov  6 08:50:37 1994       | PT1M",
                "Sun, 06 Nov 1994 08:49:37 GMT  | PT0S",
                "Sun, 06 Nov 1994 08:49:36 GMT  | PT0S",
                "Sat, 01 Jan 2000 00:00:00 GMT  | PT1H",
                "Fri, 31 Dec 9999 23:59:59 GMT  | PT1H",
                "''                             | PT0S",
                "-5                             | PT0S",
                "+5                             | PT0S",
                "1.5                            | PT0S",
                "5s                             | PT0S",
                "0x10                           | PT0S",
                "soon                           | PT0S",
                "Mon, 06 Nov 1994 08:50:37 GMT  | PT0S",
                "Sun, 32 Nov 1994 08:50:37 GMT  | PT0S",
                "Sun, 06 Nov 1994 08:50:37 CET  | PT0S",
                "1994-11-06T08:50:37Z           | PT0S",
            })
    void value_is_read(String value, Duration expected) {
        assertThat(of(Map.of("Retry-After", List.of(value)))).isEqualTo(expected);
    }

    @Test
    void missing_header_asks_for_nothing() {
        assertThat(of(Map.of())).isEqualTo(Duration.ZERO);
    }

    @Test
    void name_is_compared_without_regard_to_case() {
        assertThat(of(Map.of("retry-after", List.of("2")))).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void date_is_compared_with_that_of_the_response_when_clocks_differ() {
        Map<String, List<String>> headers =
                Map.of(
                        "Date", List.of("Sun, 06 Nov 1994 09:49:37 GMT"),
                        "Retry-After", List.of("Sun, 06 Nov 1994 09:49:47 GMT"));
        assertThat(of(headers)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void malformed_date_of_the_response_is_ignored() {
        Map<String, List<String>> headers =
                Map.of(
                        "Date", List.of("today"),
                        "Retry-After", List.of("Sun, 06 Nov 1994 08:49:47 GMT"));
        assertThat(of(headers)).isEqualTo(Duration.ofSeconds(10));
    }

    private static Duration of(Map<String, List<String>> headers) {
        return RetryAfter.of(HttpHeaders.of(headers, (name, value) -> true), CLOCK, LONGEST);
    }
}
