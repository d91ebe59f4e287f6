package io.ingest4j.testkit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Eager senders on one limiter, simulated from a seed: answers fast and slow, in any order, lost or
 * never sent; readings that grow old before they are used; idle times, after which all begin at once;
 * pauses. What is sent reaches the server at an instant that the limiter must reckon with, and
 * preferably together with as much else as possible.
 */
public final class LimiterTraffic {

    private final RateLimiter limiter;
    private final long periodNanos;
    private final List<WindowChecker> servers = new ArrayList<>();
    private long originNanos;
    private long seed = 42;
    private int senders = 8;
    private long maxLatencyNanos;
    private long lateArrivalNanos;
    private long maxCost = 1;
    private boolean pauses;
    private boolean slowServer;
    private boolean runsStart;

    private Random random = new Random(seed);
    private VirtualClock clock = new VirtualClock();
    private int left;
    private int lostOneIn;
    private long lastReading;
    private long wakeAt;
    private long pausedUntil;

    private LimiterTraffic(RateLimiter limiter, Duration period) {
        this.limiter = limiter;
        periodNanos = period.toNanos();
        maxLatencyNanos = periodNanos / 2 + 1;
    }

    /**
     * Sends through a limiter.
     *
     * @param limiter used by nobody else
     * @param period its period, the measure for all times that are not set
     * @return traffic of eight senders at a cost of one, with latencies up to half the period
     */
    public static LimiterTraffic through(RateLimiter limiter, Duration period) {
        return new LimiterTraffic(limiter, period);
    }

    /**
     * Sets the clock's first reading.
     *
     * @param nanos any number
     * @return this
     */
    public LimiterTraffic origin(long nanos) {
        originNanos = nanos;
        return this;
    }

    /**
     * Sets what all chances follow from.
     *
     * @param value any number
     * @return this
     */
    public LimiterTraffic seed(long value) {
        seed = value;
        return this;
    }

    /**
     * Sets how many attempts there may be at a time.
     *
     * @param count at least 1
     * @return this
     */
    public LimiterTraffic senders(int count) {
        senders = count;
        return this;
    }

    /**
     * Sets how long an attempt takes at most.
     *
     * @param latency at least 0
     * @return this
     */
    public LimiterTraffic maxLatency(Duration latency) {
        maxLatencyNanos = latency.toNanos();
        return this;
    }

    /**
     * Sets how long after a close without an answer the attempt may arrive.
     *
     * @param late at least 0, which is the default
     * @return this
     */
    public LimiterTraffic lateArrival(Duration late) {
        lateArrivalNanos = late.toNanos();
        return this;
    }

    /**
     * Sets what an attempt costs at most.
     *
     * @param cost at least 1
     * @return this
     */
    public LimiterTraffic maxCost(long cost) {
        maxCost = cost;
        return this;
    }

    /**
     * Lets the limiter be paused now and then.
     *
     * @return this
     */
    public LimiterTraffic withPauses() {
        pauses = true;
        return this;
    }

    /**
     * Lets runs that share the limiter start now and then, each of which resumes it.
     *
     * @return this
     */
    public LimiterTraffic withRunsThatStart() {
        runsStart = true;
        return this;
    }

    /**
     * Lets the server's clock run slower, by 1 ns in 1001.
     *
     * @return this
     */
    public LimiterTraffic withSlowServer() {
        slowServer = true;
        return this;
    }

    /**
     * Adds one who counts what arrives, or what is begun if that is what the limiter is about.
     *
     * @param server told of each attempt once, on its own clock
     * @return this
     */
    public LimiterTraffic seenBy(WindowChecker server) {
        servers.add(server);
        return this;
    }

    /**
     * Sends until so many times a permit was asked for.
     *
     * @param asks how often
     */
    public void run(int asks) {
        random = new Random(seed);
        clock = new VirtualClock(originNanos);
        left = asks;
        lostOneIn = 1 + random.nextInt(12);
        lastReading = 0;
        wakeAt = 0;
        pausedUntil = 0;
        for (int i = 0; i < senders; i++) {
            clock.after(0, this::begin);
        }
        clock.advanceToEnd();
    }

    private void begin() {
        if (clock.elapsedNanos() < wakeAt) {
            clock.after(wakeAt - clock.elapsedNanos(), this::begin);
            return;
        }
        if (chance(300)) {
            wakeAt = clock.elapsedNanos() + below(3 * periodNanos);
        }
        if (pauses && chance(300)) {
            pause();
        }
        if (runsStart && chance(100)) {
            startRun();
        }
        long reading = clock.elapsedNanos();
        clock.after(dither(), () -> ask(reading));
    }

    private void ask(long reading) {
        if (left-- <= 0) {
            return;
        }
        lastReading = Math.max(lastReading, reading);
        long cost = 1 + below(maxCost - 1);
        long wait = limiter.reserve(cost, "key", originNanos + reading);
        if (wait == RateLimiter.GRANTED) {
            if (lastReading < pausedUntil) {
                throw new AssertionError("granted during a pause, seed " + seed);
            }
            send(cost);
        } else {
            clock.after(Math.min(wait, periodNanos / 4 + 1), this::begin);
        }
    }

    private void send(long cost) {
        PermitOutcome outcome = outcome();
        long latency = chance(10) ? below(4 * maxLatencyNanos) : below(maxLatencyNanos);
        boolean neverClosed = chance(2_000);
        if (outcome != PermitOutcome.NOT_SENT || neverClosed) {
            long late = outcome == PermitOutcome.UNANSWERED ? lateArrivalNanos : 0;
            arrive(cost, neverClosed ? 10 * periodNanos : latency + late);
        }
        if (!neverClosed) {
            clock.after(latency, () -> answer(cost, outcome));
        }
    }

    private void arrive(long cost, long longestWay) {
        long nanos = lastReading;
        if (limiter.guarantee() == Guarantee.AT_SERVER) {
            nanos = clock.elapsedNanos() + onTheWay(longestWay);
        }
        long shown = slowServer ? nanos / 1001 * 1000 + nanos % 1001 * 1000 / 1001 : nanos;
        servers.forEach(server -> server.saw(shown, cost));
    }

    /** Many gather at the end of every second period; others take no time, or all there is. */
    private long onTheWay(long longest) {
        long toGathering = 2 * periodNanos - clock.elapsedNanos() % (2 * periodNanos);
        if (toGathering <= longest && random.nextBoolean()) {
            return toGathering;
        }
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> longest;
            default -> below(longest);
        };
    }

    private void answer(long cost, PermitOutcome outcome) {
        long reading = clock.elapsedNanos();
        clock.after(
                dither(),
                () -> {
                    lastReading = Math.max(lastReading, reading);
                    limiter.close(cost, "key", outcome, originNanos + reading);
                    begin();
                });
    }

    private void pause() {
        long nanos = below(2 * periodNanos);
        lastReading = Math.max(lastReading, clock.elapsedNanos());
        pausedUntil = Math.max(pausedUntil, lastReading + nanos);
        limiter.pause(Duration.ofNanos(nanos), originNanos + lastReading);
    }

    /** Its checkpoint knows nothing of the limiter, or what the limiter said of itself. */
    private void startRun() {
        lastReading = Math.max(lastReading, clock.elapsedNanos());
        long now = originNanos + lastReading;
        String snapshot = random.nextBoolean() ? "" : limiter.snapshot(below(5), now);
        limiter.resume(snapshot, Duration.ofNanos(below(periodNanos)), now);
    }

    private PermitOutcome outcome() {
        if (chance(10)) {
            return PermitOutcome.NOT_SENT;
        }
        return chance(lostOneIn) ? PermitOutcome.UNANSWERED : PermitOutcome.ANSWERED;
    }

    /** Between a reading and its use a thread may be held up. */
    private long dither() {
        return chance(5) ? below(periodNanos / 10) : 0;
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private long below(long most) {
        return random.nextLong(most + 1);
    }
}
