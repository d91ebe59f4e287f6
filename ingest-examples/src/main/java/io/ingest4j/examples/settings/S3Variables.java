package io.ingest4j.examples.settings;

import io.ingest4j.s3.S3Access;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/** How to reach S3, from the settings that all programs share. */
public final class S3Variables {

    /** The server, if it isn't AWS. */
    public static final String S3_ENDPOINT = "S3_ENDPOINT";

    /** The region. */
    public static final String AWS_REGION = "AWS_REGION";

    /** The key id. */
    public static final String AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID";

    /** The secret that goes with it. */
    public static final String AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY";

    private static final String AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN";

    /** What servers other than AWS want, if they want any. */
    private static final String USUAL_REGION = "us-east-1";

    private S3Variables() {}

    /**
     * Reads how to reach S3. What isn't set is left to the AWS SDK, but for the region of another
     * server, which is {@code us-east-1} then.
     *
     * @param variables where the settings are
     * @return the access
     * @throws SettingsException if one of them is bad
     */
    public static S3Access access(Variables variables) throws SettingsException {
        S3Access access = S3Access.defaults();
        Optional<String> endpoint = variables.text(S3_ENDPOINT);
        if (endpoint.isPresent()) {
            access = access.endpoint(web(S3_ENDPOINT, endpoint.get())).pathStyle(true);
        }
        Optional<String> region = variables.text(AWS_REGION).map(String::strip);
        if (region.isPresent() && region.get().isEmpty()) {
            throw new SettingsException(AWS_REGION + " must not be blank");
        }
        if (region.isPresent() || endpoint.isPresent()) {
            access = access.region(region.orElse(USUAL_REGION));
        }
        return withCredentials(access, variables);
    }

    /** The SDK finds credentials by itself, except in the .env file. */
    private static S3Access withCredentials(S3Access access, Variables variables)
            throws SettingsException {
        Optional<String> id = variables.text(AWS_ACCESS_KEY_ID);
        Optional<String> secret = variables.text(AWS_SECRET_ACCESS_KEY);
        Optional<String> token = variables.text(AWS_SESSION_TOKEN);
        if (id.isPresent() != secret.isPresent()) {
            throw new SettingsException(
                    AWS_ACCESS_KEY_ID
                            + " and "
                            + AWS_SECRET_ACCESS_KEY
                            + " must be set together, missing: "
                            + (id.isPresent() ? AWS_SECRET_ACCESS_KEY : AWS_ACCESS_KEY_ID));
        }
        if (id.isEmpty()) {
            return access;
        }
        return token.isPresent()
                ? access.credentials(id.get(), secret.orElseThrow(), token.get())
                : access.credentials(id.get(), secret.orElseThrow());
    }

    /**
     * Reads the URI of a web server. The value isn't shown where it may hold a secret.
     *
     * @param name the setting's name
     * @param value its value
     * @return an http or https URI with a host and without a user
     * @throws SettingsException if it is no such URI
     */
    public static URI web(String name, String value) throws SettingsException {
        boolean secret = value.indexOf('@') >= 0 || value.indexOf('?') >= 0;
        SettingsException bad =
                new SettingsException(
                        name
                                + " must be an http or https URI with a host and without a user, was "
                                + (secret ? "another (not shown)" : "'" + value + "'"));
        try {
            URI uri = URI.create(value.strip());
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            boolean known = scheme.equals("http") || scheme.equals("https");
            if (!known || uri.getHost() == null || uri.getRawUserInfo() != null) {
                throw bad;
            }
            return uri;
        } catch (IllegalArgumentException e) {
            throw bad;
        }
    }
}
