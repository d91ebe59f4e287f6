package io.ingest4j.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CustomerCheckTest {

    private static final long SEED = 7;
    private static final long RECORDS = 1_000;

    private final CustomerCheck check = new CustomerCheck(RECORDS, SEED);

    @Test
    void everyForm_isUnderstood() throws Exception {
        assertThat(good(json(1), false)).containsExactly(1);
        assertThat(good("[" + json(1) + "," + json(1_000) + "]", false)).containsExactly(1, 1_000);
        assertThat(good("[]", false)).isEmpty();
        assertThat(good(json(3) + "\n" + json(2) + "\n", true)).containsExactly(3, 2);
        assertThat(good(json(3) + "\n" + json(2), true)).containsExactly(3, 2);
        assertThat(good("", true)).isEmpty();
    }

    @Test
    void whiteSpaceOrderAndEscapes_makeNoDifference() throws Exception {
        String other = "[" + json(1) + " , " + reversed(2) + "\n]";
        assertThat(good(other, false)).containsExactly(1, 2);
        String escaped = json(4).replace("@", "\\u0040");
        assertThat(escaped).isNotEqualTo(json(4));
        assertThat(good(escaped, false)).containsExactly(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"id\":\"1\"}",
                "{\"id\":1}",
                "{\"id\":\"0\"}",
                "{\"id\":\"1001\"}",
                "{\"id\":\"x\"}",
                "{\"id\":\"99999999999999999999999999\"}",
                "{\"other\":{\"id\":[\"1\"]}}"
            })
    void whatIsNoCustomer_isCorrupted(String record) throws Exception {
        CustomerCheck mixed = read("[" + json(1) + "," + record + "," + json(2) + "]", false);
        assertThat(mixed.good()).isEqualTo(2);
        assertThat(mixed.corrupted()).isEqualTo(1);
    }

    @Test
    void fieldMoreFewerOrTwice_isCorrupted() throws Exception {
        String record = json(5);
        assertCorrupted(record.replace("\"city\"", "\"town\""));
        assertCorrupted(record.replace("}", ",\"more\":\"\"}"));
        assertCorrupted(record.replace("}", ",\"id\":\"5\"}"));
        assertCorrupted(record.replaceFirst(",\"date\":\"[^\"]*\"", ""));
        assertCorrupted(record.replaceFirst("\"date\":\"[^\"]*\"", "\"date\":null"));
        assertCorrupted(record.replaceFirst("\"id\":\"5\"", "\"id\":\"6\""));
    }

    @Test
    void anyChangedByte_isNoticed() throws Exception {
        Random random = new Random(1);
        byte[] body = ("[" + json(11) + "," + json(12) + "]").getBytes(UTF_8);
        for (int i = 0; i < body.length; i++) {
            byte[] changed = body.clone();
            changed[i] ^= (byte) (1 + random.nextInt(255));
            CustomerCheck noticed = new CustomerCheck(RECORDS, SEED);
            try {
                noticed.read(changed, false);
                assertThat(noticed.good())
                        .as("byte %d of %s", i, new String(changed, UTF_8))
                        .isLessThan(2);
            } catch (MalformedBodyException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "1", "[1]", "null", "[", "{", "{\"id\"", "{} {}", "[{}", "[{}] 1", "[[]]"
            })
    void whatIsNoSuchJson_isRefused(String body) {
        assertThatThrownBy(() -> read(body, false)).isInstanceOf(MalformedBodyException.class);
    }

    @Test
    void cutBody_isRefusedWherever() {
        String body = "[" + json(11) + "," + json(12) + "]";
        byte[] bytes = body.getBytes(UTF_8);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> new CustomerCheck(RECORDS, SEED).read(cut, false))
                    .isInstanceOf(MalformedBodyException.class);
        }
    }

    @Test
    void shortestJson_isParsedToTheSame() throws Exception {
        String array =
                LongStream.rangeClosed(1, RECORDS)
                        .mapToObj(CustomerCheckTest::json)
                        .collect(Collectors.joining(",", "[", "]"));
        CustomerParser.read(array.getBytes(UTF_8), false, check);
        assertThat(check.good()).isEqualTo((int) RECORDS);
        assertThat(good(array, false)).isEqualTo(Arrays.copyOf(check.ids(), check.good()));
    }

    private void assertCorrupted(String record) throws Exception {
        CustomerCheck read = read(record, false);
        assertThat(read.good()).as(record).isZero();
        assertThat(read.corrupted()).as(record).isEqualTo(1);
    }

    private static long[] good(String body, boolean lines) throws Exception {
        CustomerCheck read = read(body, lines);
        assertThat(read.corrupted()).isZero();
        return Arrays.copyOf(read.ids(), read.good());
    }

    private static CustomerCheck read(String body, boolean lines) throws MalformedBodyException {
        CustomerCheck check = new CustomerCheck(RECORDS, SEED);
        check.read(body.getBytes(UTF_8), lines);
        return check;
    }

    static String json(long id) {
        Customer customer = new Customer(SEED);
        customer.become(id);
        CustomerJson json = new CustomerJson();
        json.become(customer);
        return new String(json.bytes(), 0, json.length(), UTF_8);
    }

    /** The same object with its first field last. */
    private static String reversed(long id) {
        String idField = "\"id\":\"" + id + "\"";
        return json(id).replace(idField + ",", "").replace("\"}", "\"," + idField + "}");
    }
}
