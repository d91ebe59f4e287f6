package io.ingest4j.http;

import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The Retry-After header (RFC 9110, section 10.2.3): seconds or a date in one of the three forms of
 * section 5.6.7. A date is compared with the response's own Date, so that the two clocks need not
 * agree.
 */
final class RetryAfter {

    private static final Pattern SECONDS = Pattern.compile("[0-9]+");
    private static final int LONGEST_EXACT_SECONDS = 12;
    private static final DateTimeFormatter DATE =
            new DateTimeFormatterBuilder()
                    .appendPattern("[EEE, dd MMM yyyy HH:mm:ss 'GMT'][EEE MMM ppd HH:mm:ss yyyy]")
                    .optionalStart()
                    .appendPattern("EEEE, dd-MMM-")
                    .appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
                    .appendPattern(" HH:mm:ss 'GMT'")
                    .toFormatter(Locale.ENGLISH);

    private RetryAfter() {}

    /** Returns how long to wait: zero if the header is missing, malformed, or asks for no wait. */
    static Duration of(HttpHeaders headers, Clock clock, Duration longest) {
        Duration asked =
                headers.firstValue("Retry-After")
                        .map(String::trim)
                        .flatMap(value -> wait(value, headers, clock))
                        .orElse(Duration.ZERO);
        if (asked.isNegative()) {
            return Duration.ZERO;
        }
        return asked.compareTo(longest) > 0 ? longest : asked;
    }

    private static Optional<Duration> wait(String value, HttpHeaders headers, Clock clock) {
        if (SECONDS.matcher(value).matches()) {
            boolean exact = value.length() <= LONGEST_EXACT_SECONDS;
            return Optional.of(Duration.ofSeconds(exact ? Long.parseLong(value) : Long.MAX_VALUE));
        }
        Optional<Instant> now = headers.firstValue("Date").flatMap(RetryAfter::date);
        return date(value).map(until -> Duration.between(now.orElseGet(clock::instant), until));
    }

    /** Reads a date in one of the three forms. */
    static Optional<Instant> date(String value) {
        try {
            return Optional.of(LocalDateTime.parse(value, DATE).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
