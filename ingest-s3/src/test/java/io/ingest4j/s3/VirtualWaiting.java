package io.ingest4j.s3;

import java.util.concurrent.TimeUnit;

/** A clock that goes on only when someone waits, without taking time for it. */
final class VirtualWaiting implements WaitingClock {

    private volatile long nanos;
    private volatile Runnable meanwhile = () -> {};

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public void sleep(long nanos) {
        advance(nanos);
        meanwhile.run();
    }

    void advance(long nanos) {
        this.nanos += nanos;
    }

    long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(nanos);
    }

    /** Sets what others do while someone waits. */
    void meanwhile(Runnable action) {
        meanwhile = action;
    }
}
