package io.ingest4j.examples.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes customers as CSV (RFC 4180, UTF-8, LF between records), in memory that doesn't grow with their number. */
public final class CustomerCsv {

    private static final int BUFFER_BYTES = 64 << 10;

    /** Each byte may be a quote; quotes and commas around. */
    private static final int MAX_RECORD_BYTES = 2 * Customer.MAX_BYTES + 100;

    private final Customer customer;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int count;

    private CustomerCsv(Customer customer, OutputStream out) {
        this.customer = customer;
        this.out = out;
    }

    /**
     * Writes a header and the customers from 1 to a number.
     *
     * @param records how many customers
     * @param seed which customers
     * @param out where to; stays open
     * @throws IOException if it can't be written
     */
    public static void write(long records, long seed, OutputStream out) throws IOException {
        new CustomerCsv(new Customer(seed), out).write(records);
    }

    private void write(long records) throws IOException {
        for (String name : Customer.FIELDS) {
            field(name.getBytes(StandardCharsets.UTF_8), 0, name.length(), true);
        }
        endRecord();
        for (long id = 1; id <= records; id++) {
            customer.become(id);
            for (int i = 0; i < Customer.FIELDS.size(); i++) {
                field(customer.text(), customer.start(i), customer.end(i), customer.isPlain(i));
            }
            endRecord();
        }
        flush();
    }

    /** Quotes somewhat more than it must. */
    private void field(byte[] text, int start, int end, boolean plain) {
        if (plain) {
            System.arraycopy(text, start, buffer, count, end - start);
            count += end - start;
        } else {
            quoted(text, start, end);
        }
        buffer[count++] = ',';
    }

    private void quoted(byte[] text, int start, int end) {
        buffer[count++] = '"';
        for (int i = start; i < end; i++) {
            if (text[i] == '"') {
                buffer[count++] = '"';
            }
            buffer[count++] = text[i];
        }
        buffer[count++] = '"';
    }

    /** The comma behind the last field becomes the end of the line. */
    private void endRecord() throws IOException {
        buffer[count - 1] = '\n';
        if (count > BUFFER_BYTES - MAX_RECORD_BYTES) {
            flush();
        }
    }

    private void flush() throws IOException {
        out.write(buffer, 0, count);
        count = 0;
    }
}
