package io.ingest4j.examples.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

class IngestionSettingsTest {

    private static IngestionSettings read(Map<String, String> environment)
            throws SettingsException {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("BUCKET_NAME", "bucket");
        return IngestionSettings.read(new Variables(Map.of(), all, Map.of()), Optional.empty());
    }

    @Test
    void only_the_bucket_must_be_set() throws SettingsException {
        IngestionSettings settings = read(Map.of());

        assertThat(settings.bucket()).isEqualTo("bucket");
        assertThat(settings.prefix()).isEqualTo("raw");
        assertThat(settings.concurrency()).isEqualTo(2);
        assertThat(settings.partBytes()).isEqualTo(50 << 20);
        assertThat(settings.partsInFlight()).isEqualTo(2);
        assertThat(settings.chunkBytes()).isEqualTo(1 << 20);
        assertThat(settings.names().keySet())
                .containsExactly(
                        "rent_contracts",
                        "transactions",
                        "projects",
                        "units",
                        "developers",
                        "buildings");
        assertThat(settings.resume()).isFalse();
        assertThat(settings.orphanAge()).isEqualTo(Duration.ofDays(1));
        assertThat(settings.allowPrivateAddresses()).isFalse();
        assertThat(settings.logLevel()).isEqualTo(Level.INFO);
    }

    @Test
    void everything_can_be_set() throws SettingsException {
        IngestionSettings settings =
                read(
                        Map.of(
                                "PATH_PREFIX", "/a/b/",
                                "S3_PART_MB", "5",
                                "SUFFIX_MAP", "Sales=sold.csv, lots",
                                "RESUME", "TRUE",
                                "LOG_LEVEL", "warning",
                                "S3_ENDPOINT", "http://localhost:9000"));

        assertThat(settings.prefix()).isEqualTo("a/b");
        assertThat(settings.partBytes()).isEqualTo(5 << 20);
        assertThat(settings.names())
                .containsExactly(Map.entry("sales", "sold.csv"), Map.entry("lots", "lots.csv"));
        assertThat(settings.resume()).isTrue();
        assertThat(settings.logLevel()).isEqualTo(Level.WARN);
        assertThat(settings.access().toString())
                .contains("localhost:9000", "pathStyle=true", "region=us-east-1");
    }

    @Test
    void a_region_that_is_set_counts() throws SettingsException {
        Map<String, String> own =
                Map.of("S3_ENDPOINT", "http://localhost:9000", "AWS_REGION", "eu-west-1");

        assertThat(read(own).access().toString()).contains("region=eu-west-1");
        assertThat(read(Map.of()).access().toString()).contains("region=default");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BUCKET_NAME | ' ' | BUCKET_NAME must be set, was not",
                "CONCURRENCY | 0 | CONCURRENCY must be a whole number from 1 to 64, was '0'",
                "S3_PART_MB | 4 | S3_PART_MB must be a whole number from 5 to 5120, was '4'",
                "HTTP_CHUNK_KB | x | HTTP_CHUNK_KB must be a whole number from 1 to 65536, was 'x'",
                "LOG_LEVEL | LOUD | LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, was 'LOUD'",
                "RESUME | yes | RESUME must be true or false, was 'yes'",
                "PATH_PREFIX | a//b | PATH_PREFIX must be a path",
                "SUFFIX_MAP | a=../b | SUFFIX_MAP must be key or key=name",
                "SUFFIX_MAP | a,,b | SUFFIX_MAP must be key or key=name",
                "S3_ENDPOINT | http://u:p@host | S3_ENDPOINT must be an http or https URI",
            })
    void what_is_wrong_is_named(String name, String value, String message) {
        assertThatThrownBy(() -> read(Map.of(name, value)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(message);
    }
}
