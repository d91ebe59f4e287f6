package io.ingest4j.examples.files;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a file.
 *
 * @param url where it came from, without credentials and query
 * @param key where it was to go
 * @param bytes how much of it was read
 * @param parts in how many parts it was uploaded; one where a single request was enough
 * @param error why it failed; empty if it did not
 * @param requests the requests to S3, by kind
 */
record FileResult(
        String url,
        String key,
        long bytes,
        int parts,
        Optional<String> error,
        Map<String, Long> requests) {

    /** The same with more requests. */
    FileResult and(Map<String, Long> more) {
        Map<String, Long> sum = new HashMap<>(requests);
        more.forEach((kind, count) -> sum.merge(kind, count, Long::sum));
        return new FileResult(url, key, bytes, parts, error, sum);
    }

    String status() {
        return error.isEmpty() ? "success" : "failed";
    }
}
