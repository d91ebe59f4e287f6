package io.ingest4j.examples;

import io.ingest4j.s3.S3Access;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Where the records come from and where they go.
 *
 * @param access how to reach the S3 server
 * @param bucket the bucket
 * @param key the key of the CSV object
 * @param api where requests are posted
 */
record Ends(S3Access access, String bucket, String key, URI api) {

    static final String S3_BUCKET = "S3_BUCKET";
    static final String S3_KEY = "S3_KEY";
    static final String API_ENDPOINT = "API_ENDPOINT";
    static final String S3_ENDPOINT = "S3_ENDPOINT";
    static final String AWS_REGION = "AWS_REGION";
    static final String AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID";
    static final String AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY";
    static final String AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN";

    private static final List<String> REQUIRED = List.of(S3_BUCKET, S3_KEY, API_ENDPOINT);

    /** Reads the ends; empty if none of the three required variables is set. */
    static Optional<Ends> read(Variables variables) throws SettingsException {
        List<String> missing = new ArrayList<>(REQUIRED);
        missing.removeIf(name -> variables.text(name).isPresent());
        if (missing.size() == REQUIRED.size()) {
            return Optional.empty();
        }
        if (!missing.isEmpty()) {
            throw new SettingsException(
                    String.join(", ", REQUIRED)
                            + " must be set together, or none of them; missing: "
                            + String.join(", ", missing));
        }
        return Optional.of(
                new Ends(
                        access(variables),
                        required(variables, S3_BUCKET),
                        required(variables, S3_KEY),
                        web(API_ENDPOINT, required(variables, API_ENDPOINT))));
    }

    private static String required(Variables variables, String name) throws SettingsException {
        return variables
                .text(name)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> new SettingsException(name + " must not be blank"));
    }

    private static S3Access access(Variables variables) throws SettingsException {
        S3Access access = S3Access.defaults();
        Optional<String> region = variables.text(AWS_REGION);
        if (region.isPresent()) {
            access = access.region(required(variables, AWS_REGION));
        }
        Optional<String> endpoint = variables.text(S3_ENDPOINT);
        if (endpoint.isPresent()) {
            access = access.endpoint(web(S3_ENDPOINT, endpoint.get())).pathStyle(true);
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

    /** The value isn't shown where it may hold a secret. */
    private static URI web(String name, String value) throws SettingsException {
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
