package io.ingest4j.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** Names and time as a test wants them: pauses take no time, but the clock goes on. */
final class TestSurroundings implements Surroundings {

    private static final long serialVersionUID = 1;

    /** Gives addresses for a name, with commas between. */
    transient UnaryOperator<String> resolver = host -> host;

    transient Set<String> inside = Set.of();
    transient List<Long> pauses = new ArrayList<>();
    private long nanos;

    @Override
    public InetAddress[] addresses(String host) throws UnknownHostException {
        List<InetAddress> found = new ArrayList<>();
        for (String address : resolver.apply(host).split(",", -1)) {
            found.add(InetAddress.getByName(address));
        }
        return found.toArray(InetAddress[]::new);
    }

    /** Everything runs on this machine, so a test says itself what counts as inside. */
    @Override
    public Optional<String> notPublic(InetAddress address) {
        return Optional.of("inside").filter(kind -> inside.contains(address.getHostAddress()));
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    synchronized void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Override
    public synchronized void pause(long pauseNanos, CountDownLatch end) {
        nanos += pauseNanos;
        pauses.add(pauseNanos);
    }
}
