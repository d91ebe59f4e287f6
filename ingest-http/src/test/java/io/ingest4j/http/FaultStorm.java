package io.ingest4j.http;

import io.ingest4j.http.FaultServer.Connection;
import io.ingest4j.http.FaultServer.Received;
import java.io.IOException;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server does that gets nothing right until it has done enough harm: to every twentieth
 * connection before the request was read, to the requests on the others at any byte of the answer.
 * The seed decides what is drawn, the scheduler who it hits.
 */
final class FaultStorm implements FaultServer.Greeting, FaultServer.Script {

    private static final double BEFORE_THE_REQUEST = 0.05;

    /** They hold a connection until the deadline. */
    private static final double ENDLESS = 0.15;

    private static final double LIES = 0.3;

    /** Before JDK 21 a client never closes a connection on which it got what is not HTTP. */
    private static final boolean ONLY_HTTP = Runtime.version().feature() < 21;

    private final SplittableRandom random;
    private final long wanted;
    private final AtomicLong injected = new AtomicLong();
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    FaultStorm(long seed, long wanted) {
        random = new SplittableRandom(seed);
        this.wanted = wanted;
    }

    /** Whether enough has gone wrong; all is well from then on. */
    boolean isOver() {
        return injected.get() >= wanted;
    }

    long injected() {
        return injected.get();
    }

    /** The bodies of the requests that were answered with a success. */
    Set<String> taken() {
        return taken;
    }

    private synchronized double chance() {
        return random.nextDouble();
    }

    private synchronized int below(int bound) {
        return random.nextInt(bound);
    }

    private Fault fault() {
        boolean endless = chance() < ENDLESS;
        while (true) {
            Fault fault = Fault.values()[below(Fault.values().length)];
            if (fault.isEndless() == endless && (fault.isHttp() || !ONLY_HTTP)) {
                return fault;
            }
        }
    }

    private Lie lie() {
        boolean endless = chance() < ENDLESS;
        while (true) {
            Lie lie = Lie.values()[below(Lie.values().length)];
            if (lie.isEndless() == endless && (lie.isHttp() || !ONLY_HTTP)) {
                return lie;
            }
        }
    }

    @Override
    public void greet(Connection connection) throws IOException {
        if (!isOver() && chance() < BEFORE_THE_REQUEST) {
            injected.incrementAndGet();
            connection.readSome(below(2) * below(200));
            fault().happen(connection);
        }
    }

    @Override
    public void answer(Connection connection, Received request) throws IOException {
        if (isOver()) {
            taken.add(request.text());
            connection.send(FaultServer.response(200, "ok"));
            return;
        }
        injected.incrementAndGet();
        if (chance() < LIES) {
            Lie lie = lie();
            if (lie.end() == Lie.End.DELIVERED) {
                taken.add(request.text());
            }
            lie.tell(connection);
            return;
        }
        Fault fault = fault();
        int sent = below(Fault.answerBytes() + 1);
        while (!fault.canFollow(sent)) {
            sent = below(Fault.answerBytes() + 1);
        }
        if (sent == Fault.answerBytes()) {
            taken.add(request.text());
        }
        fault.happenAfter(sent, connection);
    }
}
