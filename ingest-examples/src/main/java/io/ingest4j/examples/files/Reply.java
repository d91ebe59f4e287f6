package io.ingest4j.examples.files;

import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * What an ingestion answers.
 *
 * @param statusCode as of HTTP: 200 with a summary, 400 if there was nothing to do, 500 if that can't
 *     be known
 * @param body a JSON object
 * @param failed how many files failed
 */
public record Reply(int statusCode, String body, long failed) {

    private static final ObjectWriteContext INDENTED =
            new ObjectWriteContext.Base() {
                @Override
                public PrettyPrinter getPrettyPrinter() {
                    return new DefaultPrettyPrinter();
                }

                @Override
                public boolean hasPrettyPrinter() {
                    return true;
                }
            };

    /** Something that writes JSON. */
    private interface Content {
        void write(JsonGenerator json);
    }

    static Reply error(int statusCode, String reason) {
        return new Reply(statusCode, object(json -> json.writeStringProperty("error", reason)), 0);
    }

    static Reply summary(List<FileResult> results, Map<String, Long> requests, Duration elapsed) {
        long failed = results.stream().filter(result -> result.error().isPresent()).count();
        long ok = results.size() - failed;
        String body =
                object(
                        json -> {
                            json.writeStringProperty(
                                    "message", "Streamed " + ok + " ok, " + failed + " failed");
                            json.writeNumberProperty("elapsed_seconds", elapsed.toMillis() / 1e3);
                            json.writeObjectPropertyStart("summary");
                            json.writeNumberProperty("total_files", results.size());
                            json.writeNumberProperty("successful", ok);
                            json.writeNumberProperty("failed", failed);
                            json.writeNumberProperty("total_bytes", totalBytes(results));
                            json.writeEndObject();
                            json.writeObjectPropertyStart("s3_request_counts");
                            requests.forEach(json::writeNumberProperty);
                            json.writeEndObject();
                            json.writeArrayPropertyStart("results");
                            results.forEach(result -> write(json, result));
                            json.writeEndArray();
                        });
        return new Reply(200, body, failed);
    }

    /** Bytes of files that are there as a whole. */
    static long totalBytes(List<FileResult> results) {
        return results.stream()
                .filter(result -> result.error().isEmpty())
                .mapToLong(FileResult::bytes)
                .sum();
    }

    private static void write(JsonGenerator json, FileResult result) {
        json.writeStartObject();
        json.writeStringProperty("url", result.url());
        json.writeStringProperty("s3_key", result.key());
        json.writeNumberProperty("bytes", result.bytes());
        json.writeNumberProperty("parts", result.parts());
        json.writeStringProperty("status", result.status());
        result.error().ifPresent(error -> json.writeStringProperty("error", error));
        json.writeEndObject();
    }

    private static String object(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json =
                new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        }
        return text.toString();
    }

    /**
     * Returns the body for people and programs.
     *
     * @return the same object on several lines
     */
    public String indentedBody() {
        StringWriter text = new StringWriter();
        JsonFactory factory = new JsonFactory();
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), body);
                JsonGenerator json = factory.createGenerator(INDENTED, text)) {
            parser.nextToken();
            json.copyCurrentStructure(parser);
        }
        return text.toString();
    }

    /**
     * Returns the form that a Lambda function answers with.
     *
     * @return an object whose {@code body} is JSON in a string
     */
    public String toJson() {
        return object(
                json -> {
                    json.writeNumberProperty("statusCode", statusCode);
                    json.writeStringProperty("body", body);
                });
    }
}
