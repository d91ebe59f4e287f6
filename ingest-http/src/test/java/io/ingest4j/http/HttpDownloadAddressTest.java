package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses a download connects to (H37). */
class HttpDownloadAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.1",
                "127.255.255.254",
                "2130706433",
                "0",
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "2852039166",
                "169.16689662",
                "168.63.129.16",
                "::ffff:168.63.129.16",
                "100.64.0.1",
                "100.127.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "239.1.1.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:7f00:1",
                "::ffff:169.254.169.254",
                "::127.0.0.1",
                "::a9fe:a9fe",
                "64:ff9b::127.0.0.1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b::10.1.2.3",
                "64:ff9b:1::1",
                "2002:7f00:1::",
                "2002:a9fe:a9fe::1",
                "2002:c0a8:101::1",
                "fc00::1",
                "fdff:ffff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
                "2001:db8::1",
                "2001::1",
                "2001:2::1",
                "3fff::1",
                "100::1",
                "4000::1",
                "2606:4700::5efe:7f00:1",
                "2606:4700::200:5efe:a00:1"
            })
    void inner_address_is_refused_in_every_form(String form) throws Exception {
        assertThat(AddressRule.notPublic(InetAddress.getByName(form))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "11.0.0.1",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "192.167.1.1",
                "198.17.0.1",
                "198.20.0.1",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00::1",
                "64:ff9b::8.8.8.8",
                "2002:808:808::1",
                "::ffff:8.8.8.8",
                "2001:4860::8888",
                "168.63.129.15",
                "168.63.129.17",
                "169.253.1.1",
                "169.255.1.1",
                "126.1.1.1",
                "128.0.0.1"
            })
    void public_address_is_accepted(String form) throws Exception {
        assertThat(AddressRule.notPublic(InetAddress.getByName(form))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1", "http://localhost", "http://0177.0.0.1", "http://0x7f.0.0.1",
                "http://2130706433", "http://127.1", "http://[::1]", "http://[::ffff:127.0.0.1]",
                "http://[::ffff:7f00:1]", "http://0.0.0.0", "http://[::]", "http://0x7f000001",
                "http://[64:ff9b::7f00:1]", "http://[2002:7f00:1::]"
            })
    void uri_that_leads_inside_reaches_nobody(String base) throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            URI uri = URI.create(base + ":" + server.uri().getPort() + "/latest/meta-data");
            assertThatThrownBy(() -> HttpDownload.of(uri).maxAttempts(1).objects())
                    .isInstanceOfAny(IOException.class, IllegalArgumentException.class);
            assertThat(server.accepted()).isZero();
        }
    }

    @Test
    void refusal_names_host_address_and_setting_and_is_not_tried_again() throws Exception {
        HttpDownload download = HttpDownload.of(URI.create("http://127.0.0.1:9/x?sig=secret"));
        assertThatThrownBy(download::objects)
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "looking at http://127.0.0.1:9/x failed: host 127.0.0.1 must have public"
                                + " addresses only, has 127.0.0.1 (loopback);"
                                + " allowPrivateAddresses(true) permits it");
        assertThat(download.requests()).containsOnlyKeys("http_head").containsValue(1L);
    }

    @Test
    void name_that_flips_is_refused_at_the_request_that_would_reach_the_inside() throws Exception {
        TestFile file = TestFile.random(100_000);
        try (FaultServer server = new FaultServer((c, r) -> file.answerCut(c, r, 40_000))) {
            TestSurroundings flipping = new TestSurroundings();
            List<String> asked = new ArrayList<>();
            flipping.resolver =
                    host -> {
                        asked.add(host);
                        return asked.size() == 1 ? "127.0.0.1" : "127.0.0.2";
                    };
            flipping.inside = Set.of("127.0.0.2");
            URI uri = URI.create("http://flip.example:" + server.uri().getPort() + "/");
            HttpDownload download = HttpDownload.of(uri).in(flipping);
            try (InputStream in = download.open(file.object(uri), 0)) {
                assertThatThrownBy(in::readAllBytes)
                        .hasMessageContaining("has 127.0.0.2")
                        .hasMessageContaining("at offset 40000");
            }
            assertThat(asked).hasSize(2);
            assertThat(server.count()).isEqualTo(1);
        }
    }

    @Test
    void connection_goes_to_the_address_that_was_checked_without_another_look_up()
            throws Exception {
        try (FaultServer server = FaultServer.answering(TestFile.of("abc").whole())) {
            TestSurroundings surroundings = new TestSurroundings();
            List<String> asked = new ArrayList<>();
            surroundings.resolver =
                    host -> {
                        asked.add(host);
                        return "127.0.0.1";
                    };
            URI uri = URI.create("http://no-such-name.invalid:" + server.uri().getPort() + "/");
            HttpDownload download =
                    HttpDownload.of(uri).in(surroundings).allowPrivateAddresses(true);
            assertThat(download.open(TestFile.of("abc").object(uri), 0).readAllBytes())
                    .asString()
                    .isEqualTo("abc");
            assertThat(asked).containsExactly("no-such-name.invalid");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void address_behind_several_dead_ones_is_reached() throws Exception {
        try (FaultServer server = FaultServer.answering(TestFile.of("abc").whole());
                DeadAddresses dead = new DeadAddresses(4, server.uri().getPort())) {
            TestSurroundings surroundings = new TestSurroundings();
            surroundings.resolver = host -> dead.names() + ",127.0.0.1";
            URI uri = URI.create("http://many.example:" + server.uri().getPort() + "/");
            HttpDownload download =
                    HttpDownload.of(uri)
                            .in(surroundings)
                            .connectTimeout(Duration.ofMillis(300))
                            .timeout(Duration.ofMillis(500)) // with it less than the dead ones take
                            .maxAttempts(5);
            assertThat(download.open(TestFile.of("abc").object(uri), 0).readAllBytes()).hasSize(3);
        }
    }

    /** Addresses of this machine that never answer, because as many wait there as may. */
    private static final class DeadAddresses implements AutoCloseable {

        private final List<ServerSocket> listeners = new ArrayList<>();
        private final List<Socket> waiting = new ArrayList<>();

        DeadAddresses(int count, int port) throws IOException {
            for (int i = 0; i < count; i++) {
                InetAddress address = InetAddress.getByName("127.0.0." + (2 + i));
                listeners.add(new ServerSocket(port, 1, address));
                fill(new InetSocketAddress(address, port));
            }
        }

        private void fill(InetSocketAddress address) throws IOException {
            for (int i = 0; i < 10; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(address, 200);
                } catch (SocketTimeoutException e) {
                    return;
                }
            }
            Assumptions.abort("this machine answers however many wait");
        }

        String names() {
            return listeners.stream()
                    .map(listener -> listener.getInetAddress().getHostAddress())
                    .collect(Collectors.joining(","));
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : waiting) {
                socket.close();
            }
            for (ServerSocket listener : listeners) {
                listener.close();
            }
        }
    }

    @Test
    void redirect_to_the_inside_is_refused() throws Exception {
        try (FaultServer inside = FaultServer.ok()) {
            String redirect =
                    FaultServer.response(
                            302, "", "Location: http://inner.example:" + inside.uri().getPort());
            try (FaultServer outside = FaultServer.answering(redirect)) {
                TestSurroundings surroundings = new TestSurroundings();
                surroundings.resolver =
                        host -> host.equals("inner.example") ? "127.0.0.2" : "127.0.0.1";
                surroundings.inside = Set.of("127.0.0.2");
                HttpDownload download =
                        HttpDownload.of(outside.uri()).in(surroundings).maxAttempts(1);
                assertThatThrownBy(download::objects)
                        .hasMessageContaining("host inner.example must");
                assertThat(outside.count()).isEqualTo(1);
                assertThat(inside.accepted()).isZero();
            }
        }
    }

    @Test
    void socks_settings_of_the_machine_are_not_used() throws Exception {
        try (FaultServer proxy = FaultServer.ok();
                FaultServer server = FaultServer.answering(TestFile.of("abc").whole())) {
            System.setProperty("socksProxyHost", "127.0.0.1");
            System.setProperty("socksNonProxyHosts", "");
            System.setProperty("socksProxyPort", "" + proxy.uri().getPort());
            try {
                HttpDownload.of(server.uri()).allowPrivateAddresses(true).objects();
            } finally {
                System.clearProperty("socksProxyHost");
                System.clearProperty("socksProxyPort");
                System.clearProperty("socksNonProxyHosts");
            }
            assertThat(proxy.accepted()).isZero();
            assertThat(server.accepted()).isPositive();
        }
    }
}
