package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class ReturnQueueProperties {

    private static final long STAY = 1_000_000;

    @Property(tries = 200)
    void permits_comeBackNoEarlierThanTold_andLaterByAtMostTheSlack(
            @ForAll @LongRange(min = 0, max = STAY) long slack,
            @ForAll long origin,
            @ForAll long seed) {
        ReturnQueue queue = new ReturnQueue();
        queue.slack(slack);
        Random random = new Random(seed);
        NavigableMap<Long, Long> told = new TreeMap<>();
        long now = 0;
        long away = 0;
        for (int i = 0; i < 500; i++) {
            now += random.nextLong(STAY / 50);
            away -= queue.takeUntil(origin + now);
            assertThat(away).isGreaterThanOrEqualTo(sum(told, now + 1));
            assertThat(away).isLessThanOrEqualTo(sum(told, now + 1 - slack));
            long count = 1 + random.nextLong(9);
            queue.add(origin + now + STAY, count);
            told.merge(now + STAY, count, Long::sum);
            away += count;
            if (slack > 0) {
                assertThat(queue.size()).isLessThanOrEqualTo((int) (STAY / slack) + 2);
            }
        }
        assertThat(queue.takeAll()).isEqualTo(away);
        assertThat(queue.takeUntil(origin + 3 * STAY * 500)).isZero();
    }

    private static long sum(NavigableMap<Long, Long> told, long from) {
        return told.tailMap(from).values().stream().mapToLong(Long::longValue).sum();
    }
}
