package io.ingest4j.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The machine's resolver and clock. */
final class Machine implements Surroundings {

    private static final long serialVersionUID = 1;

    @Override
    public InetAddress[] addresses(String host) throws UnknownHostException {
        return InetAddress.getAllByName(host);
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void pause(long nanos, CountDownLatch end) throws InterruptedException {
        if (end.await(nanos, TimeUnit.NANOSECONDS)) {
            return; // nothing to wait for any more
        }
    }
}
