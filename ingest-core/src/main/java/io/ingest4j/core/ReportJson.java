package io.ingest4j.core;

import io.ingest4j.api.Progress;
import java.io.StringWriter;
import java.time.Duration;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes a report for programs. Durations are in seconds, rates in records per second. */
final class ReportJson {

    private ReportJson() {}

    static String write(IngestReport report) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json =
                new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("job", report.job());
            json.writeStringProperty("state", report.state().name());
            if (report.failure().isPresent()) {
                json.writeStringProperty("failure", report.failureLine());
            }
            report.pauseReason()
                    .ifPresent(reason -> json.writeStringProperty("pauseReason", reason));
            report.nothingToDo()
                    .ifPresent(reason -> json.writeStringProperty("nothingToDo", reason));
            json.writeNumberProperty("runs", report.runs());
            json.writeStringProperty("startedAt", report.startedAt().toString());
            writeLedger(json, report.ledger());
            writeThisRun(json, report.thisRun());
            writeRate(json, report.rate());
            writeErrors(json, report);
            writePlaces(json, report);
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void writeLedger(JsonGenerator json, Progress ledger) {
        json.writeNumberProperty("durationSeconds", seconds(ledger.elapsed()));
        writeRecords(json, ledger);
        json.writeNumberProperty("attempts", ledger.attempts());
        json.writeNumberProperty("retries", ledger.retries());
        json.writeObjectPropertyStart("bytes");
        json.writeNumberProperty("read", ledger.readBytes());
        json.writeNumberProperty("sent", ledger.sentBytes());
        json.writeEndObject();
        json.writeObjectPropertyStart("requests");
        ledger.requests().forEach(json::writeNumberProperty);
        json.writeEndObject();
    }

    private static void writeThisRun(JsonGenerator json, Progress run) {
        json.writeObjectPropertyStart("thisRun");
        json.writeNumberProperty("durationSeconds", seconds(run.elapsed()));
        writeRecords(json, run);
        json.writeEndObject();
    }

    private static void writeRecords(JsonGenerator json, Progress ledger) {
        json.writeObjectPropertyStart("records");
        json.writeNumberProperty("read", ledger.read());
        json.writeNumberProperty("delivered", ledger.delivered());
        json.writeNumberProperty("deadLettered", ledger.deadLettered());
        json.writeNumberProperty("skipped", ledger.skipped());
        json.writeNumberProperty("pending", ledger.pending());
        json.writeEndObject();
    }

    private static void writeRate(JsonGenerator json, IngestReport.Rate rate) {
        json.writeObjectPropertyStart("rate");
        json.writeNumberProperty("sendingSeconds", seconds(rate.sending()));
        json.writeNumberProperty("averagePerSecond", rate.averagePerSecond());
        json.writeNumberProperty("peakPerSecond", rate.peakPerSecond());
        json.writeNumberProperty("meanLatencySeconds", seconds(rate.meanLatency()));
        json.writeNumberProperty("maxLatencySeconds", seconds(rate.maxLatency()));
        json.writeEndObject();
    }

    private static void writeErrors(JsonGenerator json, IngestReport report) {
        json.writeArrayPropertyStart("errors");
        for (IngestReport.ErrorCount error : report.errors()) {
            json.writeStartObject();
            json.writeStringProperty("kind", error.kind());
            json.writeNumberProperty("count", error.count());
            json.writeStringProperty("sample", error.sample());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writePlaces(JsonGenerator json, IngestReport report) {
        json.writeArrayPropertyStart("doneUpTo");
        for (IngestReport.Place place : report.places()) {
            json.writeStartObject();
            json.writeStringProperty("source", place.split().source());
            json.writeStringProperty("version", place.split().version());
            json.writeStringProperty("split", place.split().id());
            json.writeNumberProperty("record", place.done().recordNumber());
            json.writeNumberProperty("offset", place.done().offset());
            json.writeStringProperty("position", place.done().encode());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
