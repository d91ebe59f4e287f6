package io.ingest4j.examples;

/** The text that {@code --help} prints. */
final class Help {

    static final String TEXT =
            """
            Moves the records of a CSV object on S3 to an HTTP API as JSON, never faster than allowed.

            Without settings it starts an S3 server and an API of its own, writes 100,000 records and
            moves them, one a request. The API enforces the limit and checks every record.

              --records N       records in its own object (100000); not with ends of yours
              --batch-size N    records in one request, over BATCH_SIZE; 1 sends an object, more an array
              --rate N          requests per period, over RATE_LIMIT_CALLS; 0 is unlimited; its own API
                                enforces the same
              --report FILE     writes the report as JSON, with its own API's counts as "server"
              --replay FILE     tries the records again that FILE holds, instead of the object's
              --start-over      begins at the start, wherever the last run came to
              --state DIR       where checkpoints are kept (state)
              --failed FILE     where records go that are given up (failed.ndjson; failed-again.ndjson
                                with --replay)
              --serve           starts both servers and writes the object, prints the settings that a
                                job in another JVM needs as KEY=value, and serves until stopped
              --help            prints this

            Settings, from the environment or a file .env in the working directory (the command line
            comes before the environment, that before the file; empty counts as not set):

              S3_BUCKET         these three make it run on ends of yours: the bucket,
              S3_KEY            the key of the object (gzip if it ends in .gz; UTF-8, with a header),
              API_ENDPOINT      the URI that records are posted to
              S3_ENDPOINT       an S3 server other than AWS; then buckets go into the path, and
                                the region is us-east-1 unless set
              AWS_REGION        and all else by which the AWS SDK finds region and credentials;
                                AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN in .env too
              BATCH_SIZE        records in one request (1000; 1 without ends of yours)
              MAX_WORKERS       requests in flight (20)
              RATE_LIMIT_CALLS  requests per period, retries included; 0 is unlimited (5000)
              RATE_LIMIT_PERIOD seconds of the sliding period (1)
              MAX_UNCHECKPOINTED  records that may be sent again after a crash (100000)
              CHUNK_SIZE        KiB of one read from S3 (8192, less in a heap below 256 MiB); reading takes
                                three times this in memory

            Stopped, paused, failed or killed, the same command goes on where the last run came to. An
            object that changed meanwhile is refused.

            Exit codes: 0 completed, 1 failed, 2 bad settings, 3 paused since too many records fail, 130
            stopped by a signal. The first Ctrl-C ends what is in flight and reports. Details are in
            logs/processor.log.""";

    private Help() {}
}
