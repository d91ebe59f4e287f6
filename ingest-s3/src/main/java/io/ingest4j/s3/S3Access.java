package io.ingest4j.s3;

import io.ingest4j.api.IngestException;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * How to reach an S3 server: serializable settings from which sources and sinks make a client when
 * they need one, and which they close themselves. Immutable; every setter returns a changed copy.
 *
 * <pre>{@code
 * S3Access aws = S3Access.defaults().region("eu-west-1");
 * S3Access minio = S3Access.defaults()
 *         .region("us-east-1")
 *         .endpoint(URI.create("http://localhost:9000"))
 *         .pathStyle(true)
 *         .credentials("minio", "secret");
 * }</pre>
 *
 * <p>Where nothing is set, region and credentials come from the default chains of the AWS SDK:
 * system properties, environment, {@code ~/.aws}, container and instance roles.
 *
 * <p>Keys given to {@link #credentials(String, String)} never appear in {@link #toString()} and are
 * never written out: serializing such an access fails. Where an access must travel to another
 * machine, let that machine find the credentials, or use {@link #suppliedBy}.
 *
 * <p>The clients use whichever synchronous HTTP client of the SDK is on the class path. They make
 * one attempt per request, because sources and sinks retry by themselves, and add and check
 * checksums only where S3 asks for it, because many compatible servers know no others.
 *
 * @since 0.1
 */
public final class S3Access implements Serializable {

    private static final long serialVersionUID = 1;
    private static final int MAX_PORT = 65_535;

    /** Makes a client, wherever the access ends up. */
    @FunctionalInterface
    public interface ClientSupplier extends Serializable {

        /**
         * Makes a client.
         *
         * @return a new client, which whoever asked for it closes
         */
        S3Client get();
    }

    private enum Identity {
        DEFAULT_CHAIN,
        KEYS,
        ANONYMOUS
    }

    private final @Nullable ClientSupplier supplier;
    private final @Nullable String region;
    private final @Nullable URI endpoint;
    private final boolean pathStyle;
    private final Identity identity;
    private final transient @Nullable StaticCredentialsProvider keys;

    private S3Access(
            @Nullable ClientSupplier supplier,
            @Nullable String region,
            @Nullable URI endpoint,
            boolean pathStyle,
            Identity identity,
            @Nullable StaticCredentialsProvider keys) {
        this.supplier = supplier;
        this.region = region;
        this.endpoint = endpoint;
        this.pathStyle = pathStyle;
        this.identity = identity;
        this.keys = keys;
    }

    /**
     * Reaches AWS with the region and the credentials that the default chains of the SDK find.
     *
     * @return an access in which everything else can be set
     */
    public static S3Access defaults() {
        return new S3Access(null, null, null, false, Identity.DEFAULT_CHAIN, null);
    }

    /**
     * Leaves the making of clients to the caller, for whatever the settings here don't cover. Sources,
     * sinks and stores switch off such a client's own retries for their requests.
     *
     * @param supplier makes a new client at each call; a lambda that captures only what is
     *     serializable
     * @return an access in which nothing else can be set
     */
    public static S3Access suppliedBy(ClientSupplier supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return new S3Access(supplier, null, null, false, Identity.DEFAULT_CHAIN, null);
    }

    /**
     * Sets the region. By default the SDK looks for it; there is no further default.
     *
     * @param region such as {@code eu-west-1}; servers other than AWS often want {@code us-east-1}
     * @return a changed copy
     * @throws IllegalArgumentException if it is blank
     */
    public S3Access region(String region) {
        requireNotBlank("region", region);
        requireSettable("region");
        return new S3Access(null, region, endpoint, pathStyle, identity, keys);
    }

    /**
     * Sets the server, for servers other than AWS. By default the region decides.
     *
     * @param endpoint an http or https URI without user, query and fragment
     * @return a changed copy
     * @throws IllegalArgumentException if it is no such URI
     */
    public S3Access endpoint(URI endpoint) {
        Objects.requireNonNull(endpoint, "endpoint must not be null");
        String scheme = endpoint.getScheme();
        boolean web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        if (!web || endpoint.getHost() == null) {
            throw new IllegalArgumentException(
                    "endpoint must be an http or https URI with a host of letters, digits, dots and dashes, was "
                            + (scheme == null
                                    ? "without a scheme"
                                    : scheme + "://" + shown(endpoint)));
        }
        if (endpoint.getPort() == 0 || endpoint.getPort() > MAX_PORT) {
            throw new IllegalArgumentException(
                    "endpoint must have a port from 1 to "
                            + MAX_PORT
                            + ", was "
                            + endpoint.getPort()
                            + " of host "
                            + endpoint.getHost());
        }
        if (endpoint.getRawUserInfo() != null
                || endpoint.getRawQuery() != null
                || endpoint.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "endpoint must have no user, query or fragment, was one for host "
                            + endpoint.getHost()
                            + " that has");
        }
        requireSettable("endpoint");
        return new S3Access(null, region, endpoint, pathStyle, identity, keys);
    }

    /**
     * Sets whether buckets are addressed by path ({@code host/bucket}) instead of by host name
     * ({@code bucket.host}). Off by default; most servers other than AWS need it.
     *
     * @param pathStyle true for paths
     * @return a changed copy
     */
    public S3Access pathStyle(boolean pathStyle) {
        requireSettable("pathStyle");
        return new S3Access(null, region, endpoint, pathStyle, identity, keys);
    }

    /**
     * Signs with fixed keys instead of those that the SDK finds.
     *
     * @param accessKeyId the access key id
     * @param secretAccessKey the secret access key
     * @return a changed copy, which can't be serialized
     * @throws IllegalArgumentException if one of them is blank
     */
    public S3Access credentials(String accessKeyId, String secretAccessKey) {
        requireNotBlank("accessKeyId", accessKeyId);
        requireSecret("secretAccessKey", secretAccessKey);
        requireSettable("credentials");
        return withKeys(
                StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(accessKeyId, secretAccessKey)));
    }

    /**
     * Signs with fixed temporary keys. They expire: for long runs let the SDK find credentials.
     *
     * @param accessKeyId the access key id
     * @param secretAccessKey the secret access key
     * @param sessionToken the session token
     * @return a changed copy, which can't be serialized
     * @throws IllegalArgumentException if one of them is blank
     */
    public S3Access credentials(String accessKeyId, String secretAccessKey, String sessionToken) {
        requireNotBlank("accessKeyId", accessKeyId);
        requireSecret("secretAccessKey", secretAccessKey);
        requireSecret("sessionToken", sessionToken);
        requireSettable("credentials");
        return withKeys(
                StaticCredentialsProvider.create(
                        AwsSessionCredentials.create(accessKeyId, secretAccessKey, sessionToken)));
    }

    /**
     * Does not sign, for public buckets.
     *
     * @return a changed copy
     */
    public S3Access anonymous() {
        requireSettable("anonymous");
        return new S3Access(null, region, endpoint, pathStyle, Identity.ANONYMOUS, null);
    }

    /**
     * Makes a client.
     *
     * @return a new client, which the caller closes
     * @throws IngestException if no region is set and the SDK finds none
     */
    public S3Client client() {
        if (supplier != null) {
            return Objects.requireNonNull(supplier.get(), "the supplied client");
        }
        S3ClientBuilder builder =
                S3Client.builder()
                        .region(resolvedRegion())
                        .forcePathStyle(pathStyle)
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.doNotRetry()));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        switch (identity) {
            case ANONYMOUS -> builder.credentialsProvider(AnonymousCredentialsProvider.create());
            case KEYS -> builder.credentialsProvider(Objects.requireNonNull(keys));
            case DEFAULT_CHAIN -> {}
        }
        return builder.build();
    }

    /** Tells whether clients come from a supplier, with settings that are not known here. */
    boolean isSupplied() {
        return supplier != null;
    }

    /** The server that is set instead of AWS. */
    Optional<URI> endpoint() {
        return Optional.ofNullable(endpoint);
    }

    private Region resolvedRegion() {
        if (region != null) {
            return Region.of(region);
        }
        try {
            return DefaultAwsRegionProviderChain.builder().build().getRegion();
        } catch (SdkClientException e) {
            throw new IngestException(
                    "region must be set with S3Access.region(\"…\"), AWS_REGION, -Daws.region or ~/.aws/config, was none"
                            + " (servers other than AWS often want us-east-1)",
                    e);
        }
    }

    private S3Access withKeys(StaticCredentialsProvider keys) {
        return new S3Access(null, region, endpoint, pathStyle, Identity.KEYS, keys);
    }

    private void requireSettable(String name) {
        if (supplier != null) {
            throw new IllegalStateException(
                    name
                            + " must be set in the client that the supplier makes, was set in the S3Access");
        }
    }

    /** Host and port, as far as there are any; a user and its password come before the last @. */
    private static String shown(URI endpoint) {
        String authority = endpoint.getRawAuthority();
        return authority == null ? "" : authority.substring(authority.lastIndexOf('@') + 1);
    }

    private static void requireNotBlank(String name, String value) {
        Objects.requireNonNull(value, name + " must not be null");
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank, was \"" + value + '"');
        }
    }

    private static void requireSecret(String name, String value) {
        Objects.requireNonNull(value, name + " must not be null");
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank, was");
        }
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        if (identity == Identity.KEYS) {
            throw new NotSerializableException(
                    "an S3Access with keys set by credentials(…) is never written out;"
                            + " let the other side find its credentials, or use S3Access.suppliedBy(…)");
        }
        out.defaultWriteObject();
    }

    /**
     * Says what is set, without keys.
     *
     * @return one line
     */
    @Override
    public String toString() {
        if (supplier != null) {
            return "S3Access[supplied]";
        }
        return "S3Access[region="
                + (region == null ? "default" : region)
                + ", endpoint="
                + (endpoint == null ? "default" : endpoint)
                + ", pathStyle="
                + pathStyle
                + ", credentials="
                + switch (identity) {
                    case DEFAULT_CHAIN -> "default";
                    case KEYS -> "keys";
                    case ANONYMOUS -> "anonymous";
                }
                + ']';
    }
}
