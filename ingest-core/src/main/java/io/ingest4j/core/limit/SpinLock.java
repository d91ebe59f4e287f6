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

    private static final int SPINS = 200;
    private static final long PARK_NANOS = 20_000;

    @SuppressWarnings("unused") // through HELD
    private volatile boolean held;

    void lock() {
        if (!HELD.weakCompareAndSetAcquire(this, false, true)) {
            lockContended();
        }
    }

    void unlock() {
        HELD.setRelease(this, false);
    }

    private void lockContended() {
        for (int tries = 0; ; tries++) {
            if (!(boolean) HELD.getOpaque(this)
                    && HELD.weakCompareAndSetAcquire(this, false, true)) {
                return;
            }
            if (tries < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NANOS);
            }
        }
    }
}
