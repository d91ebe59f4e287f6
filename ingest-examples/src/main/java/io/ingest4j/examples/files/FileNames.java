package io.ingest4j.examples.files;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Names files after their URLs, no two the same. What a file is called does not depend on where its URL
 * stands in the list, so that two ingestions of a day never swap files.
 */
final class FileNames {

    private static final String FALLBACK = "data.csv";

    /** Of a key's 1,024 bytes. */
    private static final int MAX_BYTES = 200;

    private final Map<String, String> names;

    /** A URL of the list, which may hold it more than once. */
    private record Listed(String url, int index, int earlier) {}

    /**
     * @param names what a file is called whose URL holds the key, in lower case; the first one counts
     */
    FileNames(Map<String, String> names) {
        this.names = names;
    }

    /**
     * Names the files of all URLs, in their order. Of those that would be called {@code units.csv} the
     * first by alphabet is, and the second is {@code units-2.csv}.
     */
    List<String> all(List<String> urls) {
        Map<String, Integer> seen = new HashMap<>();
        List<Listed> listed = new ArrayList<>();
        for (int i = 0; i < urls.size(); i++) {
            String url = urls.get(i);
            listed.add(new Listed(url, i, seen.merge(url, 1, Integer::sum)));
        }
        listed.sort(Comparator.comparingInt(Listed::earlier).thenComparing(Listed::url));
        Set<String> taken = new HashSet<>();
        String[] all = new String[urls.size()];
        for (Listed one : listed) {
            all[one.index()] = unique(name(one.url()), taken);
        }
        return List.of(all);
    }

    private static String unique(String name, Set<String> taken) {
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

    /**
     * What is safe in a key, on a disk and in a log: letters and digits of any script, dots, dashes and
     * underscores. The fallback if nothing else is left of it.
     */
    static String safe(String text) {
        String name =
                Normalizer.normalize(text.strip(), Normalizer.Form.NFC)
                        .replaceAll("[^\\p{L}\\p{M}\\p{N}._-]+", "_");
        int from = 0;
        while (name.substring(from).getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            from = name.offsetByCodePoints(from, 1);
        }
        name = name.substring(from);
        return name.replaceAll("[._]", "").isEmpty() ? FALLBACK : name;
    }
}
