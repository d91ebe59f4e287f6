package io.ingest4j.examples.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DotEnvTest {

    @TempDir Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "A=7|7",
                "A=7 # seven|7",
                "A=7\t# seven|7",
                "A=\"7\" # seven|7",
                "A='x.db' # file|x.db",
                "A='x.db'|x.db",
                "A=\"say \"hi\"\" # \"quoted\"|say \"hi\"",
                "A=p#ss|p#ss",
                "A=\"p # ss\"|p # ss",
                "A='p # ss' # why|p # ss",
                "A=it's # so|it's",
                "A=|``",
                "A=\"\"|``",
                "A= # nothing|``",
                "A=\t# nothing|``",
                "A=#x|#x",
                "A=#x # why|#x",
                "A = #x|``",
                "A='#x'|#x",
                "export A = 7 |7"
            })
    void values_mayBeQuotedAndHaveComments(String line, String value) throws Exception {
        assertThat(DotEnv.parse(List.of(line), "f")).isEqualTo(Map.of("A", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"A=\"secret", "A='secret\"", "A=\"se\"cret", "A='secret'#x", "A='"})
    void aQuoteWithoutItsEnd_isRefused_withoutTheValue(String line) {
        assertThatThrownBy(() -> DotEnv.parse(List.of("B=1", line), "f"))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "line 2 of f, A, must end with its quote, or a comment after a space, did not");
    }

    @Test
    void aByteOrderMark_isNoPartOfTheFirstLine() throws Exception {
        Path file = directory.resolve(".env");
        Files.writeString(file, "\uFEFFA=1\nB=2\n");
        assertThat(DotEnv.read(file)).isEqualTo(Map.of("A", "1", "B", "2"));
        Files.writeString(file, "\uFEFF# only a comment\n");
        assertThat(DotEnv.read(file)).isEmpty();
    }
}
