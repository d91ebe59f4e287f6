package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UriIdentityTest {

    private static final String EXPORT = "https://host.example/export.csv";

    private static String of(String query) {
        return UriIdentity.of(URI.create(EXPORT + query));
    }

    @Test
    void what_selects_data_tells_uris_apart_without_being_shown() {
        assertThat(of("")).isEqualTo(EXPORT);
        assertThat(of("?day=1"))
                .matches("https://host\\.example/export\\.csv\\?sha256=[0-9a-f]{16}");
        assertThat(of("?day=1")).isEqualTo(of("?day=1")).isNotEqualTo(of("?day=2"));
        assertThat(of("#part")).isEqualTo(EXPORT);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Amz-Algorithm=A&X-Amz-Credential=c1&X-Amz-Date=1&X-Amz-Expires=9&X-Amz-Security-Token=t1"
                + "&X-Amz-SignedHeaders=host&X-Amz-Signature=s1,"
                + "X-Amz-Algorithm=A&X-Amz-Credential=c2&X-Amz-Date=2&X-Amz-Expires=8"
                + "&X-Amz-SignedHeaders=host&X-Amz-Signature=s2",
        "X-Goog-Algorithm=A&X-Goog-Date=1&X-Goog-Signature=s1,x-goog-date=2&X-Goog-Signature=s2",
        "AWSAccessKeyId=k&Expires=1&Signature=a,AWSAccessKeyId=k&Expires=2&Signature=b",
        "AWSAccessKeyId=k&Expires=1&Signature=a&x-amz-security-token=t1,"
                + "AWSAccessKeyId=l&Expires=2&Signature=b&x-amz-security-token=t2",
        "OSSAccessKeyId=k&Expires=1&Signature=a&security-token=t1,"
                + "OSSAccessKeyId=l&Expires=2&Signature=b&security-token=t2",
        "GoogleAccessId=k&Expires=1&Signature=a,GoogleAccessId=k&Expires=2&Signature=b",
        "Policy=p&Key-Pair-Id=k&Signature=a,Policy=q&Key-Pair-Id=k&Signature=b",
        "sv=2024-11-04&se=2026&sr=b&sp=r&sig=a,sv=2025-01-05&st=2026&se=2027&sr=b&sp=r&sig=b",
    })
    void another_signature_makes_no_other_uri(String one, String other) {
        assertThat(of("?" + one)).isEqualTo(EXPORT).isEqualTo(of("?" + other));
        assertThat(of("?day=1&" + one)).isEqualTo(of("?day=1"));
        assertThat(of('?' + one + "&day=1")).isEqualTo(of("?day=1"));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS://Host.Example:443/A, https://host.example/A",
        "Http://host.example:80, http://host.example/",
        "https://host.example, https://host.example/",
        "http://host.example:443/a, http://host.example:443/a",
        "https://host.example:80/a, https://host.example:80/a",
        "https://[2001:DB8::1]:443/a, https://[2001:db8::1]/a",
    })
    void two_ways_to_write_an_origin_make_one_uri(String written, String normal) {
        assertThat(UriIdentity.of(URI.create(written))).isEqualTo(normal);
        assertThat(UriIdentity.of(URI.create(written + "?day=1")))
                .isEqualTo(UriIdentity.of(URI.create(normal + "?day=1")))
                .startsWith(normal + "?sha256=");
    }

    @Test
    void names_that_sign_only_together_with_others_select_where_they_stand_alone() {
        for (String query :
                List.of(
                        "expires=%d",
                        "policy=%d",
                        "sv=%d",
                        "sr=%d",
                        "se=%d",
                        "security-token=%d",
                        "x-amz-security-token=%d&signature=a")) {
            assertThat(of('?' + query.formatted(1))).isNotEqualTo(of('?' + query.formatted(2)));
        }
    }

    /** Checkpoints and records' keys hold them. */
    @ParameterizedTest
    @CsvSource({
        "HTTPS://Host.Example:443/a%20b.csv, https://host.example/a%20b.csv",
        "https://host.example/export.csv?day=1&b=%C3%A9,"
                + "https://host.example/export.csv?sha256=34d93c4e766dfb0a",
        "http://host.example:8080?x=1, http://host.example:8080/?sha256=1f206b11c23e28cc",
        "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=A&X-Amz-Credential=c&X-Amz-Date=1"
                + "&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=s&x-id=GetObject"
                + "&x-amz-checksum-mode=ENABLED,"
                + "https://b.s3.amazonaws.com/k?sha256=89a1330d619f5949",
        "https://b.oss-cn-hangzhou.aliyuncs.com/k?x-oss-process=image/info,"
                + "https://b.oss-cn-hangzhou.aliyuncs.com/k?sha256=3cd55c7aae3a2427",
    })
    void identities_stay_as_they_were(String uri, String identity) {
        assertThat(UriIdentity.of(URI.create(uri))).isEqualTo(identity);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential=c&x-oss-date=1"
                        + "&x-oss-expires=60&x-oss-signature=s&x-oss-process=csv/select,sql_%s",
                "X-Amz-Credential=c&X-Amz-Date=1&X-Amz-Signature=s&X-Amz-Target=%s",
                "X-Goog-Credential=c&X-Goog-Date=1&X-Goog-Signature=s&X-Goog-Part=%s",
            })
    void what_selects_data_is_kept_beside_a_signature(String query) {
        assertThat(of('?' + query.formatted("one"))).isNotEqualTo(of('?' + query.formatted("two")));
    }

    @Test
    void all_that_signs_for_oss_is_left_out() {
        String signed =
                "?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential=%1$s&x-oss-date=%1$s"
                        + "&x-oss-expires=%1$s&x-oss-security-token=%1$s&x-oss-signature=%1$s"
                        + "&x-oss-additional-headers=%1$s&day=1";
        assertThat(of(signed.formatted("a")))
                .isEqualTo(of(signed.formatted("b")))
                .isEqualTo(of("?day=1"));
    }

    @Test
    void one_request_target_is_one_uri_however_it_is_written() throws Exception {
        URI written = new URI("http", "h.example", "/\u00e9", "day=\u00e9", null);
        URI sent = URI.create("http://h.example/%C3%A9?day=%C3%A9");
        assertThat(WebUri.target(written)).isEqualTo(WebUri.target(sent));
        assertThat(UriIdentity.of(written)).isEqualTo(UriIdentity.of(sent));
    }

    @Test
    void a_sink_is_its_method_and_target() {
        assertThat(HttpSink.post(URI.create("https://a.example:8443/x?tenant=7")).json().identity())
                .startsWith("POST https://a.example:8443/x?sha256=");
        assertThat(HttpSink.put(URI.create("https://a.example/x")).json().identity())
                .isEqualTo("PUT https://a.example/x");
    }

    @Test
    void a_download_is_its_uri() {
        assertThat(HttpDownload.of(URI.create(EXPORT + "?day=1")).identity())
                .isEqualTo(of("?day=1"));
    }
}
