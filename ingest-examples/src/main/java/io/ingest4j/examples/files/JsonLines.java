package io.ingest4j.examples.files;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes each event of the log as a JSON object on a line of its own. */
public final class JsonLines extends LayoutBase<ILoggingEvent> {

    private static final String REQUEST_ID = "aws_request_id";
    private static final JsonFactory JSON = new JsonFactory();

    /** Made by logback. */
    public JsonLines() {}

    /**
     * Sets what is logged of an ingestion, and the id that all its lines have. There is one at a time in
     * a Lambda function's process.
     *
     * @param level the least that is logged
     * @param requestId the id
     */
    public static void begin(Level level, String requestId) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.putProperty(REQUEST_ID, requestId);
            context.getLogger(Events.class)
                    .setLevel(ch.qos.logback.classic.Level.toLevel(level.name()));
        }
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(Events.EVENT, "log");
        fields.put("level", event.getLevel().toString());
        fields.put("ts", event.getInstant().toString());
        String requestId = getContext().getProperty(REQUEST_ID);
        fields.put(REQUEST_ID, requestId == null ? "" : requestId);
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> fields.put(pair.key, pair.value == null ? "" : pair.value));
        }
        @Nullable String message = event.getFormattedMessage();
        if (message != null && !message.isEmpty()) {
            fields.put("logger", event.getLoggerName());
            fields.put("message", message);
        }
        addFailure(fields, event.getThrowableProxy());
        return line(fields);
    }

    private static void addFailure(Map<String, Object> fields, @Nullable IThrowableProxy failure) {
        if (failure != null) {
            String message = failure.getMessage();
            fields.put(
                    "exception", failure.getClassName() + (message == null ? "" : ": " + message));
        }
    }

    private static String line(Map<String, Object> fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            fields.forEach(
                    (name, value) -> {
                        json.writeName(name);
                        write(json, value);
                    });
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }

    private static void write(JsonGenerator json, Object value) {
        if (value instanceof Integer || value instanceof Long) {
            json.writeNumber(((Number) value).longValue());
        } else if (value instanceof Double number && Double.isFinite(number)) {
            json.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else {
            json.writeString(String.valueOf(value));
        }
    }
}
