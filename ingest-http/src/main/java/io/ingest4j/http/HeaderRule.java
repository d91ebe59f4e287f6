package io.ingest4j.http;

import java.net.http.HttpRequest;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Rules for the headers that a caller sets (RFC 9110, sections 5.5 and 5.6.2). */
final class HeaderRule {

    private static final Pattern TOKEN = Pattern.compile("[-!#$%&'*+.^_`|~0-9A-Za-z]+");

    /** The JDK's client lets it pass, next to the Content-Length that it sets itself. */
    private static final String FRAMING = "transfer-encoding";

    /** What a sink may set itself, depending on its other settings, and what frames its bodies. */
    private static final Set<String> OF_THE_SINK =
            Set.of(
                    "authorization",
                    "connection",
                    "content-encoding",
                    "content-length",
                    "content-type",
                    "expect",
                    "host",
                    "keep-alive",
                    "proxy-authorization",
                    "te",
                    "trailer",
                    "upgrade");

    private HeaderRule() {}

    /**
     * Refuses a name that is none, or that the client sets itself.
     *
     * @param setting what is set, for the message
     */
    static void requireName(String setting, String name) {
        if (!TOKEN.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    setting
                            + " must have a name of letters, digits and !#$%&'*+-.^_`|~, was '"
                            + name.replaceAll("\\p{Cntrl}", "?")
                            + "'");
        }
        if (name.equalsIgnoreCase(FRAMING) || isRestricted(name)) {
            throw new IllegalArgumentException(
                    setting
                            + " must not have a name that the client sets itself, was '"
                            + name
                            + "'");
        }
    }

    /** Asks the client, since a property of the JVM can permit some. */
    private static boolean isRestricted(String name) {
        try {
            HttpRequest.newBuilder().header(name, "v");
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** Refuses a value that would be sent as another one. */
    static void requireValue(String setting, String value) {
        String fault = fault(value);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(
                    setting + " must have a value that " + fault + " (value not shown)");
        }
    }

    /**
     * Says what a value must be, and where it is not, without quoting it; empty if nothing is wrong.
     * RFC 9110 leaves other characters without a meaning, and the JDK sends a question mark for each.
     */
    static String fault(String value) {
        for (int i = 0; i < value.length(); i++) {
            char one = value.charAt(i);
            if ((one < 0x20 || one > 0x7e) && one != '\t') {
                return "is printable ASCII (0x20 to 0x7E) and tabs, but has "
                        + kind(one)
                        + " at index "
                        + i;
            }
        }
        return "";
    }

    private static String kind(char one) {
        if (one == '\r' || one == '\n') {
            return "a line end";
        }
        return one < 0x80 ? "a control character" : "a character that is not ASCII";
    }

    static boolean isOfTheSink(String name) {
        return OF_THE_SINK.contains(name.toLowerCase(Locale.ROOT));
    }
}
