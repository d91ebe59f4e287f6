package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ingest4j.api.Priority;
import java.math.BigInteger;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SubmitTest {

    private static final String GOOD = "{\"ids\":[1],\"priority\":\"LOW\"}";
    private static final String MAX = "10000000000000000007";
    private static ServiceFixture service;

    @BeforeAll
    static void start() {
        service = ServiceFixture.start("MAX_BODY_KB=64", "MAX_IDS=10").answeringItself();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    static Stream<Arguments> refused() {
        String form = "priority: must be HIGH, MEDIUM or LOW, was ";
        return Stream.of(
                refused("", 400, "the body must be JSON, was empty"),
                refused("  \n", 400, "the body must be JSON, was empty"),
                refused("ids", 400, "the body must be JSON, was not: line 1, column"),
                refused("{\"ids\":[1],", 400, "must be JSON, was not"),
                refused("{\"ids\":[1,],\"priority\":\"LOW\"}", 400, "must be JSON, was not"),
                refused("{\"ids\":[01],\"priority\":\"LOW\"}", 400, "must be JSON, was not"),
                refused("{\"ids\":[NaN],\"priority\":\"LOW\"}", 400, "must be JSON, was not"),
                refused("{'ids':[1],\"priority\":\"LOW\"}", 400, "must be JSON, was not"),
                refused("{\"ids\":[1],\"priority\":\"LOW\"} x", 400, "must be JSON, was not"),
                refused("{\"ids\":[1],\"priority\":\"LOW\"}{}", 400, "one JSON object, more"),
                refused("[1]", 422, "the body must be an object, was a list"),
                refused("\"HIGH\"", 422, "the body must be an object, was a string"),
                refused("null", 422, "the body must be an object, was null"),
                refused("7", 422, "the body must be an object, was an integer"),
                refused("{}", 422, "ids: must be given, was missing"),
                refused("{\"ids\":[1]}", 422, "priority: must be given, was missing"),
                refused("{\"priority\":\"LOW\"}", 422, "ids: must be given, was missing"),
                refused(
                        "{\"ids\":[1],\"priority\":\"LOW\",\"extra\":{\"a\":[1]}}",
                        422,
                        "extra: unknown field, there are only ids and priority"),
                refused(
                        "{\"ids\":[1],\"priority\":\"LOW\",\"ids\":[2]}",
                        422,
                        "ids: must be given once, was given twice"),
                refused(
                        "{\"priority\":\"LOW\",\"ids\":[1],\"priority\":\"LOW\"}",
                        422,
                        "priority: must be given once, was given twice"),
                refused("{\"IDS\":[1],\"priority\":\"LOW\"}", 422, "IDS: unknown field"),
                ids("7", 422, "ids: must be a list of integers, was an integer"),
                ids("\"1,2\"", 422, "ids: must be a list of integers, was a string"),
                ids("null", 422, "ids: must be a list of integers, was null"),
                ids("{\"a\":1}", 422, "ids: must be a list of integers, was an object"),
                ids("[]", 422, "ids: must have at least one id, was empty"),
                ids("[1.0]", 422, "ids[0]: must be an integer, was a number with a fraction"),
                ids("[1,1e3]", 422, "ids[1]: must be an integer, was a number with a fraction"),
                ids("[1,2,\"3\"]", 422, "ids[2]: must be an integer, was a string"),
                ids("[true]", 422, "ids[0]: must be an integer, was a boolean"),
                ids("[false]", 422, "ids[0]: must be an integer, was a boolean"),
                ids("[null]", 422, "ids[0]: must be an integer, was null"),
                ids("[[1]]", 422, "ids[0]: must be an integer, was a list"),
                ids("[{}]", 422, "ids[0]: must be an integer, was an object"),
                ids("[0]", 400, "ids[0]: must be from 1 to " + MAX + ", was 0"),
                ids("[-0]", 400, "ids[0]: must be from 1 to " + MAX + ", was -0"),
                ids("[5,-1]", 400, "ids[1]: must be from 1 to " + MAX + ", was -1"),
                ids(
                        "[10000000000000000008]",
                        400,
                        "ids[0]: must be from 1 to " + MAX + ", was 10000000000000000008"),
                ids("[" + "9".repeat(999) + "]", 400, "ids[0]: must be from 1 to "),
                ids("[" + "9".repeat(2_000) + "]", 400, "at most 1000 digits"),
                ids("[-" + "9".repeat(100) + "]", 400, "ids[0]: must be from 1 to "),
                ids("[".repeat(200) + "]".repeat(200), 400, "at most 100 deep"),
                ids("[1,2,3,4,5,6,7,8,9,10,11]", 413, "ids: must be at most 10, were 11"),
                ids("[" + "0,\"\",".repeat(6) + "1]", 413, "ids: must be at most 10, were 13"),
                refused(
                        "{\"" + "n".repeat(60_000) + "\":1}",
                        422,
                        "n".repeat(40) + "…: unknown field"),
                ids("[0,\"1\"]", 422, "ids[1]: must be an integer, was a string"),
                priority("\"high\"", form + "'high'"),
                priority("\"URGENT\"", form + "'URGENT'"),
                priority("\"\"", form + "''"),
                priority("\"HIGH \"", form + "'HIGH '"),
                priority("1", form + "an integer"),
                priority("null", form + "null"),
                priority("[\"HIGH\"]", form + "a list"),
                priority("\"" + "x".repeat(1_000) + "\"", form + "'" + "x".repeat(40) + "…'"));
    }

    private static Arguments refused(String body, int status, String detail) {
        return Arguments.of(body, status, detail);
    }

    private static Arguments ids(String ids, int status, String detail) {
        return refused("{\"ids\":" + ids + ",\"priority\":\"LOW\"}", status, detail);
    }

    private static Arguments priority(String priority, String detail) {
        return refused("{\"ids\":[1],\"priority\":" + priority + "}", 422, detail);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsNotAllowed_isRefusedWithFieldAndReason(String body, int status, String detail) {
        HttpResponse<String> answer = service.post(body);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.body())
                .startsWith("{\"detail\":\"")
                .endsWith("\",\"status_code\":" + status + "}")
                .contains(detail);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"ids\":[1,2,3],\"priority\":\"HIGH\"}",
                "{\"priority\":\"MEDIUM\",\"ids\":[1]}",
                " {\n\t\"ids\" : [ 10000000000000000007 , 1 ] , \"priority\" : \"LOW\" }\r\n",
                "{\"ids\":[5,5],\"\\u0070riority\":\"L\\u004fW\"}"
            })
    void aGoodBody_isTaken(String body) {
        HttpResponse<String> answer = service.post(body);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).matches("\\{\"ingestion_id\":\"[A-Za-z0-9-]+\"\\}");
    }

    /** A page of another site can send these in a visitor's name, without being asked by the browser. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonp",
                "text/plain; application/json"
            })
    void aBodyThatIsNotSaidToBeJson_is415(String type) {
        HttpResponse<String> answer = sendAs(type);
        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"detail\":\"Content-Type: must be application/json, was '"
                                + type
                                + "'\",\"status_code\":415}");
    }

    @Test
    void aBodyWithoutAType_is415() {
        HttpResponse<String> answer =
                service.send(
                        HttpRequest.newBuilder(service.uri("/ingest"))
                                .POST(BodyPublishers.ofString(GOOD)));
        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.body()).contains("must be application/json, was missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json; charset=utf-8", "Application/JSON;x=y"})
    void parametersOfTheType_areLeftAlone(String type) {
        assertThat(sendAs(type).statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> sendAs(String type) {
        return service.send(
                HttpRequest.newBuilder(service.uri("/ingest"))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(GOOD)));
    }

    /** However the body is cut into parts. */
    @Test
    void aBodyInSmallParts_isTheSame() throws Exception {
        byte[] body =
                " { \"ids\" : [ 1 , 10000000000000000007 ] ,\"priority\":\"L\\u004fW\"} "
                        .getBytes(StandardCharsets.UTF_8);
        for (int size = 1; size <= body.length; size++) {
            SubmissionReader reader = new SubmissionReader(10);
            for (int from = 0; from < body.length; from += size) {
                reader.take(Arrays.copyOfRange(body, from, Math.min(body.length, from + size)));
            }
            reader.end();
            assertThat(reader.submission().items())
                    .containsExactly(BigInteger.ONE, new BigInteger(MAX));
            assertThat(reader.submission().priority()).isEqualTo(Priority.LOW);
        }
    }

    @Test
    void textsInSmallParts_mustStillBeUtf8() throws Exception {
        byte[] good = "{\"ü€😀\":1}".getBytes(StandardCharsets.UTF_8);
        SubmissionReader reader = new SubmissionReader(10);
        for (byte one : good) {
            reader.take(new byte[] {one});
        }
        assertThatThrownBy(reader::end).hasMessageStartingWith("ü€😀: unknown field");
        byte[] cut = Arrays.copyOf("{\"ü".getBytes(StandardCharsets.UTF_8), 3);
        SubmissionReader other = new SubmissionReader(10);
        other.take(cut);
        assertThatThrownBy(other::end).hasMessage("the body must be UTF-8, was not");
    }

    @Test
    void aLongName_isNotCutWithinALetter() throws Exception {
        SubmissionReader reader = new SubmissionReader(10);
        String start = "n".repeat(39);
        reader.take(("{\"" + start + "😀\":1}").getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(reader::end).hasMessageStartingWith(start + "…: unknown field");
    }

    @Test
    void aReader_saysWhatItHolds() throws Exception {
        SubmissionReader ids = new SubmissionReader(10_000);
        ids.take(("{\"ids\":[1" + ",1".repeat(500_000)).getBytes(StandardCharsets.UTF_8));
        assertThat(ids.heldBytes()).isGreaterThan(80_000);
        SubmissionReader name = new SubmissionReader(10_000);
        name.take("{\"".getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 100; i++) {
            name.take("n".repeat(10_000).getBytes(StandardCharsets.UTF_8));
        }
        assertThat(name.heldBytes()).isGreaterThan(4_000_000);
        SubmissionReader nested = new SubmissionReader(10_000);
        for (int i = 0; i < 90; i++) {
            nested.take(("{\"" + "n".repeat(10_000) + "\":").getBytes(StandardCharsets.UTF_8));
        }
        assertThat(nested.heldBytes()).isGreaterThan(890_000);
    }

    @Test
    void bytesThatAreNotUtf8_are400() {
        byte[] latin = "{\"ids\":[1],\"priority\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1);
        byte[] wide = "{\"ids\":[1],\"priority\":\"LOW\"}".getBytes(StandardCharsets.UTF_16);
        for (byte[] body : new byte[][] {latin, wide}) {
            HttpResponse<String> answer =
                    service.send(
                            HttpRequest.newBuilder(service.uri("/ingest"))
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofByteArray(body)));
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("the body must be UTF-8, was not");
        }
    }

    @Test
    void aBodyOverTheLimit_is413_withAndWithoutItsLengthGiven() {
        byte[] body = new byte[100_000];
        HttpRequest.Builder request =
                HttpRequest.newBuilder(service.uri("/ingest"))
                        .header("Content-Type", "application/json");
        for (HttpRequest.BodyPublisher publisher :
                new HttpRequest.BodyPublisher[] {
                    BodyPublishers.ofByteArray(body),
                    BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body))
                }) {
            HttpResponse<String> answer = service.send(request.POST(publisher));
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body())
                    .isEqualTo(
                            "{\"detail\":\"the body must have at most 65536 bytes\",\"status_code\":413}");
        }
    }

    @Test
    void aBodyOfExactlyTheLimit_isTaken() {
        String body = "{\"ids\":[1],\"priority\":\"LOW\"}";
        String padded = body + " ".repeat((64 << 10) - body.length());
        assertThat(service.post(padded).statusCode()).isEqualTo(200);
        assertThat(service.post(padded + " ").statusCode()).isEqualTo(413);
    }

    @Test
    void aRepeatedKey_givesTheSameId_andRefusesOtherContent() {
        String body = "{\"ids\":[1,2],\"priority\":\"LOW\"}";
        HttpResponse<String> first = service.post(body, "Idempotency-Key", "order-1");
        HttpResponse<String> again = service.post(body, "Idempotency-Key", "order-1");
        HttpResponse<String> other =
                service.post(body.replace("LOW", "HIGH"), "Idempotency-Key", "order-1");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(service.post(body, "Idempotency-Key", "order-2").body())
                .isNotEqualTo(first.body());
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("Idempotency-Key: must be a new one");
    }

    @Test
    void keysThatAreNone_are400() throws Exception {
        String body = "{\"ids\":[1],\"priority\":\"LOW\"}";
        assertThat(service.post(body, "Idempotency-Key", "k".repeat(255)).statusCode())
                .isEqualTo(200);
        assertThat(service.post(body, "Idempotency-Key", "k".repeat(256)).statusCode())
                .isEqualTo(400);
        String twice =
                service.raw(
                        "POST /ingest HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nIdempotency-Key: a\r\n"
                                + "Idempotency-Key: b\r\nContent-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body);
        assertThat(twice).startsWith("HTTP/1.1 400").contains("must be one key");
    }

    @Test
    void theIdsAreProcessed_withAllTheirDigits() {
        String id = service.submit("1, 10000000000000000007, 9007199254740993, 4", "HIGH");
        await().untilAsserted(
                        () ->
                                assertThat(service.get("/status/" + id).body())
                                        .startsWith("{\"ingestion_id\":\"" + id + "\",")
                                        .contains("\"status\":\"completed\",\"batches\":[{")
                                        .contains(
                                                "\"ids\":[1,10000000000000000007,9007199254740993]")
                                        .contains("\"ids\":[4]"));
    }
}
