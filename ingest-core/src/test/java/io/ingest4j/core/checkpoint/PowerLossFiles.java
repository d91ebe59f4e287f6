package io.ingest4j.core.checkpoint;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A disk behind a cache, with one directory. What was not forced is on the disk or not, or in part,
 * independently of what was done before and after it: that is more than any file system gets wrong.
 */
final class PowerLossFiles implements StoreFiles {

    /** The process ends here. */
    static final class PowerCut extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final class Content {
        private byte[] cached = new byte[0];
        private byte[] onDisk = new byte[0];
        private boolean givenUp;
    }

    private final Map<Path, Content> cached = new HashMap<>();
    private final Map<Path, Content> onDisk = new HashMap<>();
    private final List<Consumer<Map<Path, Content>>> renamings = new ArrayList<>();
    private final Set<Path> locked = new HashSet<>();
    private int stepsLeft = Integer.MAX_VALUE;
    private int forcesLeft = Integer.MAX_VALUE;
    private boolean namesGivenUp;

    /** Ends the process before that many further steps plus one. */
    void cutAfter(int steps) {
        stepsLeft = steps;
    }

    /** Lets one force fail, after that many further ones. */
    void failForceAfter(int forces) {
        forcesLeft = forces;
    }

    /** What a killed process leaves: all that it did, as the system is alive. */
    void kill() {
        stepsLeft = Integer.MAX_VALUE;
        locked.clear();
    }

    /** What the disk holds when the power comes back. */
    void losePower(Random random) {
        kill();
        int kept = random.nextInt(3);
        for (Consumer<Map<Path, Content>> renaming : renamings) {
            if (kept == 0 || (kept == 1 && random.nextBoolean())) {
                renaming.accept(onDisk);
            }
        }
        renamings.clear();
        namesGivenUp = false;
        cached.clear();
        cached.putAll(onDisk);
        for (Content content : new HashSet<>(cached.values())) {
            content.onDisk = survivor(content, random);
            content.cached = content.onDisk;
            content.givenUp = false;
        }
    }

    private static byte[] survivor(Content content, Random random) {
        byte[] newer = content.cached;
        byte[] older = content.onDisk;
        if (Arrays.equals(newer, older)) {
            return older;
        }
        int torn = random.nextInt(newer.length + 1);
        return switch (random.nextInt(5)) {
            case 0 -> older;
            case 1 -> newer;
            case 2 -> Arrays.copyOf(newer, torn);
            case 3 -> Arrays.copyOf(Arrays.copyOf(newer, torn), newer.length);
            default -> {
                byte[] mixed = Arrays.copyOf(older, Math.max(older.length, torn));
                System.arraycopy(newer, 0, mixed, 0, torn);
                yield mixed;
            }
        };
    }

    private void step() {
        if (stepsLeft-- <= 0) {
            throw new PowerCut();
        }
    }

    /** True if the force has an effect. A second one after a failure succeeds and has none. */
    private boolean force(boolean givenUp) throws IOException {
        step();
        if (forcesLeft-- == 0) {
            throw new IOException("Input/output error");
        }
        return !givenUp;
    }

    @Override
    public void makeDirectories(Path directory) {
        step();
    }

    @Override
    public Optional<Lock> lock(Path file) {
        step();
        return locked.add(file) ? Optional.of(() -> locked.remove(file)) : Optional.empty();
    }

    @Override
    public String ownerOf(Path lockFile) {
        return "";
    }

    @Override
    public Optional<byte[]> read(Path file) {
        step();
        return Optional.ofNullable(cached.get(file)).map(content -> content.cached.clone());
    }

    @Override
    public void write(Path file, byte[] content) throws IOException {
        Content written = writeUnforced(file, content);
        try {
            if (force(written.givenUp)) {
                written.onDisk = written.cached;
            }
        } catch (IOException e) {
            written.givenUp = true;
            throw e;
        }
    }

    Content writeUnforced(Path file, byte[] content) {
        step();
        Content written = cached.get(file);
        if (written == null) {
            Content made = new Content();
            written = made;
            change(names -> names.put(file, made));
        }
        written.cached = new byte[0];
        for (int part = 1; part <= 3; part++) {
            step();
            written.cached = Arrays.copyOf(content, content.length * part / 3);
        }
        return written;
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        Content content = cached.get(from);
        if (content == null) {
            throw new NoSuchFileException(from.toString());
        }
        change(
                names -> {
                    names.values().remove(content);
                    names.put(to, content);
                });
    }

    @Override
    public void delete(Path file) {
        step();
        if (cached.containsKey(file)) {
            change(names -> names.remove(file));
        }
    }

    private void change(Consumer<Map<Path, Content>> change) {
        change.accept(cached);
        renamings.add(change);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        try {
            if (force(namesGivenUp)) {
                onDisk.clear();
                onDisk.putAll(cached);
                renamings.clear();
            }
        } catch (IOException e) {
            namesGivenUp = true;
            throw e;
        }
    }
}
