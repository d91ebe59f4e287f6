package io.ingest4j.examples;

import io.ingest4j.examples.settings.S3Variables;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import io.ingest4j.s3.S3Access;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
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
                        S3Variables.access(variables),
                        required(variables, S3_BUCKET),
                        required(variables, S3_KEY),
                        S3Variables.web(API_ENDPOINT, required(variables, API_ENDPOINT))));
    }

    private static String required(Variables variables, String name) throws SettingsException {
        return variables
                .text(name)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> new SettingsException(name + " must not be blank"));
    }
}
