package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server reads in the first line of a request. */
class HttpDownloadTargetTest {

    private static final TestFile FILE = TestFile.of("abc");

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "//a/b.csv //a/b.csv",
                "///a//b.csv ///a//b.csv",
                "//host.example/b?x=http://y/z //host.example/b?x=http://y/z",
                "/a%2Fb%20c%c3%a9?q=%26%2B+&&r==/?/ /a%2Fb%20c%c3%a9?q=%26%2B+&&r==/?/",
                "/größe/日?schlüssel=é /gr%C3%B6%C3%9Fe/%E6%97%A5?schl%C3%BCssel=%C3%A9",
                "/a/../b/./c /a/../b/./c",
                "/a;p=1,2:3@4!$&'()*~ /a;p=1,2:3@4!$&'()*~",
                "?q=1 /?q=1",
                "/? /?",
            },
            quoteCharacter = '"')
    void target_is_the_path_and_query_as_given(String given, String sent) throws Exception {
        try (FaultServer server = new FaultServer(FILE::answer)) {
            HttpDownload download = HttpDownload.of(server.uri(given)).in(new TestSurroundings());
            download.open(FILE.object(server.uri(given)), 0).close();
            download.objects();
            assertThat(server.received())
                    .extracting(FaultServer.Received::line)
                    .containsExactly("GET " + sent + " HTTP/1.1", "HEAD " + sent + " HTTP/1.1");
        }
    }

    @Test
    void empty_path_is_a_slash() throws Exception {
        try (FaultServer server = new FaultServer(FILE::answer)) {
            HttpDownload.of(server.uri("")).in(new TestSurroundings()).objects();
            assertThat(server.received().get(0).line()).isEqualTo("HEAD / HTTP/1.1");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "?q=1 //a/b/f?q=1",
                "g //a/b/g",
                "../../../g /g",
                "/x//y/../z /x//z",
                ".//g //a/b//g",
                "/%2e%2E/%2f?%20 /%2e%2E/%2f?%20",
                "/é?ß=日 /%C3%A9?%C3%9F=%E6%97%A5",
            })
    void target_of_a_redirect_is_what_the_location_says(String location, String sent)
            throws Exception {
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            if (r.line().contains(" //a/b/f HTTP")) {
                                c.send(FaultServer.response(302, "", "Location: " + location));
                            } else {
                                FILE.answer(c, r);
                            }
                        })) {
            HttpDownload.of(server.uri("//a/b/f")).in(new TestSurroundings()).objects();
            assertThat(server.received().get(1).line()).isEqualTo("HEAD " + sent + " HTTP/1.1");
        }
    }

    @Test
    void location_stays_on_the_host_though_the_path_begins_with_two_slashes() throws Exception {
        URI base = URI.create("http://h:81//evil.example/b?q");
        assertThat(resolved(base, "?y")).isEqualTo("http://h:81//evil.example/b?y");
        assertThat(resolved(base, "#f")).isEqualTo("http://h:81//evil.example/b?q");
        assertThat(resolved(base, "c")).isEqualTo("http://h:81//evil.example/c");
        assertThat(resolved(base, "..//c")).isEqualTo("http://h:81///c");
        assertThat(resolved(base, "//i/c/../d")).isEqualTo("http://i/c/../d");
        URI dots = URI.create("http://h/b/c/d;p?q");
        assertThat(resolved(dots, ".")).isEqualTo("http://h/b/c/");
        assertThat(resolved(dots, "..")).isEqualTo("http://h/b/");
        assertThat(resolved(dots, "../../../g")).isEqualTo("http://h/g");
        assertThat(resolved(dots, "g/../h")).isEqualTo("http://h/b/c/h");
        assertThat(resolved(dots, "..g")).isEqualTo("http://h/b/c/..g");
        assertThat(resolved(dots, "")).isEqualTo("http://h/b/c/d;p?q");
    }

    /** What browsers make of them (WHATWG URL, section 4.4), encoded where java.net.URI asks for it. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "my file.csv, http://h/b/c/my%20file.csv",
                "/a b?c d#e f, http://h/a%20b?c%20d",
                "a[1].csv, http://h/b/c/a%5B1%5D.csv",
                "/a|b?c|d, http://h/a%7Cb?c%7Cd",
                "/a\"b, http://h/a%22b",
                "/100%?p=%zz&q=%2, http://h/100%25?p=%25zz&q=%252",
                "/a%2fb%20c, http://h/a%2fb%20c",
                "/{a}<b>^\\c, http://h/%7Ba%7D%3Cb%3E%5E/c",
                "http://i/a b|[c], http://i/a%20b%7C%5Bc%5D",
                "http://[::1]:8/a[1], http://[::1]:8/a%5B1%5D",
                "http://i\\a, http://i/a",
                "http://i\\@evil.example/a, http://i/@evil.example/a",
                "\\\\i\\a, http://i/a",
                "my file: 1.csv, http://h/b/c/my%20file:%201.csv",
                "x#a#b, http://h/b/c/x",
                "` /a `, http://h/a",
                "grün en.csv, http://h/b/c/gr%C3%BCn%20en.csv",
            })
    void location_that_browsers_follow_is_followed(String location, String expected)
            throws Exception {
        assertThat(resolved(URI.create("http://h/b/c/d;p?q"), location)).isEqualTo(expected);
    }

    private static String resolved(URI base, String location) throws Exception {
        byte[] bytes = location.getBytes(StandardCharsets.UTF_8);
        return WebUri.resolved(base, new String(bytes, StandardCharsets.ISO_8859_1)).toString();
    }
}
