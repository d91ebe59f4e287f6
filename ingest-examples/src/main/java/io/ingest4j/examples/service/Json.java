package io.ingest4j.examples.service;

import io.ingest4j.api.SubmissionStatus;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes the answers of the API. */
final class Json {

    private static final JsonFactory JSON = new JsonFactory();

    private Json() {}

    static String object(Consumer<JsonGenerator> fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            fields.accept(json);
            json.writeEndObject();
        }
        return text.toString();
    }

    static String error(int status, String detail) {
        return object(
                json -> {
                    json.writeStringProperty("detail", detail);
                    json.writeNumberProperty("status_code", status);
                });
    }

    static String submitted(String id) {
        return object(json -> json.writeStringProperty("ingestion_id", id));
    }

    static String name(SubmissionStatus.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    static String status(SubmissionStatus<BigInteger> status) {
        return object(
                json -> {
                    json.writeStringProperty("ingestion_id", status.id());
                    json.writeStringProperty("status", name(status.state()));
                    json.writeArrayPropertyStart("batches");
                    status.batches().forEach(batch -> write(json, batch));
                    json.writeEndArray();
                });
    }

    private static void write(JsonGenerator json, SubmissionStatus.Batch<BigInteger> batch) {
        json.writeStartObject();
        json.writeStringProperty("batch_id", batch.id());
        json.writeArrayPropertyStart("ids");
        batch.items().forEach(json::writeNumber);
        json.writeEndArray();
        json.writeStringProperty("status", name(batch.state()));
        if (!batch.failures().isEmpty()) {
            json.writeArrayPropertyStart("errors");
            for (Map.Entry<Integer, String> failure : new TreeMap<>(batch.failures()).entrySet()) {
                json.writeStartObject();
                json.writeNumberProperty("id", batch.items().get(failure.getKey()));
                json.writeStringProperty("reason", failure.getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }
}
