package io.ingest4j.examples;

import java.io.Console;

/** Tells whether a person is looking. */
final class Terminal {

    private Terminal() {}

    /** Since JDK 22 there may be a console without a terminal, which says so itself (JDK-8308591). */
    @SuppressWarnings("SystemConsoleNull") // it may be on 17, and isTerminal asks newer ones
    static boolean isInteractive() {
        Console console = System.console();
        return console != null && isTerminal(console) && !"dumb".equals(System.getenv("TERM"));
    }

    private static boolean isTerminal(Console console) {
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
