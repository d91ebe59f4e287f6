package io.ingest4j.examples.service;

import static org.awaitility.Awaitility.await;

import io.ingest4j.examples.files.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;

/** A headless Chromium with one page, driven by its DevTools protocol. */
final class Browser implements AutoCloseable {

    private static final List<String> PLACES =
            List.of(
                    "/usr/bin/chromium",
                    "/usr/local/bin/chromium",
                    "/usr/bin/chromium-browser",
                    "/usr/bin/google-chrome");
    private static final long SECONDS = 60;

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Long, CompletableFuture<Map<String, Object>>> answers =
            new ConcurrentHashMap<>();

    /** What the page logged, threw, or was not allowed to do. */
    final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();

    /** The addresses that the page asked for. */
    final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();

    private WebSocket socket;

    private Browser(Process process) {
        this.process = process;
    }

    /**
     * Starts one; if there is none on this machine, the test is skipped and says so, unless it runs where
     * CI installs one.
     */
    static Browser start(Path home) throws Exception {
        String program =
                PLACES.stream().filter(p -> Files.isExecutable(Path.of(p))).findFirst().orElse("");
        if (program.isEmpty() && isInstalledByCi()) {
            throw new AssertionError("Chromium is required, but there is none in " + PLACES);
        }
        if (program.isEmpty()) {
            System.out.println(
                    "SKIPPED: the live page is not tested, there is no Chromium in " + PLACES);
        }
        Assumptions.assumeThat(program).as("no Chromium in " + PLACES).isNotEmpty();
        Process process =
                new ProcessBuilder(
                                program,
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--disable-dev-shm-usage",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--window-size=1280,1000",
                                "--remote-debugging-port=0",
                                "--user-data-dir=" + home,
                                "about:blank")
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("chromium.log").toFile())
                        .start();
        Browser browser = new Browser(process);
        try {
            browser.connect(home.resolve("DevToolsActivePort"));
        } catch (Exception | AssertionError e) {
            browser.close();
            throw e;
        }
        return browser;
    }

    private static boolean isInstalledByCi() {
        return "required".equals(System.getenv("INGEST4J_CHROMIUM"));
    }

    private void connect(Path portFile) throws Exception {
        await().atMost(Duration.ofSeconds(SECONDS))
                .until(() -> Files.exists(portFile) && Files.readAllLines(portFile).size() == 2);
        List<String> lines = Files.readAllLines(portFile);
        socket = open("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
        String target =
                (String) call("Target.createTarget", "{\"url\":\"about:blank\"}").get("targetId");
        socket.abort();
        socket = open("ws://127.0.0.1:" + lines.get(0) + "/devtools/page/" + target);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(domain + ".enable", "{}");
        }
    }

    private WebSocket open(String uri) {
        return client.newWebSocketBuilder()
                .buildAsync(URI.create(uri), new Messages())
                .orTimeout(SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private final class Messages implements WebSocket.Listener {

        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                take(Json.object(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    @SuppressWarnings("unchecked")
    private void take(Map<String, Object> message) {
        Object id = message.get("id");
        if (id != null) {
            answers.remove(id).complete(message);
            return;
        }
        String method = (String) message.get("method");
        if (method.equals("Network.requestWillBeSent")) {
            Map<String, Object> params = (Map<String, Object>) message.get("params");
            requests.add((String) ((Map<String, Object>) params.get("request")).get("url"));
        } else if (method.equals("Runtime.exceptionThrown") || method.equals("Log.entryAdded")) {
            complaints.add(message.get("params").toString());
        }
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> call(String method, String params) {
        long id = ids.incrementAndGet();
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(
                        "{\"id\":%d,\"method\":\"%s\",\"params\":%s}".formatted(id, method, params),
                        true)
                .join();
        Map<String, Object> message = answer.orTimeout(SECONDS, TimeUnit.SECONDS).join();
        if (message.containsKey("error")) {
            throw new IllegalStateException(method + ": " + message.get("error"));
        }
        return (Map<String, Object>) message.get("result");
    }

    void open(URI uri) {
        call("Page.navigate", "{\"url\":\"" + uri + "\"}");
        await().atMost(Duration.ofSeconds(SECONDS))
                .until(() -> text("document.readyState + location.href").equals("complete" + uri));
    }

    /** Evaluates an expression in the page, whose value is text. */
    @SuppressWarnings("unchecked")
    String text(String expression) {
        String script = "String(" + expression + ")";
        String quoted = quoted(script);
        Map<String, Object> answer =
                call("Runtime.evaluate", "{\"returnByValue\":true,\"expression\":" + quoted + "}");
        if (answer.containsKey("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + answer);
        }
        return (String) ((Map<String, Object>) answer.get("result")).get("value");
    }

    /** Types into a field as a person would. */
    void type(String selector, String typed) {
        text("document.querySelector('" + selector + "').select()");
        call("Input.insertText", "{\"text\":" + quoted(typed) + "}");
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** Presses the left button of the mouse in the middle of an element. */
    void click(String selector) {
        String at =
                text(
                        "(function () { const box = document.querySelector('"
                                + selector
                                + "').getBoundingClientRect(); return (box.left + box.width / 2)"
                                + " + ',\"y\":' + (box.top + box.height / 2); })()");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    "{\"type\":\"%s\",\"button\":\"left\",\"clickCount\":1,\"x\":%s}"
                            .formatted(type, at));
        }
    }

    /** Becomes a screen of that size. */
    void screen(int width, int height, boolean isDark) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":%s}"
                        .formatted(width, height, width < 500));
        call(
                "Emulation.setEmulatedMedia",
                "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]}"
                        .formatted(isDark ? "dark" : "light"));
    }

    void wholePage(Path file) throws IOException {
        String data =
                (String)
                        call("Page.captureScreenshot", "{\"captureBeyondViewport\":true}")
                                .get("data");
        Files.write(file, Base64.getDecoder().decode(data));
    }

    void screenshot(Path file) throws IOException {
        String data = (String) call("Page.captureScreenshot", "{}").get("data");
        Files.write(file, Base64.getDecoder().decode(data));
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.abort();
        }
        List<ProcessHandle> all =
                Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle one : all) {
            one.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).exceptionally(e -> one).join();
        }
    }
}
