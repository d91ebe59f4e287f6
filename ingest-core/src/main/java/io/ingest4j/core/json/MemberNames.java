package io.ingest4j.core.json;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The names of a row's fields as the bytes that lead to each value, made once for all rows. */
final class MemberNames {

    static final byte[] END = {'"', '}'};
    static final byte[] EMPTY_OBJECT = {'{', '}'};

    private final List<String> names;
    private final byte[] key;
    private final byte[] first;
    private final byte[][] further;

    private MemberNames(List<String> names, byte[] key, byte[] first, byte[][] further) {
        this.names = names;
        this.key = key;
        this.first = first;
        this.further = further;
    }

    static MemberNames of(List<String> names, String keyName) {
        Set<String> seen = new HashSet<>();
        if (!keyName.isEmpty()) {
            seen.add(keyName);
        }
        byte[][] further = new byte[names.size()][];
        for (int i = 0; i < further.length; i++) {
            String name = names.get(i);
            if (!seen.add(name)) {
                throw new IllegalArgumentException(
                        "names in a JSON object must differ, '" + name + "' is there twice");
            }
            further[i] = lead("\",\"", name);
        }
        byte[] first = names.isEmpty() ? EMPTY_OBJECT : lead("{\"", names.get(0));
        return new MemberNames(names, lead("{\"", keyName), first, further);
    }

    private static byte[] lead(String before, String name) {
        JsonBytes bytes = new JsonBytes();
        bytes.raw(before.getBytes(StandardCharsets.UTF_8));
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        bytes.escaped(text, 0, text.length);
        bytes.raw("\":\"".getBytes(StandardCharsets.UTF_8));
        return bytes.toByteArray();
    }

    /** Quick, since a source gives the same list for all its rows. */
    boolean isFor(List<String> other) {
        return names.equals(other);
    }

    byte[] key() {
        return key;
    }

    byte[] member(int field, boolean isFirst) {
        return isFirst ? first : further[field];
    }
}
