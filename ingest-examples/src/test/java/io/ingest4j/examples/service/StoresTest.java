package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

class StoresTest {

    private static PGSimpleDataSource server(String query, int leaseSeconds) {
        return Stores.server(
                new Database.Postgresql("jdbc:postgresql://db/ingest" + query, "", ""),
                Duration.ofSeconds(leaseSeconds));
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "30, 15", "86400, 60"})
    void aServerThatIsSilent_isGivenUp_butNotAtOnce(int lease, int timeout) {
        PGSimpleDataSource server = server("", lease);
        assertThat(server.getSocketTimeout()).isEqualTo(timeout);
        assertThat(server.getConnectTimeout()).isEqualTo(10);
        assertThat(server.getTcpKeepAlive()).isTrue();
    }

    @Test
    void whatTheUrlSays_counts() {
        PGSimpleDataSource server =
                server("?sslmode=require&socketTimeout=7&connectTimeout=3&tcpKeepAlive=false", 30);
        assertThat(server.getSocketTimeout()).isEqualTo(7);
        assertThat(server.getConnectTimeout()).isEqualTo(3);
        assertThat(server.getTcpKeepAlive()).isFalse();
        assertThat(server.getSslmode()).isEqualTo("require");
    }

    @Test
    void aHostWithAnUnderscore_isAHostToTheDriver() throws SettingsException {
        Map<String, String> environment = Map.of("DATABASE_URL", "postgresql://u:p@my_db:5433/a");
        Database database =
                Database.read(new Variables(Map.of(), environment, Map.of()), Path.of("target"));
        PGSimpleDataSource server =
                Stores.server((Database.Postgresql) database, Duration.ofSeconds(30));
        assertThat(server.getServerNames()).containsExactly("my_db");
        assertThat(server.getPortNumbers()).containsExactly(5433);
    }
}
