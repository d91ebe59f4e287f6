package io.ingest4j.examples.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of a file that exists nowhere: lines of 64 bytes, each with its number, so that no part of
 * it is like another.
 */
public final class MadeUpFile {

    private static final int LINE = 64;
    private static final int LINES = 4_096;
    private static final int DIGITS = 16;
    private static final byte[] TEMPLATE = template();

    private MadeUpFile() {}

    private static byte[] template() {
        byte[] line = new byte[LINE];
        Arrays.fill(line, (byte) 'x');
        line[DIGITS] = ',';
        byte[] fields = "2025-01-01,sale,1250000.00,".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(fields, 0, line, DIGITS + 1, fields.length);
        line[LINE - 1] = '\n';
        byte[] block = new byte[LINES * LINE];
        for (int i = 0; i < LINES; i++) {
            System.arraycopy(line, 0, block, i * LINE, LINE);
        }
        return block;
    }

    /**
     * Writes a part of the file.
     *
     * @param from the first byte
     * @param to the byte after the last
     * @param out where to write; not closed
     * @throws IOException if {@code out} throws it
     */
    public static void write(long from, long to, OutputStream out) throws IOException {
        byte[] block = TEMPLATE.clone();
        long at = from;
        while (at < to) {
            long blockStart = at / block.length * block.length;
            number(block, blockStart / LINE);
            int start = (int) (at - blockStart);
            int end = (int) Math.min(block.length, to - blockStart);
            out.write(block, start, end - start);
            at = blockStart + end;
        }
    }

    private static void number(byte[] block, long firstLine) {
        for (int i = 0; i < LINES; i++) {
            long rest = firstLine + i;
            for (int digit = DIGITS - 1; digit >= 0; digit--) {
                block[i * LINE + digit] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
        }
    }
}
