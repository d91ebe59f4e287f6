package io.ingest4j.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * An API that remembers every record that ever reached it: in which life of its client, with which bytes
 * and under which key. Enforces a strict sliding window over all lives.
 */
public final class RecordingApi implements AutoCloseable {

    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");

    private record Seen(String text, String key) {}

    private final Server server = new Server();
    private final ServerConnector connector;
    private final SlidingWindow window;
    private final Map<Long, Seen> seen = new HashMap<>();
    private final List<BitSet> lives = new ArrayList<>(List.of(new BitSet()));
    private final Set<String> differences = new HashSet<>();
    private long refused;
    private long repeatedInOneLife;
    private int rejecting;

    /** Starts the API, which answers the request after so many in a period with 429. */
    public RecordingApi(long limit, Duration period) throws Exception {
        window = new SlidingWindow(limit, period);
        connector =
                new ServerConnector(
                        server, 1, 1, new HttpConnectionFactory(new HttpConfiguration()));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Routes(Map.of("/process", new Route("POST", this::handle))));
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/process");
    }

    /** Answers with 400 for so many requests. */
    public synchronized void reject(int requests) {
        rejecting = requests;
    }

    /** The client was killed: what comes now comes from its next life. */
    public synchronized void nextLife() {
        lives.add(new BitSet());
    }

    public synchronized int received() {
        return seen.size();
    }

    /** Requests above the limit. */
    public synchronized long refused() {
        return refused;
    }

    /** Records that came more than once in one life, as after an answer that was lost. */
    public synchronized long repeatedInOneLife() {
        return repeatedInOneLife;
    }

    /** Records that came again with other bytes, or under another key. */
    public synchronized Set<String> differences() {
        return Set.copyOf(differences);
    }

    /** For each life, how many of its records came again in a later one. */
    public synchronized List<Integer> sentAgain() {
        List<Integer> counts = new ArrayList<>();
        BitSet later = new BitSet();
        for (int life = lives.size() - 1; life >= 0; life--) {
            BitSet again = (BitSet) lives.get(life).clone();
            again.and(later);
            counts.add(0, again.cardinality());
            later.or(lives.get(life));
        }
        return counts;
    }

    private void handle(Request request, Answer answer) {
        String key = request.getHeaders().get("Idempotency-Key");
        long arrival = request.getBeginNanoTime();
        BodyReader.read(
                request,
                16 << 20,
                body -> answer(answer, new String(body, UTF_8), key, arrival),
                () -> answer.error(HttpStatus.PAYLOAD_TOO_LARGE_413, "too large"),
                answer.callback()::failed);
    }

    private synchronized void answer(Answer answer, String body, String key, long arrival) {
        long wait = window.arrive(arrival);
        if (wait > 0) {
            refused++;
            answer.response().getHeaders().put(HttpHeader.RETRY_AFTER, 1);
            answer.error(HttpStatus.TOO_MANY_REQUESTS_429, "rate limit exceeded");
        } else if (rejecting > 0) {
            rejecting--;
            answer.error(HttpStatus.BAD_REQUEST_400, "rejected on purpose");
        } else {
            record(body, key);
            answer.json("{}");
        }
    }

    private void record(String body, String key) {
        boolean single = body.startsWith("{");
        Matcher ids = ID.matcher(body);
        while (ids.find()) {
            long id = Long.parseLong(ids.group(1));
            String text = single ? body : body.substring(ids.start(), body.indexOf('}', ids.end()));
            Seen now = new Seen(text, single ? key : "");
            Seen before = seen.putIfAbsent(id, now);
            if (before != null && !before.equals(now)) {
                differences.add(before + " became " + now);
            }
            BitSet life = lives.get(lives.size() - 1);
            if (life.get((int) id)) {
                repeatedInOneLife++;
            }
            life.set((int) id);
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the API does not stop", e);
        }
    }
}
