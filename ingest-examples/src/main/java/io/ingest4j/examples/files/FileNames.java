package io.ingest4j.examples.files;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Names files after their URLs, no two the same. */
final class FileNames {

    private static final String FALLBACK = "data.csv";
    private static final int LONGEST = 200;

    private final Map<String, String> names;
    private final Set<String> taken = new HashSet<>();

    /**
     * @param names what a file is called whose URL holds the key, in lower case; the first one counts
     */
    FileNames(Map<String, String> names) {
        this.names = names;
    }

    /** A name that wasn't given before: the second {@code units.csv} is {@code units-2.csv}. */
    String next(String url) {
        String name = name(url);
        String unique = name;
        for (int i = 2; !taken.add(unique.toLowerCase(Locale.ROOT)); i++) {
            int dot = name.lastIndexOf('.');
            int end = dot > 0 ? dot : name.length();
            unique = name.substring(0, end) + '-' + i + name.substring(end);
        }
        return unique;
    }

    private String name(String url) {
        String lower = url.toLowerCase(Locale.ROOT);
        for (Map.Entry<String, String> entry : names.entrySet()) {
            if (lower.contains(entry.getKey())) {
                return entry.getValue();
            }
        }
        return safe(lastSegment(url));
    }

    private static String lastSegment(String url) {
        String path = url.replaceFirst("[?#].*$", "").replaceFirst("^[^:/]+://[^/]*", "");
        String segment = path.substring(path.lastIndexOf('/') + 1);
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return segment;
        }
    }

    /** What is safe in a key, on a disk and in a log; the fallback if nothing is left of it. */
    static String safe(String text) {
        String name = text.strip().replaceAll("[^A-Za-z0-9._-]+", "_");
        if (name.length() > LONGEST) {
            name = name.substring(name.length() - LONGEST);
        }
        return name.replaceAll("[._]", "").isEmpty() ? FALLBACK : name;
    }
}
