package io.ingest4j.examples;

import java.util.Optional;
import java.util.regex.Pattern;

/** What a failure says to the one who started the program, without what a URL may keep secret. */
final class FailureText {

    private static final int MOST_CAUSES = 100;
    private static final Pattern USER = Pattern.compile("(?<=://)[^/?#\\s]+@");
    private static final Pattern QUERY = Pattern.compile("(?<=://[^?#\\s]{1,1000})[?#]\\S*");

    private FailureText() {}

    /** The message, and that of the last cause unless the first has it already. */
    static String of(Throwable failure) {
        String text = message(failure).orElseGet(failure::toString);
        Throwable root = root(failure);
        String reason = message(root).orElseGet(root::toString);
        String whole = text.contains(reason) ? text : text + ": " + reason;
        return QUERY.matcher(USER.matcher(whole).replaceAll("")).replaceAll("");
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        for (int i = 0; i < MOST_CAUSES && root.getCause() != null; i++) {
            root = root.getCause();
        }
        return root;
    }

    private static Optional<String> message(Throwable failure) {
        return Optional.ofNullable(failure.getMessage()).filter(text -> !text.isBlank());
    }
}
