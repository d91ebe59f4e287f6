package io.ingest4j.core.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A disk that fails when told to, and forces nothing, which takes time. */
class FaultyDisk extends Disk {

    volatile boolean writesFail;

    /** The number of writes before the disk is full. */
    volatile int writesLeft = Integer.MAX_VALUE;

    volatile boolean forceFails;
    volatile boolean moveFails;
    volatile int forces;

    /** Held by the force that waits for it. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    /** Counted down by a force that has reached the gate. */
    final CountDownLatch atGate = new CountDownLatch(1);

    @Override
    void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        if (writesFail || writesLeft-- <= 0) {
            ByteBuffer half = bytes.duplicate();
            half.limit(half.position() + half.remaining() / 2);
            super.write(channel, half, position);
            throw new IOException("No space left on device");
        }
        super.write(channel, bytes, position);
    }

    @Override
    void force(FileChannel channel) throws IOException {
        if (gate.getCount() > 0) {
            atGate.countDown();
        }
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError("somebody interrupted the file's thread", e);
        }
        if (forceFails) {
            throw new IOException("Input/output error");
        }
        forces++;
    }

    @Override
    void forceDirectory(Path directory) {}

    @Override
    void move(Path from, Path to) throws IOException {
        if (moveFails) {
            throw new IOException("killed before the file got its name");
        }
        super.move(from, to);
    }
}
