package io.ingest4j.core.csv;

import java.util.AbstractList;
import java.util.HashMap;
import java.util.Map;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/** Field names, found by name in constant time. Immutable. */
final class CsvNames extends AbstractList<String> implements RandomAccess {

    private final String[] names;
    private final Map<String, Integer> indexes;

    /** Takes over the array. */
    CsvNames(String[] names) {
        this.names = names;
        indexes = new HashMap<>(names.length * 2);
        for (int i = names.length - 1; i >= 0; i--) {
            indexes.put(names[i], i);
        }
    }

    /** Returns so many of the names, and numbers from 1 in place of those that are missing. */
    static CsvNames sized(CsvNames names, int size) {
        String[] sized = new String[size];
        for (int i = 0; i < size; i++) {
            sized[i] = i < names.size() ? names.get(i) : Integer.toString(i + 1);
        }
        return new CsvNames(sized);
    }

    /** Returns the index of a name that occurs twice, or -1. */
    int duplicate() {
        for (int i = 0; i < names.length; i++) {
            if (indexOf(names[i]) != i) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String get(int index) {
        return names[index];
    }

    @Override
    public int size() {
        return names.length;
    }

    @Override
    public int indexOf(@Nullable Object name) {
        Integer index = indexes.get(name);
        return index == null ? -1 : index;
    }

    @Override
    public boolean contains(@Nullable Object name) {
        return indexOf(name) >= 0;
    }
}
