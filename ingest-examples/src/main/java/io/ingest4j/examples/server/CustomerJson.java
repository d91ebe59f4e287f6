package io.ingest4j.examples.server;

import java.nio.charset.StandardCharsets;

/**
 * A customer as the shortest JSON object: no white space, fields in order, and only those characters
 * escaped that must be (RFC 8259, section 7). Not thread-safe.
 */
final class CustomerJson {

    /** Each byte may be a control character; names and quotes around. */
    private static final int MAX_BYTES = 6 * Customer.MAX_BYTES + 200;

    private static final byte[][] BEFORE = before();
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final byte[] json = new byte[MAX_BYTES];
    private int length;

    /** The object's bytes, {@link #length} of them. */
    byte[] bytes() {
        return json;
    }

    int length() {
        return length;
    }

    void become(Customer customer) {
        length = 0;
        byte[] text = customer.text();
        for (int i = 0; i < BEFORE.length; i++) {
            add(BEFORE[i], 0, BEFORE[i].length);
            int start = customer.start(i);
            int end = customer.end(i);
            if (customer.isPlain(i)) {
                add(text, start, end - start);
            } else {
                escaped(text, start, end);
            }
        }
        json[length++] = '"';
        json[length++] = '}';
    }

    private void escaped(byte[] text, int start, int end) {
        int from = start;
        for (int i = start; i < end; i++) {
            byte b = text[i];
            if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
                add(text, from, i - from);
                escape(b);
                from = i + 1;
            }
        }
        add(text, from, end - from);
    }

    private void escape(byte b) {
        json[length++] = '\\';
        switch (b) {
            case '"', '\\' -> json[length++] = b;
            case '\b' -> json[length++] = 'b';
            case '\t' -> json[length++] = 't';
            case '\n' -> json[length++] = 'n';
            case '\f' -> json[length++] = 'f';
            case '\r' -> json[length++] = 'r';
            default -> {
                json[length++] = 'u';
                json[length++] = '0';
                json[length++] = '0';
                json[length++] = HEX[b >> 4];
                json[length++] = HEX[b & 0xF];
            }
        }
    }

    private void add(byte[] bytes, int start, int size) {
        System.arraycopy(bytes, start, json, length, size);
        length += size;
    }

    /** What stands between the value of one field and that of the next. */
    private static byte[][] before() {
        byte[][] before = new byte[Customer.FIELDS.size()][];
        for (int i = 0; i < before.length; i++) {
            String start = i == 0 ? "{\"" : "\",\"";
            before[i] = (start + Customer.FIELDS.get(i) + "\":\"").getBytes(StandardCharsets.UTF_8);
        }
        return before;
    }
}
