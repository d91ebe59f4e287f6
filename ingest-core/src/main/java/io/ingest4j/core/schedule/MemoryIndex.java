package io.ingest4j.core.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Submissions by their number. The numbers are given one after the other, so pages of them take a tenth of
 * the memory of a map; a page goes when the last of it does.
 */
final class MemoryIndex<T> {

    private static final int PAGE_BITS = 10;
    private static final int PAGE_SIZE = 1 << PAGE_BITS;

    private static final class Page {
        private final @Nullable Object[] entries = new Object[PAGE_SIZE];
        private int size;
    }

    private final Map<Long, Page> pages = new HashMap<>();

    /** Adds a submission that is not there. */
    void add(MemoryEntry<T> entry) {
        Page page = pages.computeIfAbsent(entry.number >> PAGE_BITS, any -> new Page());
        page.entries[(int) entry.number & (PAGE_SIZE - 1)] = entry;
        page.size++;
    }

    @SuppressWarnings("unchecked") // nothing else is ever added
    @Nullable MemoryEntry<T> get(long number) {
        Page page = pages.get(number >> PAGE_BITS);
        return page == null ? null : (MemoryEntry<T>) page.entries[(int) number & (PAGE_SIZE - 1)];
    }

    /** Shows the submissions that are there, the last number first, until the visitor has enough. */
    @SuppressWarnings("unchecked") // nothing else is ever added
    void visitNewestFirst(Predicate<MemoryEntry<T>> visitor) {
        List<Map.Entry<Long, Page>> newestFirst = new ArrayList<>(pages.entrySet());
        newestFirst.sort(Map.Entry.<Long, Page>comparingByKey().reversed());
        for (Map.Entry<Long, Page> numbered : newestFirst) {
            @Nullable Object[] entries = numbered.getValue().entries;
            for (int i = PAGE_SIZE - 1; i >= 0; i--) {
                if (entries[i] != null && !visitor.test((MemoryEntry<T>) entries[i])) {
                    return;
                }
            }
        }
    }

    /** Removes a submission that is there. */
    void remove(MemoryEntry<T> entry) {
        long number = entry.number >> PAGE_BITS;
        Page page = pages.get(number);
        if (page != null) {
            page.entries[(int) entry.number & (PAGE_SIZE - 1)] = null;
            if (--page.size == 0) {
                pages.remove(number);
            }
        }
    }
}
