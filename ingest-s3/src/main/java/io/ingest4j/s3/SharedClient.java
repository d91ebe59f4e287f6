package io.ingest4j.s3;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;

/**
 * The client behind a source or sink: the caller's live one, never closed here, or one made from an
 * {@link S3Access} at the first use and closed soon after the last. It lingers for a moment, so that
 * reading thousands of small objects one after the other doesn't make thousands of clients.
 */
final class SharedClient implements Serializable {

    private static final long serialVersionUID = 1;
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Pattern TRAILING_SLASHES = Pattern.compile("/+$");

    private final @Nullable S3Access access;
    private final transient @Nullable S3Client live;

    private final transient RequestCounts counts = new RequestCounts();
    private final transient Outage outage = new Outage();
    private transient @Nullable S3Client made;
    private transient int users;
    private transient long idleSince;
    private transient boolean closing;

    private SharedClient(@Nullable S3Access access, @Nullable S3Client live) {
        this.access = access;
        this.live = live;
    }

    static SharedClient of(S3Access access) {
        return new SharedClient(access, null);
    }

    static SharedClient of(S3Client live) {
        return new SharedClient(null, live);
    }

    /** The right to use a client until it is closed. */
    final class Lease implements AutoCloseable {

        private final S3Client client;
        private boolean closed;

        private Lease(S3Client client) {
            this.client = client;
        }

        S3Client client() {
            return client;
        }

        RequestCounts counts() {
            return counts;
        }

        Outage outage() {
            return outage;
        }

        /** Tells whether the client may retry by itself, which would multiply with our retries. */
        boolean mayRetry() {
            return live != null || (access != null && access.isSupplied());
        }

        /** Says which server is asked, for messages; empty if the client doesn't tell. */
        String where() {
            return configurationOf(client)
                    .map(
                            known ->
                                    " (region "
                                            + known.region()
                                            + ", endpoint "
                                            + known.endpointOverride()
                                                    .map(Object::toString)
                                                    .orElse("of AWS")
                                            + ')')
                    .orElse("");
        }

        @Override
        public void close() {
            giveBack(this);
        }
    }

    synchronized Lease lease() {
        if (live != null) {
            return new Lease(live);
        }
        if (made == null) {
            if (access == null) {
                throw new IllegalStateException("a live client does not survive serialization");
            }
            made = access.client();
        }
        users++;
        return new Lease(made);
    }

    private synchronized void giveBack(Lease lease) {
        if (lease.closed || live != null) {
            return;
        }
        lease.closed = true;
        if (--users == 0) {
            idleSince = System.nanoTime();
            closeLater(LINGER_NANOS);
        }
    }

    private void closeLater(long delayNanos) {
        if (!closing) {
            closing = true;
            CompletableFuture.delayedExecutor(delayNanos, TimeUnit.NANOSECONDS)
                    .execute(this::closeIfIdle);
        }
    }

    private synchronized void closeIfIdle() {
        closing = false;
        if (users > 0 || made == null) {
            return;
        }
        long left = idleSince + LINGER_NANOS - System.nanoTime();
        if (left > 0) {
            closeLater(left);
            return;
        }
        made.close();
        made = null;
    }

    /**
     * Names an object or a prefix, and the server where that is known not to be AWS: the endpoint of a
     * client that a supplier makes is not. Spellings of one endpoint make one name.
     */
    String identityOf(String bucket, String key) {
        Optional<URI> endpoint =
                live == null
                        ? Optional.ofNullable(access).flatMap(S3Access::endpoint)
                        : configurationOf(live)
                                .flatMap(S3ServiceClientConfiguration::endpointOverride);
        return Pin.nameOf(bucket, key)
                + endpoint.map(uri -> " at " + SharedClient.normalized(uri)).orElse("");
    }

    /** The default method of {@link S3Client} throws, and a mock answers null. */
    private static Optional<S3ServiceClientConfiguration> configurationOf(S3Client client) {
        try {
            return Optional.ofNullable(client.serviceClientConfiguration());
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** As in "Scheme-Based Normalization" of RFC 3986, section 6.2.3. */
    private static String normalized(URI uri) {
        String scheme = uri.getScheme();
        String host = uri.getHost();
        if (scheme == null || host == null) {
            return uri.toString();
        }
        String lower = scheme.toLowerCase(Locale.ROOT);
        boolean isDefault = uri.getPort() == (lower.equals("https") ? 443 : 80);
        String port = uri.getPort() < 0 || isDefault ? "" : ":" + uri.getPort();
        String path = TRAILING_SLASHES.matcher(uri.getRawPath()).replaceFirst("");
        return lower + "://" + host.toLowerCase(Locale.ROOT) + port + path;
    }

    /** What was requested so far, by whoever shares this. */
    Map<String, Long> requests() {
        return counts.byKind();
    }

    private Object readResolve() {
        return new SharedClient(access, null);
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        if (live != null) {
            throw new NotSerializableException(
                    "a live S3Client can't be sent to another process;"
                            + " make the source or sink from an S3Access instead");
        }
        out.defaultWriteObject();
    }
}
