package io.ingest4j.examples.service;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The pages in a real browser, as a person uses them. Skipped where there is no Chromium. */
@Timeout(240)
@Tag("real-time")
class LivePageTest {

    private static final String BOXES =
            "[...document.querySelectorAll('.box')].map(b => b.dataset.status + ':'"
                    + " + b.querySelector('.ids').textContent).join(' | ')";
    private static final String CHIPS =
            "[...document.querySelectorAll('#dispatches .chip')].map(c => c.dataset.state + ' '"
                    + " + c.firstChild.textContent).join(' | ')";
    private static final String QUEUE =
            "[...document.querySelectorAll('#queue .bar')].map(b => b.dataset.priority + '='"
                    + " + b.querySelector('.count').textContent).join(' ')";
    private static final String ANSWER = "document.getElementById('answer').textContent";

    // Chromium may still be writing there when it is killed.
    @TempDir(cleanup = CleanupMode.NEVER)
    static Path home;

    private static Browser browser;
    private ServiceFixture service;

    @BeforeAll
    static void startBrowser() throws Exception {
        browser = Browser.start(home);
    }

    @AfterAll
    static void stopBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void start() {
        browser.open(URI.create("about:blank"));
        browser.complaints.clear();
        browser.requests.clear();
        service = ServiceFixture.start("BATCH_DELAY=3600");
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private void restart(String... settings) {
        service.close();
        service = ServiceFixture.start(settings);
    }

    private interface Expectation {
        void on(AbstractStringAssert<?> text);
    }

    private void awaitText(String expression, Expectation expectation) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> expectation.on(assertThat(browser.text(expression))));
    }

    private void submit(String ids, String priority) {
        browser.type("#ids", ids);
        browser.text("document.getElementById('priority').value = '" + priority + "'");
        browser.click("#form button");
    }

    private void assertNothingToComplainOf() {
        assertThat(browser.complaints).isEmpty();
        assertThat(browser.requests)
                .allMatch(
                        url ->
                                url.startsWith(service.service.uri().toString())
                                        || url.startsWith("data:")
                                        || url.startsWith("blob:"));
    }

    @Test
    void aServerThatHangs_isNotShownAsLive() {
        browser.open(service.uri("/"));
        awaitText("document.getElementById('connection').textContent", it -> it.isEqualTo("live"));
        browser.text(
                "window.fetch = (url, how) => new Promise((taken, failed) =>"
                        + " how.signal.addEventListener('abort', () => failed(how.signal.reason)))");
        awaitText(
                "document.getElementById('connection').textContent",
                it -> it.isEqualTo("not answering"));
    }

    @Test
    void whatIsSubmitted_isSeenOnItsWay() throws Exception {
        browser.open(service.uri("/"));
        awaitText("document.getElementById('connection').textContent", it -> it.isEqualTo("live"));
        assertThat(browser.text(QUEUE)).isEqualTo("HIGH=0 MEDIUM=0 LOW=0");

        submit("1, 10000000000000000007 3\n4,5", "HIGH");

        awaitText(ANSWER, it -> it.startsWith("taken: "));
        awaitText(
                BOXES,
                it -> it.isEqualTo("triggered:1, 10000000000000000007, 3 | yet_to_start:4, 5"));
        awaitText(
                CHIPS,
                it -> it.isEqualTo("running H 1 | running H 10000000000000000007 | running H 3"));
        awaitText(QUEUE, it -> it.isEqualTo("HIGH=2 MEDIUM=0 LOW=0"));
        submit("7", "LOW");
        awaitText(QUEUE, it -> it.isEqualTo("HIGH=2 MEDIUM=0 LOW=1"));
        awaitText(
                "document.querySelectorAll('#axis .mark .dot.HIGH').length",
                it -> it.isEqualTo("3"));

        service.calls.values().forEach(call -> call.complete(true));
        awaitText(BOXES, it -> it.contains("completed:1, 10000000000000000007, 3"));
        awaitText(CHIPS, it -> it.startsWith("done H 1 |"));
        awaitText("document.getElementById('completed').textContent", it -> it.isEqualTo("3"));

        browser.click(".submission .quiet");
        awaitText(BOXES, it -> it.startsWith("cancelled:7 |"));
        browser.screenshot(Files.createDirectories(Path.of("target")).resolve("live-page.png"));
        assertNothingToComplainOf();
    }

    @Test
    void batches_goFromYetToStartOverTriggeredToCompleted() {
        browser.open(service.uri("/"));
        service.submit("1", "LOW");
        await().until(() -> service.calls.size() == 1);
        submit("2", "MEDIUM");
        awaitText(BOXES, it -> it.isEqualTo("yet_to_start:2 | triggered:1"));
        service.answer(1);
        awaitText(BOXES, it -> it.isEqualTo("yet_to_start:2 | completed:1"));
    }

    @Test
    void whatIsRefused_isSaidInTheForm() {
        browser.open(service.uri("/"));
        submit("1 1.5", "LOW");
        awaitText(ANSWER, it -> it.startsWith("422: ids[1]: must be an integer, was a number"));
        submit("", "LOW");
        awaitText(ANSWER, it -> it.isEqualTo("422: ids: must have at least one id, was empty"));
        submit("0", "LOW");
        awaitText(ANSWER, it -> it.startsWith("400: ids[0]: must be from 1 to "));
        submit("<img/src=x/onerror=document.title='harmed'>", "LOW");
        awaitText(ANSWER, it -> it.isEqualTo("422: ids[0]: must be an integer, was a string"));
    }

    @Test
    void textThatLooksLikeScript_isShownAndNotRun() {
        restart("BATCH_DELAY=0.05", "MAX_ATTEMPTS=1");
        String script = "<img src=x onerror=\"document.title='harmed'\">";
        browser.open(service.uri("/"));
        submit("1", "LOW");
        await().until(() -> service.calls.size() == 1);
        service.fail(1, new IllegalArgumentException(script));
        awaitText(BOXES, it -> it.isEqualTo("failed:1"));
        awaitText(CHIPS, it -> it.isEqualTo("failed L 1"));
        awaitText("document.querySelector('.box').textContent", it -> it.contains(script));
        assertThat(browser.text("document.querySelectorAll('img').length")).isEqualTo("0");
        assertThat(browser.text("document.title")).isEqualTo("Ingestion, live");
        assertNothingToComplainOf();
    }

    @Test
    void inlineScripts_thatAreNotOurs_areNotRun() {
        browser.open(service.uri("/"));
        browser.text(
                "document.body.insertAdjacentHTML('beforeend',"
                        + " '<img src=x onerror=\"document.title=1\">')");
        await().until(() -> !browser.complaints.isEmpty());
        assertThat(browser.complaints.toString()).contains("Content Security Policy");
        assertThat(browser.text("document.title")).isEqualTo("Ingestion, live");
    }

    @Test
    void aLargeSubmission_isShownInPart() {
        browser.open(service.uri("/"));
        String ids =
                IntStream.rangeClosed(1, 10_000).mapToObj(Integer::toString).collect(joining(","));
        service.submit(ids, "LOW");
        awaitText("document.querySelectorAll('.box').length", it -> it.isEqualTo("60"));
        awaitText(
                "document.querySelector('.boxes').lastChild.textContent",
                it -> it.isEqualTo("3,274 batches after"));
        assertNothingToComplainOf();
    }

    @Test
    void aServiceThatIsGone_isSaidSo() {
        browser.open(service.uri("/"));
        awaitText("document.getElementById('connection').textContent", it -> it.isEqualTo("live"));
        service.close();
        awaitText(
                "document.getElementById('connection').textContent",
                it -> it.isEqualTo("no connection"));
    }

    @Test
    void bothDescriptions_areShown_withoutTheInternet() throws Exception {
        browser.open(service.uri("/docs"));
        awaitText(
                "[...document.querySelectorAll('.opblock-summary-path')].map(p => p.textContent).join(' ')",
                it -> it.contains("ingest").contains("status"));
        assertNothingToComplainOf();
        browser.screenshot(Path.of("target").resolve("docs-page.png"));
        browser.open(service.uri("/redoc"));
        awaitText("document.body.textContent", it -> it.contains("Submit ids"));
        browser.screenshot(Path.of("target").resolve("redoc-page.png"));
        // ReDoc's own logo, which the policy refuses.
        assertThat(browser.requests)
                .filteredOn(url -> url.startsWith("https:"))
                .allMatch(url -> url.equals("https://cdn.redoc.ly/redoc/logo-mini.svg"));
        assertThat(browser.complaints)
                .allMatch(complaint -> complaint.contains("Content Security Policy"));
    }
}
