package io.ingest4j.examples.service;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigInteger;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The pages in a real browser, as a person uses them. Skipped where there is no Chromium. */
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("chromium") // one page at a time
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
                it ->
                        it.isEqualTo(
                                "triggered H 1 | triggered H 10000000000000000007 | triggered H 3"));
        awaitText(QUEUE, it -> it.isEqualTo("HIGH=2 MEDIUM=0 LOW=0"));
        submit("7", "LOW");
        awaitText(QUEUE, it -> it.isEqualTo("HIGH=2 MEDIUM=0 LOW=1"));
        awaitText(
                "document.querySelectorAll('#axis .mark .dot.HIGH').length",
                it -> it.isEqualTo("3"));

        service.calls.values().forEach(call -> call.complete(true));
        awaitText(BOXES, it -> it.contains("completed:1, 10000000000000000007, 3"));
        awaitText(CHIPS, it -> it.startsWith("completed H 1 |"));
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
        awaitText("document.body.textContent", it -> it.contains("10000000000000000007"));
        assertThat(browser.text("document.body.textContent"))
                .doesNotContain("10000000000000000000", "1e+19");
        assertNothingToComplainOf();
    }

    /** Where text overlaps other text, is cut, or leaves the screen. */
    private static final String FAULTS =
            """
            (function () {
              const faults = [], parts = [];
              const width = document.documentElement.clientWidth;
              if (document.scrollingElement.scrollWidth > width) faults.push('scrolls sideways');
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walker.nextNode()) {
                const node = walker.currentNode, owner = node.parentElement;
                const text = node.textContent.trim();
                if (text === '' || ['SCRIPT', 'STYLE', 'OPTION', 'TEXTAREA'].includes(owner.tagName)) continue;
                const range = document.createRange();
                range.selectNodeContents(node);
                for (const box of range.getClientRects()) {
                  let top = box.top, bottom = box.bottom, shown = true;
                  for (let any = owner; any !== document.body; any = any.parentElement) {
                    if (getComputedStyle(any).overflowY === 'visible') continue;
                    const clip = any.getBoundingClientRect();
                    top = Math.max(top, clip.top);
                    bottom = Math.min(bottom, clip.bottom);
                    if (box.left < clip.left - 1 || box.right > clip.right + 1) faults.push('cut: ' + text);
                  }
                  if (box.left < -1 || box.right > width + 1) faults.push('off the screen: ' + text);
                  if (bottom - top > 2) parts.push({text, left: box.left, right: box.right, top, bottom});
                }
              }
              for (const any of document.querySelectorAll('body *')) {
                if (any.clientWidth > 0 && any.scrollWidth > any.clientWidth + 1
                    && !['INPUT', 'TEXTAREA'].includes(any.tagName) && !any.closest('#axis')) {
                  faults.push('too wide: ' + any.tagName + ' ' + any.className + ' ' + any.id);
                }
              }
              for (let i = 0; i < parts.length; i++) {
                for (let j = i + 1; j < parts.length; j++) {
                  const a = parts[i], b = parts[j];
                  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                  if (wide > 1 && high > 4) faults.push('overlap: ' + a.text + ' | ' + b.text);
                }
              }
              return [...new Set(faults)].slice(0, 10).join('; ');
            })()""";

    private void assertLaidOut(String state) throws Exception {
        browser.open(service.uri("/"));
        for (boolean isDark : new boolean[] {false, true}) {
            for (int[] size : new int[][] {{1400, 900}, {390, 844}}) {
                browser.screen(size[0], size[1], isDark);
                awaitText(
                        "document.getElementById('connection').textContent",
                        it -> it.isEqualTo("live"));
                awaitText(
                        "document.querySelectorAll('#queue .bar').length", it -> it.isEqualTo("3"));
                String name = "live-" + state + "-" + size[0] + (isDark ? "-dark" : "") + ".png";
                browser.wholePage(Files.createDirectories(Path.of("target")).resolve(name));
                assertThat(browser.text(FAULTS)).as(name).isEmpty();
                assertThat(Integer.parseInt(browser.text("document.body.scrollHeight")))
                        .as("height of %s", name)
                        .isLessThan(2 * 900);
            }
        }
        browser.screen(1280, 1000, false);
    }

    @Test
    void aFullPage_isLaidOut_onEveryScreen() throws Exception {
        restart("BATCH_DELAY=0.02", "MAX_ATTEMPTS=1", "MAX_IN_FLIGHT=12");
        service.submit(large(1, 30), "HIGH");
        service.submit("1,2,3,4", "MEDIUM");
        await().until(() -> service.calls.size() == 12);
        for (int i = 0; i < 12; i++) {
            var call = service.calls.values().iterator().next();
            service.calls.remove(service.calls.keySet().iterator().next());
            if (i % 4 == 3) {
                call.completeExceptionally(
                        new IllegalArgumentException(
                                "status 422: no such customer in the register"));
            } else {
                call.complete(true);
            }
        }
        service.submit(large(100, 8_000), "LOW");
        await().until(() -> service.calls.size() == 12);
        service.submit(large(9_000, 5), "MEDIUM");
        browser.open(service.uri("/"));
        awaitText("document.getElementById('failed').textContent", it -> it.isEqualTo("3"));
        awaitText("document.getElementById('waiting').textContent", it -> it.startsWith("8,0"));
        awaitText("document.getElementById('empties').textContent", it -> it.matches("≥ 5[34] s"));
        assertLaidOut("full");
    }

    private static String large(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(
                        i -> new BigInteger("10000000000000000007").subtract(BigInteger.valueOf(i)))
                .map(BigInteger::toString)
                .collect(joining(","));
    }

    @Test
    void anEmptyPage_isLaidOut_onEveryScreen() throws Exception {
        assertLaidOut("empty");
    }

    @Test
    void aSubmission_isFoundByItsId_andWhatHasNotEndedIsListed() {
        String first = service.submit("10000000000000000007, 2, 3, 4", "LOW");
        String second = service.submit("5", "LOW");
        browser.open(service.uri("/"));
        browser.type("#wanted", first);
        browser.click("#find button");
        awaitText(
                "document.querySelector('#found .box .ids').textContent",
                it -> it.isEqualTo("10000000000000000007, 2, 3"));
        browser.type("#wanted", "nope");
        browser.click("#find button");
        awaitText(
                "document.getElementById('finding').textContent",
                it -> it.isEqualTo("404: no ingestion of that id"));
        browser.click("#open");
        awaitText(
                "[...document.querySelectorAll('#found code')].map(c => c.textContent).join()",
                it -> it.isEqualTo(second + "," + first));
        browser.click("#found .quiet");
        awaitText(
                "[...document.querySelectorAll('#found code')].map(c => c.textContent).join()",
                it -> it.isEqualTo(first));
    }

    @Test
    void aCancelThatIsRefused_isSaidSo() {
        service.submit("1", "LOW");
        service.submit("2", "LOW");
        browser.open(service.uri("/"));
        awaitText(BOXES, it -> it.contains("yet_to_start:2"));
        browser.text(
                "(window.asked = window.fetch, window.fetch = (url, how) => how.method === 'DELETE'"
                        + " ? Promise.resolve(new Response('{\"detail\":\"too many requests\"}',"
                        + " {status: 429})) : asked(url, how), '')");
        browser.click("#submissions .quiet");
        awaitText(
                "document.getElementById('finding').textContent",
                it -> it.isEqualTo("429: too many requests"));
        browser.text("(window.fetch = window.asked, '')");
        browser.click("#submissions .quiet");
        awaitText(BOXES, it -> it.contains("cancelled:2"));
        assertThat(browser.text("document.getElementById('finding').textContent")).isEmpty();
        assertNothingToComplainOf();
    }
}
