package io.ingest4j.http;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** What a download needs of the machine: addresses and time. Tests have others. */
interface Surroundings extends Serializable {

    InetAddress[] addresses(String host) throws UnknownHostException;

    /** Returns what kind of address it is if it is not a public one. */
    default Optional<String> notPublic(InetAddress address) {
        return AddressRule.notPublic(address);
    }

    long nanos();

    /** Waits so long, or until the latch is open. */
    void pause(long nanos, CountDownLatch end) throws InterruptedException;
}
