package io.ingest4j.examples.service;

import java.util.Map;
import java.util.TreeSet;

/**
 * What answers at a path, by method.
 *
 * @param path as the API's description has it; one that ends with a name in braces takes any text
 *     without a slash there
 * @param isLimited whether the limit of requests per client counts here
 */
record Route(String path, boolean isLimited, Map<String, Endpoint> methods) {

    private static final String ARGUMENT = "{ingestion_id}";

    static Route at(String path, String method, Endpoint endpoint) {
        return new Route(path, false, Map.of(method, endpoint));
    }

    static Route limited(String path, String method, Endpoint endpoint) {
        return new Route(path, true, Map.of(method, endpoint));
    }

    boolean matches(String requested) {
        if (!path.endsWith(ARGUMENT)) {
            return path.equals(requested);
        }
        int fixed = path.length() - ARGUMENT.length();
        return requested.length() > fixed
                && requested.startsWith(path.substring(0, fixed))
                && requested.indexOf('/', fixed) < 0;
    }

    String argument(String requested) {
        return path.endsWith(ARGUMENT)
                ? requested.substring(path.length() - ARGUMENT.length())
                : "";
    }

    String allowed() {
        TreeSet<String> names = new TreeSet<>(methods.keySet());
        if (names.contains("GET")) {
            names.add("HEAD");
        }
        return String.join(", ", names);
    }
}
