package io.ingest4j.core.json;

/**
 * Writes rows as JSON. A row is an object with a member for each field, in the row's order; every
 * value is a string, because a row knows no other type.
 *
 * <pre>{@code
 * HttpSink.post(uri).body(Json.array().withKey("id"))
 * }</pre>
 *
 * @since 0.1
 */
public final class Json {

    private Json() {}

    /**
     * Returns an encoder that makes a message of one object, for batches of one record.
     *
     * @return an encoder for {@code application/json}; a batch of another size is an {@link
     *     IllegalArgumentException}
     */
    public static JsonRowEncoder object() {
        return new JsonRowEncoder(JsonLayout.OBJECT, "");
    }

    /**
     * Returns an encoder that makes a message of one array of objects.
     *
     * @return an encoder for {@code application/json}
     */
    public static JsonRowEncoder array() {
        return new JsonRowEncoder(JsonLayout.ARRAY, "");
    }

    /**
     * Returns an encoder that makes a message of lines, each an object and a line feed.
     *
     * @return an encoder for {@code application/x-ndjson}
     */
    public static JsonRowEncoder lines() {
        return new JsonRowEncoder(JsonLayout.LINES, "");
    }
}
