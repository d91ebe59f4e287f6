package io.ingest4j.examples.files;

import io.ingest4j.api.Progress;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** A bar of each file, all drawn again in their places when one moves. */
final class FileBars implements FileView {

    /** What fits on most terminals; a longer line would move all that is below. */
    private static final int COLUMNS = 79;

    private static final int BAR = 20;
    private static final int NAME = 24;
    private static final String CLEAR_LINE = "\u001b[K";

    private final PrintStream out;
    private final Map<String, String> bars = new LinkedHashMap<>();
    private int drawn;

    FileBars(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void show(String name, Progress progress, boolean isEnd) {
        bars.put(name, bar(name, progress, isEnd));
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append("\u001b[").append(drawn).append('A');
        }
        for (String bar : bars.values()) {
            text.append('\r').append(bar).append(CLEAR_LINE).append('\n');
        }
        drawn = bars.size();
        out.print(text);
        out.flush();
    }

    private static String bar(String name, Progress progress, boolean isEnd) {
        String file = name.substring(name.lastIndexOf('/') + 1);
        String shown =
                file.length() <= NAME ? file : "…" + file.substring(file.length() - NAME + 1);
        String bar =
                progress.totalBytes() < 0
                        ? "[" + (isEnd ? "=" : "?").repeat(BAR) + "]"
                        : "[" + filled(progress) + "]";
        String line =
                String.format("%-" + NAME + "s %s %s", shown, bar, FileLines.figures(progress));
        return line.length() <= COLUMNS ? line : line.substring(0, COLUMNS);
    }

    private static String filled(Progress progress) {
        int full =
                progress.totalBytes() == 0
                        ? BAR
                        : (int) Math.min(BAR, BAR * progress.readBytes() / progress.totalBytes());
        return "=".repeat(full) + " ".repeat(BAR - full);
    }
}
