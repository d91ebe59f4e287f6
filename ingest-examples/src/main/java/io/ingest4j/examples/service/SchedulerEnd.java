package io.ingest4j.examples.service;

import io.ingest4j.api.ScheduleListener;
import java.math.BigInteger;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Remembers what ended the scheduler, if nobody closed it. */
final class SchedulerEnd implements ScheduleListener<BigInteger> {

    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

    @Override
    public void onClose(Optional<Throwable> cause) {
        cause.ifPresent(failure::complete);
    }

    CompletionStage<Throwable> failure() {
        return failure.minimalCompletionStage();
    }
}
