package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Grants what all its limiters grant. Those of our own decide together under their locks, so that they
 * never hold a permit in vain. Where there are others, our own are asked first, then the adapted ones,
 * which keep what they granted until it is used, then the rest, which get it back unsent; and our own
 * grant last.
 */
final class CompositeLimiter implements RateLimiter {

    private final PacedRateLimiter[] paced;
    private final List<KeyedLimiter> keyed;

    /** The adapted ones come first. */
    private final List<RateLimiter> others;

    CompositeLimiter(List<? extends RateLimiter> limiters) {
        Set<RateLimiter> flat = Collections.newSetFromMap(new IdentityHashMap<>());
        List<PacedRateLimiter> ownPaced = new ArrayList<>();
        List<KeyedLimiter> ownKeyed = new ArrayList<>();
        List<RateLimiter> adapted = new ArrayList<>();
        List<RateLimiter> rest = new ArrayList<>();
        Consumer<RateLimiter> sortIn =
                part -> {
                    if (!flat.add(part)) {
                        throw new IllegalArgumentException(
                                "limiters must differ, was twice " + part);
                    }
                    if (part instanceof PacedRateLimiter limiter) {
                        ownPaced.add(limiter);
                    } else if (part instanceof KeyedLimiter limiter) {
                        ownKeyed.add(limiter);
                    } else {
                        (part instanceof AdaptedLimiter ? adapted : rest).add(part);
                    }
                };
        limiters.forEach(limiter -> flatten(limiter, sortIn));
        if (flat.isEmpty()) {
            throw new IllegalArgumentException("limiters must be >= 1, was 0");
        }
        // One order for all composites: two that share limiters never wait for each other's locks.
        ownPaced.sort(Comparator.comparingLong(PacedRateLimiter::rank));
        ownKeyed.sort(Comparator.comparingLong(KeyedLimiter::rank));
        paced = ownPaced.toArray(new PacedRateLimiter[0]);
        keyed = List.copyOf(ownKeyed);
        adapted.addAll(rest);
        others = List.copyOf(adapted);
    }

    @Override
    public long reserve(long cost, String key, long nowNanos) {
        RateLimiters.requireCost(cost);
        long wait = 0;
        for (PacedRateLimiter limiter : paced) {
            wait = Math.max(wait, limiter.refusal(cost, nowNanos));
        }
        if (wait > 0) {
            return wait;
        }
        if (others.isEmpty()) {
            return reserveOwn(cost, key, true, nowNanos);
        }
        wait = reserveOwn(cost, key, false, nowNanos);
        return wait > 0 ? wait : reserveWithOthers(cost, key, nowNanos);
    }

    private long reserveWithOthers(long cost, String key, long nowNanos) {
        int granted = 0;
        boolean all = false;
        try {
            for (RateLimiter limiter : others) {
                long wait = limiter.reserve(cost, key, nowNanos);
                if (wait != GRANTED) {
                    return wait;
                }
                granted++;
            }
            // Refused only if somebody else was faster.
            long wait = reserveOwn(cost, key, true, nowNanos);
            all = wait == GRANTED;
            return wait;
        } finally {
            if (!all) {
                for (RateLimiter limiter : others.subList(0, granted)) {
                    giveBack(limiter, cost, key, nowNanos);
                }
            }
        }
    }

    private static void giveBack(RateLimiter limiter, long cost, String key, long nowNanos) {
        if (limiter instanceof AdaptedLimiter adapted) {
            adapted.keep(cost);
        } else {
            limiter.close(cost, key, PermitOutcome.NOT_SENT, nowNanos);
        }
    }

    private long reserveOwn(long cost, String key, boolean takes, long nowNanos) {
        if (keyed.isEmpty()) {
            return PacedRateLimiter.reserveAll(paced, cost, takes, nowNanos);
        }
        keyed.forEach(limiter -> limiter.lock().lock());
        try {
            List<PacedRateLimiter> own = new ArrayList<>(List.of(paced));
            for (KeyedLimiter limiter : keyed) {
                long room = limiter.roomNanos(key, nowNanos);
                if (room > 0) {
                    return room;
                }
                own.add(limiter.limiter(key, nowNanos));
            }
            List<PacedRateLimiter> ofKey = List.copyOf(own.subList(paced.length, own.size()));
            own.sort(Comparator.comparingLong(PacedRateLimiter::rank));
            long wait =
                    PacedRateLimiter.reserveAll(
                            own.toArray(new PacedRateLimiter[0]), cost, takes, nowNanos);
            if (wait == GRANTED && takes) {
                for (int i = 0; i < keyed.size(); i++) {
                    keyed.get(i).keep(key, ofKey.get(i));
                }
            }
            return wait;
        } finally {
            keyed.forEach(limiter -> limiter.lock().unlock());
        }
    }

    @Override
    public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
        each(limiter -> limiter.close(cost, key, outcome, nowNanos));
    }

    @Override
    public void pause(Duration pause, long nowNanos) {
        each(limiter -> limiter.pause(pause, nowNanos));
    }

    @Override
    public String snapshot(long ahead, long nowNanos) {
        List<String> forms = new ArrayList<>();
        for (PacedRateLimiter limiter : paced) {
            forms.add(limiter.snapshot(ahead, nowNanos));
        }
        int index = 0;
        for (RateLimiter limiter : foreign()) {
            String form = limiter.snapshot(ahead, nowNanos);
            byte[] bytes = form.getBytes(StandardCharsets.UTF_8);
            String text = Base64.getUrlEncoder().encodeToString(bytes);
            forms.add(form.isEmpty() ? "" : foreignPrefix(index) + text);
            index++;
        }
        forms.removeIf(String::isEmpty);
        return SpentPermits.join(forms);
    }

    /** Paced limiters find their own part; what others wrote is told by their order. */
    @Override
    public void resume(String snapshot, Duration age, long nowNanos) {
        for (PacedRateLimiter limiter : paced) {
            limiter.resume(snapshot, age, nowNanos);
        }
        keyed.forEach(limiter -> limiter.resume("", age, nowNanos));
        int index = 0;
        for (RateLimiter limiter : foreign()) {
            String prefix = foreignPrefix(index++);
            String form =
                    SpentPermits.split(snapshot).stream()
                            .filter(part -> part.startsWith(prefix))
                            .map(
                                    part ->
                                            Base64.getUrlDecoder()
                                                    .decode(part.substring(prefix.length())))
                            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                            .findFirst()
                            .orElse("");
            limiter.resume(form, age, nowNanos);
        }
    }

    private List<RateLimiter> foreign() {
        return others.stream().filter(limiter -> !(limiter instanceof AdaptedLimiter)).toList();
    }

    private static String foreignPrefix(int index) {
        return "other" + index + ':';
    }

    @Override
    public Guarantee guarantee() {
        Guarantee[] weakest = {Guarantee.AT_SERVER};
        each(limiter -> weakest[0] = weaker(weakest[0], limiter.guarantee()));
        return weakest[0];
    }

    @Override
    public long maxCost() {
        return (long) least(RateLimiter::maxCost);
    }

    @Override
    public double permitsPerSecond(Duration latency) {
        return least(limiter -> limiter.permitsPerSecond(latency));
    }

    private double least(ToDoubleFunction<RateLimiter> value) {
        double[] least = {Double.POSITIVE_INFINITY};
        each(limiter -> least[0] = Math.min(least[0], value.applyAsDouble(limiter)));
        return least[0];
    }

    private void each(Consumer<RateLimiter> action) {
        for (RateLimiter limiter : paced) {
            action.accept(limiter);
        }
        keyed.forEach(action);
        others.forEach(action);
    }

    private static void flatten(RateLimiter limiter, Consumer<RateLimiter> action) {
        if (limiter instanceof CompositeLimiter composite) {
            composite.each(action);
        } else {
            action.accept(limiter);
        }
    }

    private static Guarantee weaker(Guarantee a, Guarantee b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
