package io.ingest4j.examples.service;

import java.io.IOException;
import java.math.BigInteger;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Stands for the system that processes ids: takes its time, fails now and then, and rejects some ids
 * whenever they come. Of equal seeds and calls in equal order the same comes.
 */
final class SimulatedSystem implements Function<BigInteger, CompletionStage<?>> {

    private final ExternalSettings settings;
    private final SplittableRandom random;

    SimulatedSystem(ExternalSettings settings) {
        this.settings = settings;
        random = new SplittableRandom(settings.seed());
    }

    @Override
    public CompletionStage<?> apply(BigInteger id) {
        long millis;
        boolean fails;
        synchronized (random) {
            millis = random.nextLong(settings.minMillis(), settings.maxMillis() + 1L);
            fails = random.nextDouble() < settings.failures();
        }
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        CompletableFuture<Boolean> end =
                answer.thenCompose(
                        any -> {
                            if (isRejected(id)) {
                                return CompletableFuture.failedFuture(
                                        new IllegalArgumentException("rejected by the system"));
                            }
                            return fails
                                    ? CompletableFuture.failedFuture(
                                            new IOException("the system failed, as simulated"))
                                    : CompletableFuture.completedFuture(true);
                        });
        answer.completeOnTimeout(true, millis, TimeUnit.MILLISECONDS);
        return end;
    }

    private boolean isRejected(BigInteger id) {
        return new SplittableRandom(settings.seed() ^ id.longValue()).nextDouble()
                < settings.rejections();
    }
}
