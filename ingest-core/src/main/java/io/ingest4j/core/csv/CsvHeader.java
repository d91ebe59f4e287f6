package io.ingest4j.core.csv;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The names of an object's fields, for records of any size. Safe for use by several threads. */
final class CsvHeader {

    private static final int MAX_KEPT = 64;

    private final CsvNames names;
    private final Map<Integer, CsvNames> bySize = new ConcurrentHashMap<>();

    CsvHeader(String... names) {
        this.names = new CsvNames(names);
    }

    int size() {
        return names.size();
    }

    CsvNames names(int size) {
        if (size == names.size()) {
            return names;
        }
        CsvNames kept = bySize.get(size);
        if (kept != null) {
            return kept;
        }
        CsvNames sized = CsvNames.sized(names, size);
        if (bySize.size() < MAX_KEPT) {
            bySize.put(size, sized);
        }
        return sized;
    }
}
