package io.ingest4j.examples;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import java.io.PrintStream;
import java.util.Locale;

/** Says that a run continues others, and when they have left nothing to do. */
final class Continuation implements IngestListener {

    private final PrintStream out;
    private long doneBefore;

    Continuation(PrintStream out) {
        this.out = out;
    }

    @Override
    public void onStart(Progress progress) {
        doneBefore = progress.done();
        if (doneBefore > 0) {
            out.println(
                    String.format(
                            Locale.ROOT, "continuing: %,d records are done already", doneBefore));
        }
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        if (state == RunState.COMPLETED && doneBefore > 0 && progress.done() == doneBefore) {
            out.println("nothing was left to do; --start-over does it again");
        }
    }
}
