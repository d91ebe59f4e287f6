package io.ingest4j.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Looks names up and refuses those that lead inside, before a connection is made to the very
 * addresses that were checked.
 */
final class CheckedResolver implements DnsResolver {

    /** A host whose address is not to be connected to. */
    static final class RefusedException extends UnknownHostException {

        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    private final Surroundings surroundings;
    private final boolean allowPrivate;
    private final IntConsumer found;

    /**
     * Makes a resolver.
     *
     * @param found is told how many addresses there are
     */
    CheckedResolver(Surroundings surroundings, boolean allowPrivate, IntConsumer found) {
        this.surroundings = surroundings;
        this.allowPrivate = allowPrivate;
        this.found = found;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = surroundings.addresses(host);
        for (InetAddress address : addresses) {
            Optional<String> kind = surroundings.notPublic(address);
            if (kind.isPresent() && !allowPrivate) {
                throw new RefusedException(
                        "host "
                                + host
                                + " must have public addresses only, has "
                                + address.getHostAddress()
                                + " ("
                                + kind.get()
                                + "); allowPrivateAddresses(true) permits it");
            }
        }
        found.accept(addresses.length);
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }
}
