package io.ingest4j.s3;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process that has a lease, so that another on the same machine can prove that it is dead. Only
 * Linux tells enough, in {@code /proc} ("proc(5)" and "namespaces(7)" of the Linux manual): processes
 * that share the boot of a kernel and a process namespace see each other, and a process id together
 * with the start of its process is never used twice in one boot. Virtual machines made from one
 * template may share the boot id and the numbers of the namespaces, so the host name counts, too: a
 * run with another one waits for the lease.
 *
 * @param place digest of host name, boot and namespaces, in hexadecimal digits
 * @param id of the process, in its namespace
 * @param start of the process, in ticks of its kernel since boot
 */
record OwnerProcess(String place, long id, long start) {

    private static final Path PROC = Path.of("/proc");
    private static final Pattern TEXT =
            Pattern.compile("([0-9a-f]{32})/([0-9]{1,10})/([0-9]{1,18})");
    private static final int START_FIELD = 22;
    private static final int FIRST_FIELD_AFTER_NAME = 3;

    /** This process; empty where its death could not be proven. */
    static Optional<OwnerProcess> current() {
        return current(PROC, ProcessHandle.current().pid());
    }

    static Optional<OwnerProcess> current(Path proc, long id) {
        try {
            // A /proc of another namespace has other ids, and one with hidepid hides processes.
            boolean own = Files.readSymbolicLink(proc.resolve("self")).toString().equals("" + id);
            if (!own || hidesProcesses(proc)) {
                return Optional.empty();
            }
            Path namespaces = proc.resolve("self/ns");
            String place =
                    Files.readString(proc.resolve("sys/kernel/hostname"))
                            + Files.readString(proc.resolve("sys/kernel/random/boot_id")).strip()
                            + Files.readSymbolicLink(namespaces.resolve("pid"))
                            + timeNamespace(namespaces);
            return Optional.of(new OwnerProcess(digest(place), id, start(proc, id)));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** The start of a process depends on it. Kernels before 5.6 have none. */
    private static String timeNamespace(Path namespaces) throws IOException {
        Path time = namespaces.resolve("time");
        return Files.isSymbolicLink(time) ? Files.readSymbolicLink(time).toString() : "";
    }

    private static boolean hidesProcesses(Path proc) throws IOException {
        List<String> mounts = Files.readAllLines(proc.resolve("self/mountinfo"));
        return mounts.stream().anyMatch(line -> line.contains("hidepid="));
    }

    private static String digest(String place) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(place.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For tests, which have other processes. */
    static long startOf(long id) throws IOException {
        return start(PROC, id);
    }

    private static long start(Path proc, long id) throws IOException {
        String stat = Files.readString(proc.resolve(id + "/stat"), StandardCharsets.ISO_8859_1);
        // The name, in brackets, may hold anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        return Long.parseLong(fields[START_FIELD - FIRST_FIELD_AFTER_NAME]);
    }

    /** Tells whether the process can't be alive; false if that is not known. */
    boolean isDead() {
        return isDead(PROC, current());
    }

    boolean isDead(Path proc, Optional<OwnerProcess> here) {
        if (here.isEmpty() || !here.get().place.equals(place)) {
            return false;
        }
        try {
            return start(proc, id) != start;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** Reads what {@link #toString} wrote. */
    static Optional<OwnerProcess> parse(String text) {
        Matcher parts = TEXT.matcher(text);
        return parts.matches()
                ? Optional.of(
                        new OwnerProcess(
                                parts.group(1),
                                Long.parseLong(parts.group(2)),
                                Long.parseLong(parts.group(3))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return place + '/' + id + '/' + start;
    }
}
