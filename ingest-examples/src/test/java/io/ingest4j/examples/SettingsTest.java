package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.examples.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    private static final Map<String, String> ENDS =
            Map.of(
                    "S3_BUCKET",
                    "b",
                    "S3_KEY",
                    "k.csv",
                    "API_ENDPOINT",
                    "https://api.example.com/process");

    @TempDir Path directory;

    @Test
    void nothingSet_runsOnItsOwnEnds() throws Exception {
        Settings settings = read(Map.of());
        assertThat(settings.ends()).isEmpty();
        assertThat(settings.records()).isEqualTo(100_000);
        assertThat(settings.batchSize()).isEqualTo(1);
        assertThat(settings.maxWorkers()).isEqualTo(20);
        assertThat(settings.rateLimitCalls()).isEqualTo(5_000);
        assertThat(settings.rateLimitPeriod()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.rangeBytes())
                .isEqualTo((int) Settings.defaultChunk(Runtime.getRuntime().maxMemory()) << 10);
        assertThat(settings.report()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"32, 1024", "64, 2048", "128, 4096", "256, 8192", "4096, 8192"})
    void chunk_isSmallerInASmallHeap(long heapMiB, long chunkKiB) {
        assertThat(Settings.defaultChunk(heapMiB << 20)).isEqualTo(chunkKiB);
    }

    @Test
    void endsSet_haveADefaultBatchOfAThousand() throws Exception {
        Settings settings = read(ENDS);
        assertThat(settings.batchSize()).isEqualTo(1_000);
        assertThat(settings.ends())
                .get()
                .extracting(Ends::bucket, Ends::key)
                .containsExactly("b", "k.csv");
    }

    @Test
    void commandLine_comesBeforeEnvironmentBeforeFile() throws Exception {
        dotEnv("BATCH_SIZE=7\nMAX_WORKERS=7\nRATE_LIMIT_PERIOD=7");
        Settings settings =
                read(Map.of("BATCH_SIZE", "8", "MAX_WORKERS", "8"), "--batch-size", "9");
        assertThat(settings.batchSize()).isEqualTo(9);
        assertThat(settings.maxWorkers()).isEqualTo(8);
        assertThat(settings.rateLimitPeriod()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void empty_countsAsNotSet() throws Exception {
        dotEnv("BATCH_SIZE=7");
        assertThat(read(Map.of("BATCH_SIZE", "", "S3_BUCKET", "")).batchSize()).isEqualTo(7);
    }

    @Test
    void optionWithEqualsSign_isTheSame() throws Exception {
        assertThat(read(Map.of(), "--records=5", "--rate=0").records()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    BATCH_SIZE        | 0     | BATCH_SIZE must be a whole number from 1 to 1000000, was '0'
                    BATCH_SIZE        | many  | BATCH_SIZE must be a whole number from 1 to 1000000, was 'many'
                    BATCH_SIZE        | 1.5   | BATCH_SIZE must be a whole number from 1 to 1000000, was '1.5'
                    MAX_WORKERS       | 10001 | MAX_WORKERS must be a whole number from 1 to 10000, was '10001'
                    RATE_LIMIT_CALLS  | -1    | RATE_LIMIT_CALLS must be a whole number from 0 to 1000000000, was '-1'
                    RATE_LIMIT_PERIOD | 0     | RATE_LIMIT_PERIOD must be a whole number from 1 to 86400, was '0'
                    CHUNK_SIZE        | 63    | CHUNK_SIZE must be a whole number from 64 to 1048576, was '63'
                    S3_BUCKET         | ' '   | S3_BUCKET must not be blank
                    AWS_ACCESS_KEY_ID | a     | AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together, missing: AWS_SECRET_ACCESS_KEY
                    API_ENDPOINT      | ftp://x/y | API_ENDPOINT must be an http or https URI with a host and without a user, was 'ftp://x/y'
                    API_ENDPOINT      | nonsense | API_ENDPOINT must be an http or https URI with a host and without a user, was 'nonsense'
                    API_ENDPOINT      | http://u:secret@x/ | API_ENDPOINT must be an http or https URI with a host and without a user, was another (not shown)
                    S3_ENDPOINT       | localhost:9000 | S3_ENDPOINT must be an http or https URI with a host and without a user, was 'localhost:9000'
                    """)
    void badVariable_isNamedWithItsRuleAndValue(String name, String value, String message) {
        Map<String, String> environment = new HashMap<>(ENDS);
        environment.put(name, value);
        assertThatThrownBy(() -> read(environment))
                .isInstanceOf(SettingsException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --records 0           | --records must be a whole number from 1 to 10000000000, was '0'
                    --rate x              | --rate must be a whole number from 0 to 1000000000, was 'x'
                    --rate                | --rate must be followed by a value, see --help
                    --rate 1 --rate 2     | --rate must be given once, was given twice
                    --fast                | unknown argument '--fast', see --help
                    --serve=1             | unknown argument '--serve=1', see --help
                    records               | unknown argument 'records', see --help
                    --serve --batch-size 2 | --batch-size must not be given with --serve
                    --report no/such/file | --report must be a file in an existing directory, was 'no/such/file'
                    """)
    void badArgument_isNamedWithItsRuleAndValue(String arguments, String message) {
        assertThatThrownBy(() -> read(Map.of(), arguments.split(" ")))
                .isInstanceOf(SettingsException.class)
                .hasMessage(message);
    }

    @Test
    void someOfTheEnds_areNamedByWhatIsMissing() {
        assertThatThrownBy(() -> read(Map.of("S3_KEY", "k")))
                .hasMessage(
                        "S3_BUCKET, S3_KEY, API_ENDPOINT must be set together, or none of them;"
                                + " missing: S3_BUCKET, API_ENDPOINT");
    }

    @Test
    void records_areOfItsOwnObjectOnly() {
        assertThatThrownBy(() -> read(ENDS, "--records", "5"))
                .hasMessage("--records must not be given with S3_BUCKET, S3_KEY and API_ENDPOINT");
    }

    @Test
    void serve_looksAtNoEnds() throws Exception {
        assertThat(read(ENDS, "--serve", "--records", "5").ends()).isEmpty();
    }

    @Test
    void dotEnv_mayHaveCommentsExportsAndQuotes() throws Exception {
        dotEnv(
                "# a comment\n\nexport S3_BUCKET=\"my bucket\"\n S3_KEY = 'k#1.csv' \nAPI_ENDPOINT=http://h/p?q=1\n");
        assertThat(read(Map.of()).ends())
                .get()
                .extracting(Ends::bucket, Ends::key, ends -> ends.api().toString())
                .containsExactly("my bucket", "k#1.csv", "http://h/p?q=1");
    }

    @Test
    void dotEnvLineThatIsNone_isNamedWithoutItsText() throws Exception {
        dotEnv("S3_BUCKET=b\nsecret");
        assertThatThrownBy(() -> read(Map.of()))
                .hasMessageEndingWith(".env must hold lines of KEY=value, line 2 was none");
    }

    private void dotEnv(String text) throws IOException {
        Files.writeString(directory.resolve(".env"), text);
    }

    private Settings read(Map<String, String> environment, String... args)
            throws SettingsException {
        return Settings.read(Arguments.parse(args), environment, directory);
    }
}
