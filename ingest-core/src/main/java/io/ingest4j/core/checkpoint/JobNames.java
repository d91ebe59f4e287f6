package io.ingest4j.core.checkpoint;

import io.ingest4j.api.Checkpoint;
import java.util.regex.Pattern;

/** The rules for names of jobs, which become names of files. */
final class JobNames {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    private JobNames() {}

    static String require(String job) {
        if (!NAME.matcher(job).matches()) {
            throw new IllegalArgumentException(
                    "job must be 1 to 100 letters, digits, dots, dashes and underscores (ASCII), was '"
                            + job
                            + "'");
        }
        return job;
    }

    /** The form of a checkpoint that belongs to the job. */
    static byte[] encode(String job, Checkpoint checkpoint) {
        if (!checkpoint.job().equals(job)) {
            throw new IllegalArgumentException(
                    "checkpoint must be of job '" + job + "', was of '" + checkpoint.job() + "'");
        }
        return checkpoint.encode();
    }
}
