package io.ingest4j.core.report;

import java.io.Console;
import java.lang.reflect.Method;

/** Tells whether a person is looking. */
final class Terminal {

    private Terminal() {}

    /**
     * True if standard input and output are a terminal that can draw. Since JDK 22 there is a console
     * without one too, which says so itself (JDK-8308591).
     */
    @SuppressWarnings("SystemConsoleNull") // it may be on 17, and isTerminal asks newer ones
    static boolean isInteractive() {
        Console console = System.console();
        return console != null && isTerminal(console) && !"dumb".equals(System.getenv("TERM"));
    }

    private static boolean isTerminal(Console console) {
        try {
            Method isTerminal = Console.class.getMethod("isTerminal");
            return (boolean) isTerminal.invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
