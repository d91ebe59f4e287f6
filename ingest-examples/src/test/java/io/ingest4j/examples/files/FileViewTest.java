package io.ingest4j.examples.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FileViewTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, UTF_8);

    private static Progress after(double seconds, long megabytes, long total) {
        return new Progress(
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                1_000_000 * megabytes,
                total < 0 ? -1 : 1_000_000 * total,
                0,
                Duration.ofMillis((long) (1_000 * seconds)),
                1,
                Map.of());
    }

    private List<String> lines() {
        return bytes.toString(UTF_8).lines().toList();
    }

    @Test
    void lines_comeNowAndThen_andAtTheEnd() {
        FileView view = FileView.on(out, false);
        for (int second = 1; second <= 7; second++) {
            view.show("raw/a.csv", after(second, 100 * second, 1_000), false);
            view.show("raw/b.csv", after(second, second, -1), false);
        }
        view.show("raw/a.csv", after(8, 1_000, 1_000), true);
        assertThat(lines())
                .containsExactly(
                        "raw/a.csv  50.0 %, 500.0 of 1,000.0 MB, 100.0 MB/s",
                        "raw/b.csv  5.0 MB, 1.0 MB/s",
                        "raw/a.csv  100.0 %, 1,000.0 of 1,000.0 MB, 125.0 MB/s");
    }

    @Test
    void bars_areDrawnInTheirPlaces_andFitTheTerminal() {
        FileView view = FileView.on(out, true);
        view.show("raw/2025/03/09/a.csv", after(1, 50, 200), false);
        view.show("raw/2025/03/09/" + "n".repeat(100), after(1, 1_000_000, -1), false);
        view.show("raw/2025/03/09/a.csv", after(2, 200, 200), true);
        String text = bytes.toString(UTF_8);
        assertThat(text)
                .startsWith(
                        "\ra.csv                    [=====               ] 50.0 of 200.0 MB, 50.0 MB/s\u001b[K\n"
                                + "\u001b[1A\ra.csv ");
        assertThat(text.substring(text.lastIndexOf("\u001b[2A")))
                .contains("[====================] 200.0 of 200.0 MB, 100.0 MB/s");
        assertThat(text.split("\u001b\\[K\n"))
                .allSatisfy(
                        line ->
                                assertThat(line.replaceAll("\u001b\\[\\d+A|\r", ""))
                                        .hasSizeLessThanOrEqualTo(79));
    }

    @Test
    void theIndentedBody_isTheSameObject() {
        Reply reply = Reply.error(400, "none: [1, 2]");
        assertThat(reply.body()).isEqualTo("{\"error\":\"none: [1, 2]\"}");
        assertThat(reply.indentedBody().lines())
                .containsExactly("{", "  \"error\" : \"none: [1, 2]\"", "}");
    }
}
