package io.ingest4j.core.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A disk that is used in another way than the store means to: the base of naive stores. */
class FilesBehind implements StoreFiles {

    final PowerLossFiles disk;

    FilesBehind(PowerLossFiles disk) {
        this.disk = disk;
    }

    @Override
    public void makeDirectories(Path directory) throws IOException {
        disk.makeDirectories(directory);
    }

    @Override
    public Optional<Lock> lock(Path file) throws IOException {
        return disk.lock(file);
    }

    @Override
    public String ownerOf(Path lockFile) {
        return disk.ownerOf(lockFile);
    }

    @Override
    public Optional<byte[]> read(Path file) throws IOException {
        return disk.read(file);
    }

    @Override
    public void write(Path file, byte[] content) throws IOException {
        disk.write(file, content);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        disk.delete(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        disk.forceDirectory(directory);
    }
}
