package io.ingest4j.examples.server;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** Reads customers from any JSON, with their fields in any order, and has each compared. */
final class CustomerParser {

    private static final JsonFactory JSON = new JsonFactory();

    private final CustomerCheck check;
    private final JsonParser json;

    private CustomerParser(CustomerCheck check, JsonParser json) {
        this.check = check;
        this.json = json;
    }

    static void read(byte[] body, boolean lines, CustomerCheck check)
            throws MalformedBodyException {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body, 0, body.length)) {
            CustomerParser parser = new CustomerParser(check, json);
            if (lines) {
                parser.lines();
            } else {
                parser.value();
            }
        } catch (StreamReadException e) {
            throw new MalformedBodyException(e.getOriginalMessage());
        }
    }

    private void lines() throws MalformedBodyException {
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
            object(token);
        }
    }

    private void value() throws MalformedBodyException {
        JsonToken token = json.nextToken();
        if (token == JsonToken.START_ARRAY) {
            for (JsonToken t = json.nextToken(); t != JsonToken.END_ARRAY; t = json.nextToken()) {
                object(t);
            }
        } else {
            object(token);
        }
        if (json.nextToken() != null) {
            throw new MalformedBodyException("more than one value");
        }
    }

    private void object(@Nullable JsonToken start) throws MalformedBodyException {
        if (start != JsonToken.START_OBJECT) {
            throw new MalformedBodyException("a record must be an object, was " + start);
        }
        byte[][] fields = new byte[Customer.FIELDS.size()][];
        int seen = 0;
        boolean valid = true;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            int field = Customer.FIELDS.indexOf(json.currentName());
            JsonToken value = json.nextToken();
            if (field < 0 || fields[field] != null || value != JsonToken.VALUE_STRING) {
                valid = false;
                json.skipChildren();
            } else {
                fields[field] = json.getString().getBytes(StandardCharsets.UTF_8);
                seen++;
            }
        }
        if (valid && seen == fields.length) {
            check.compare(fields);
        } else {
            check.addCorrupted();
        }
    }
}
