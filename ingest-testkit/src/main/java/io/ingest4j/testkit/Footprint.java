package io.ingest4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;

/**
 * What this JVM holds of threads and of file handles, sockets among them. Taken before and after, it
 * shows what was left behind.
 *
 * <p>Loading classes opens jars for good, and the JDK starts threads that it keeps: do a little of the
 * work before the first one is taken. Immutable.
 *
 * @param threads those that live, except workers of the JDK's own pools, which it ends when it likes
 * @param openFiles how many file handles are open; 0 where that is not known
 */
public record Footprint(Set<Thread> threads, long openFiles) {

    private static final Set<String> KEPT_BY_THE_JDK =
            Set.of("ForkJoinPool", "CompletableFutureDelayScheduler", "process reaper");

    /** Copies the set. */
    public Footprint {
        threads = Set.copyOf(threads);
    }

    /**
     * Looks at this JVM.
     *
     * @return what it holds at the moment
     */
    public static Footprint now() {
        Set<Thread> threads = Thread.getAllStackTraces().keySet();
        threads.removeIf(thread -> KEPT_BY_THE_JDK.stream().anyMatch(thread.getName()::startsWith));
        boolean isKnown =
                ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean;
        return new Footprint(threads, isKnown ? openHandles() : 0);
    }

    private static long openHandles() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }

    /**
     * Fails if there are threads now that were not there then, or more file handles.
     *
     * @param slack how many file handles more there may be, for jars that were opened since
     */
    public void assertNothingWasAdded(int slack) {
        Footprint after = now();
        assertThat(after.threads).as("threads").isSubsetOf(threads);
        assertThat(after.openFiles).as("open files").isLessThanOrEqualTo(openFiles + slack);
    }
}
