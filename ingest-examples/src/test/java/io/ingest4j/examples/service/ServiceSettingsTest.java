package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class ServiceSettingsTest {

    private static final Path HOME = Path.of("/home");

    private static ServiceSettings read(Map<String, String> environment) throws SettingsException {
        return ServiceSettings.read(new Variables(Map.of(), environment, Map.of()), HOME);
    }

    @Test
    void withoutAny_theyAreThoseOfTheDescription() throws SettingsException {
        ServiceSettings settings = read(Map.of());
        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(8_000);
        assertThat(settings.logLevel()).isEqualTo(Level.INFO);
        assertThat(settings.batchSize()).isEqualTo(3);
        assertThat(settings.batchDelay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.idempotencyWindow()).isEqualTo(Duration.ofSeconds(300));
        assertThat(settings.database())
                .isEqualTo(new Database.SqliteFile(Path.of("/home/ingest.db")));
        assertThat(settings.maxBodyBytes()).isEqualTo(1 << 20);
        assertThat(settings.clientRequestsPerSecond()).isZero();
        assertThat(settings.corsOrigins()).isEmpty();
        assertThat(settings.maxWait()).isEmpty();
        assertThat(settings.deadLetters()).isEmpty();
        assertThat(settings.external().url()).isEmpty();
        assertThat(settings.external().minMillis()).isEqualTo(1_000);
        assertThat(settings.external().maxMillis()).isEqualTo(3_000);
    }

    @Test
    void eachIsTaken() throws SettingsException {
        ServiceSettings settings =
                read(
                        Map.of(
                                "BATCH_DELAY", "0.25",
                                "MAX_WAIT_SECONDS", "60",
                                "DEAD_LETTER_FILE", "failed.ndjson",
                                "CORS_ORIGINS", "https://a.test, http://b.test:8080",
                                "EXTERNAL_URL", "https://api.test/process",
                                "SIMULATED_MIN_MS", "5000",
                                "SIMULATED_FAILURES", "0.5",
                                "LOG_LEVEL", "warning"));
        assertThat(settings.batchDelay()).isEqualTo(Duration.ofMillis(250));
        assertThat(settings.maxWait()).contains(Duration.ofMinutes(1));
        assertThat(settings.deadLetters()).contains(Path.of("/home/failed.ndjson"));
        assertThat(settings.corsOrigins()).containsExactly("https://a.test", "http://b.test:8080");
        assertThat(settings.external().url()).contains(URI.create("https://api.test/process"));
        assertThat(settings.external().maxMillis()).isEqualTo(5_000);
        assertThat(settings.external().failures()).isEqualTo(0.5);
        assertThat(settings.logLevel()).isEqualTo(Level.WARN);
    }

    @ParameterizedTest
    @CsvSource({
        "PORT, 65536, 'PORT must be a whole number from 0 to 65535, was ''65536'''",
        "PORT, http, 'PORT must be a whole number from 0 to 65535, was ''http'''",
        "BATCH_SIZE, 0, 'BATCH_SIZE must be a whole number from 1 to 1000, was ''0'''",
        "BATCH_DELAY, -1, 'BATCH_DELAY must be seconds from 0 to 86400, was ''-1'''",
        "BATCH_DELAY, 1e99999999999, 'BATCH_DELAY must be seconds from 0 to 86400, was ''1e99999999999'''",
        "BATCH_DELAY, soon, 'BATCH_DELAY must be seconds from 0 to 86400, was ''soon'''",
        "SIMULATED_FAILURES, 2, 'SIMULATED_FAILURES must be a share from 0 to 1, was ''2'''",
        "SIMULATED_MAX_MS, 1, 'SIMULATED_MAX_MS must be a whole number from 1000 to 3600000, was ''1'''",
        "LOG_LEVEL, LOUD, 'LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, was ''LOUD'''",
        "TRUST_FORWARDED_FOR, yes, 'TRUST_FORWARDED_FOR must be true or false, was ''yes'''",
        "BATCH_DELAY, 0.0001, 'BATCH_DELAY must be 0 or seconds from 0.001 to 86400, was ''0.0001'''",
        "MAX_IN_FLIGHT, 2, 'MAX_IN_FLIGHT must be a whole number from 3 to 10000, was ''2'''",
        "MAX_IDS, 0, 'MAX_IDS must be a whole number from 1 to 1000000, was ''0'''",
        "CORS_ORIGINS, app.test, 'CORS_ORIGINS must be * or origins such as https://app.example.com, separated by commas, was ''app.test'''",
        "EXTERNAL_URL, ftp://a/b, 'EXTERNAL_URL must be an http or https URL with a host and without a user'",
    })
    void aBadOne_isNamedWithItsRule(String name, String value, String message) {
        assertThatThrownBy(() -> read(Map.of(name, value)))
                .isInstanceOf(SettingsException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"0, 300", "24, 90000", "1, 3600.5"})
    void aRetentionBelowTheIdempotencyWindow_isRefusedWithBoth(String hours, String seconds) {
        assertThatThrownBy(
                        () ->
                                read(
                                        Map.of(
                                                "RETENTION_HOURS", hours,
                                                "IDEMPOTENCY_WINDOW_SECONDS", seconds)))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "RETENTION_HOURS must be at least IDEMPOTENCY_WINDOW_SECONDS, as a repeated"
                                + " key is answered with the first submission, was '%s' hours for"
                                + " '%s' seconds",
                        hours, seconds);
    }

    @Test
    void aRetentionBelowTheWindow_isRefusedAlsoIfOneIsTheDefault() {
        assertThatThrownBy(() -> read(Map.of("RETENTION_HOURS", "0")))
                .isInstanceOf(SettingsException.class)
                .hasMessageEndingWith("was '0' hours for '300' seconds");
        assertThatThrownBy(() -> read(Map.of("IDEMPOTENCY_WINDOW_SECONDS", "90000")))
                .isInstanceOf(SettingsException.class)
                .hasMessageEndingWith("was '24' hours for '90000' seconds");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 3600", "24, 86400"})
    void aRetentionOfTheIdempotencyWindow_isTaken(String hours, String seconds)
            throws SettingsException {
        ServiceSettings settings =
                read(Map.of("RETENTION_HOURS", hours, "IDEMPOTENCY_WINDOW_SECONDS", seconds));
        assertThat(settings.retention()).isEqualTo(settings.idempotencyWindow());
    }

    @Test
    void whatMayBeUnderWay_growsWithTheBatch() throws SettingsException {
        assertThat(read(Map.of()).maxInFlight()).isEqualTo(1_000);
        String url = "http://a.test/";
        assertThat(read(Map.of("EXTERNAL_URL", url)).maxInFlight()).isEqualTo(64);
        assertThat(read(Map.of("EXTERNAL_URL", url, "BATCH_SIZE", "50")).maxInFlight())
                .isEqualTo(500);
        assertThat(read(Map.of("EXTERNAL_URL", url, "BATCH_SIZE", "1000")).maxInFlight())
                .isEqualTo(10_000);
    }

    @Test
    void aBlankHost_isNoHost() throws SettingsException {
        assertThat(read(Map.of("HOST", " ")).host()).isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS://App.Example.COM, https://app.example.com",
        "https://a.test:443, https://a.test",
        "http://a.test:80, http://a.test",
        "http://My_App:3000, http://my_app:3000",
        "https://a.test:80, https://a.test:80",
        "http://[::1]:3000, http://[::1]:3000"
    })
    void anOrigin_isTakenInTheFormOfBrowsers(String given, String origin) throws SettingsException {
        assertThat(read(Map.of("CORS_ORIGINS", given)).corsOrigins()).containsExactly(origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://a.test/",
                "https://a.test/b",
                "https://a.test?b",
                "https://a.test#b",
                "https://u@a.test",
                "https://ä.test",
                "https://a.test:99999",
                "https://*.a.test",
                "null"
            })
    void anOriginThatNoBrowserSends_isRefused(String given) {
        assertThatThrownBy(() -> read(Map.of("CORS_ORIGINS", given)))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("CORS_ORIGINS must be * or origins");
    }

    @Test
    void theQueryOfTheExternalUrl_isNeverShown() throws SettingsException {
        assertThat(read(Map.of("EXTERNAL_URL", "https://a.test/b?key=secret")).toString())
                .contains("https://a.test/b")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "postgresql://user:p%40ss+w@db:5433/ingest, jdbc:postgresql://db:5433/ingest, user, p@ss+w",
        "jdbc:postgresql://db/ingest?sslmode=require, jdbc:postgresql://db/ingest?sslmode=require, '', ''",
        "postgres://user@db/ingest, jdbc:postgresql://db/ingest, user, ''",
        "postgresql://user:pw@postgres_db:5432/db, jdbc:postgresql://postgres_db:5432/db, user, pw",
        "postgresql://us_er:p%40w:d@postgres_db/db?sslmode=require, jdbc:postgresql://postgres_db/db?sslmode=require, us_er, p@w:d",
        "postgresql://postgres_db:/db, jdbc:postgresql://postgres_db/db, '', ''",
        "postgresql://user@[fe80::1]:5433/db, jdbc:postgresql://[fe80::1]:5433/db, user, ''",
        "postgresql://[::1]/db, jdbc:postgresql://[::1]/db, '', ''"
    })
    void aDatabaseUrl_isTakenApart(String url, String jdbcUrl, String user, String password)
            throws SettingsException {
        Database database = read(Map.of("DATABASE_URL", url)).database();
        assertThat(database).isEqualTo(new Database.Postgresql(jdbcUrl, user, password));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://db:0/ingest",
                "postgresql://db:65536/ingest",
                "postgresql://db:543x/ingest",
                "postgresql://postgres_db:5432:5433/ingest",
                "postgresql://user:p@ss@db/ingest",
                "postgresql://user:pw@:5432/ingest",
                "postgresql://user:pw@/ingest",
                "postgresql://a_b,c_d/ingest",
                "postgresql:///ingest",
                "postgresql:db/ingest"
            })
    void aDatabaseUrlWithoutAHostAndPerhapsAPort_isRefused(String url) {
        assertThatThrownBy(() -> read(Map.of("DATABASE_URL", url)))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("DATABASE_URL must be ");
    }

    @Test
    void aPassword_isNeverShown() throws SettingsException {
        String url = "postgresql://user:secret@db/ingest?password=secret";
        assertThat(read(Map.of("DATABASE_URL", url)).toString()).doesNotContain("secret");
        for (String bad :
                new String[] {"mysql://user:secret@db/x", "postgresql://u:secret@/", "secret"}) {
            assertThatThrownBy(() -> read(Map.of("DATABASE_URL", bad)))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageStartingWith("DATABASE_URL must be ")
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void otherDatabases_areChosenByName() throws SettingsException {
        assertThat(read(Map.of("DATABASE_URL", "Memory")).database())
                .isEqualTo(new Database.Memory());
        assertThat(read(Map.of("DATABASE_FILE", "data/a.db")).database())
                .isEqualTo(new Database.SqliteFile(Path.of("/home/data/a.db")));
    }

    @Test
    void moreIdsThanTheHeapHolds_areRefused() throws Exception {
        MemoryBudget budget = new MemoryBudget(2_000_000);
        assertThat(ServiceSettings.maxIds(reader("10000"), budget)).isEqualTo(10_000);
        assertThatThrownBy(() -> ServiceSettings.maxIds(reader("10001"), budget))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "MAX_IDS must be at most 10000, as a submission takes 200 bytes an id and all"
                                + " requests may hold 2000000 bytes, an eighth of the heap (-Xmx),"
                                + " was '10001'");
    }

    private static SettingReader reader(String maxIds) {
        return new SettingReader(new Variables(Map.of(), Map.of("MAX_IDS", maxIds), Map.of()));
    }
}
