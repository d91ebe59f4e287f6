package io.ingest4j.core.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock for sections of a few nanoseconds that neither block nor call foreign code: one
 * compare-and-set to lock, one store to unlock. Not reentrant.
 */
final class SpinLock {

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int FIRST_SPINS = 200;
    private static final int MOST_SPINS = 400;
    private static final long PARK_NANOS = 20_000;

    @SuppressWarnings("unused") // through HELD
    private volatile boolean held;

    void lock() {
        if (!HELD.compareAndSet(this, false, true)) {
            lockContended();
        }
    }

    void unlock() {
        HELD.setRelease(this, false);
    }

    /**
     * Waits for some microseconds before it looks again, so that the holder can use the lock several
     * times with its state in cache; then it sleeps, as the holder may have lost its processor.
     */
    private void lockContended() {
        int spins = FIRST_SPINS;
        do {
            if (spins <= MOST_SPINS) {
                for (int i = 0; i < spins; i++) {
                    Thread.onSpinWait();
                }
                spins *= 2;
            } else {
                LockSupport.parkNanos(PARK_NANOS);
            }
        } while ((boolean) HELD.getOpaque(this) || !HELD.compareAndSet(this, false, true));
    }
}
