package io.ingest4j.examples.files;

import io.ingest4j.api.Progress;
import java.io.PrintStream;
import java.time.Duration;

/** Shows people how far the files are. Safe for use by several threads. */
public interface FileView {

    /** How often a line is written of a file where nobody looks on. */
    Duration LINE_PERIOD = Duration.ofSeconds(5);

    /**
     * Shows how far a file is.
     *
     * @param name the object's key
     * @param progress how far it is
     * @param isEnd whether that was the last of it
     */
    void show(String name, Progress progress, boolean isEnd);

    /**
     * Shows nothing.
     *
     * @return for programs whose log tells it
     */
    static FileView none() {
        return (name, progress, isEnd) -> {};
    }

    /**
     * Shows bars on a terminal, else lines now and then.
     *
     * @param out where to
     * @param isTerminal whether it can draw
     * @return a new view
     */
    static FileView on(PrintStream out, boolean isTerminal) {
        return isTerminal ? new FileBars(out) : new FileLines(out, LINE_PERIOD);
    }
}
