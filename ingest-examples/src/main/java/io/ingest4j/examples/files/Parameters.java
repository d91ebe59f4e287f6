package io.ingest4j.examples.files;

import io.ingest4j.api.ByteObject;
import io.ingest4j.s3.S3Source;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What is to be fetched: {@code {"file_urls": [...]}} in the bucket. Other members mean nothing. */
final class Parameters {

    static final String KEY = "config/parameters.json";

    private static final String URLS = "file_urls";
    private static final int MAX_BYTES = 10 << 20;

    private Parameters() {}

    /** Where they are. */
    static S3Source source(IngestionSettings settings) {
        return S3Source.of(settings.access(), settings.bucket(), KEY);
    }

    /** Reads the URLs, in the order of the file. */
    static List<String> urls(S3Source source) throws IOException {
        ByteObject object = source.objects().get(0);
        if (object.length() > MAX_BYTES) {
            throw new IOException(
                    object.name()
                            + " must have at most "
                            + MAX_BYTES
                            + " bytes, has "
                            + object.length());
        }
        try (InputStream in = source.open(object, 0)) {
            return parse(in.readAllBytes(), object.name());
        }
    }

    static List<String> parse(byte[] json, String name) throws IOException {
        List<String> urls = null;
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, name, "an object", parser);
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean isUrls = parser.currentName().equals(URLS);
                parser.nextToken();
                if (isUrls) {
                    urls = urls(parser, name);
                } else {
                    parser.skipChildren();
                }
            }
            require(parser.nextToken() == null, name, "one object and nothing behind", parser);
        } catch (JacksonException e) {
            throw new IOException(
                    name + " must be JSON, was not: " + e.getOriginalMessage() + at(e), e);
        }
        if (urls == null) {
            throw new IOException(name + " must have the member " + URLS + ", had none");
        }
        return List.copyOf(urls);
    }

    private static List<String> urls(JsonParser parser, String name) throws IOException {
        require(parser.currentToken() == JsonToken.START_ARRAY, name, URLS + ": an array", parser);
        List<String> urls = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            require(
                    parser.currentToken() == JsonToken.VALUE_STRING,
                    name,
                    URLS + ": an array of strings",
                    parser);
            urls.add(parser.getString().strip());
        }
        return urls;
    }

    private static void require(boolean condition, String name, String rule, JsonParser parser)
            throws IOException {
        if (!condition) {
            throw new IOException(
                    name
                            + " must hold "
                            + rule
                            + ", was "
                            + parser.currentToken()
                            + " at line "
                            + parser.currentTokenLocation().getLineNr());
        }
    }

    private static String at(JacksonException e) {
        return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
    }
}
