package io.ingest4j.s3;

import io.ingest4j.spi.Ticker;
import java.util.concurrent.TimeUnit;

/** Measures time and lets it pass, so that tests need not wait. */
interface WaitingClock extends Ticker {

    void sleep(long nanos) throws InterruptedException;

    static WaitingClock system() {
        return new WaitingClock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void sleep(long nanos) throws InterruptedException {
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        };
    }
}
