package io.ingest4j.examples;

/** The text that {@code HttpToS3 --help} prints. */
final class HttpToS3Help {

    static final String TEXT =
            """
            Streams files from HTTP into objects on S3, without a disk: those that the object
            config/parameters.json of the bucket lists as {"file_urls": ["https://…", …]}.

            Without settings it starts a file server and an S3 server of its own, and streams two files
            of 200 MB and an empty one.

              --file-mb N       the size of its own files (200); not with a bucket of yours
              --serve           starts both servers, prints the settings that a program in another JVM
                                needs as KEY=value, and serves until stopped
              --help            prints this

            Settings, from the environment or a file .env in the working directory (the environment
            comes first; empty counts as not set):

              BUCKET_NAME       the bucket of the parameters and of the files
              PATH_PREFIX       files become PATH_PREFIX/YYYY/MM/DD/NAME, by the UTC day (raw)
              CONCURRENCY       files at a time (2)
              S3_PART_MB        MiB of a part of an upload, from 5 (50)
              S3_PARTS_IN_FLIGHT  parts of a file in memory: one fills while others are uploaded (2)
              HTTP_CHUNK_KB     KiB of a download that are handed on at once (1024)
              SUFFIX_MAP        names by a part of the URL, as key or key=name, separated by commas
                                (rent_contracts,transactions,projects,units,developers,buildings: key.csv)
              RESUME            true keeps what a run can't finish under config/state/, and the next
                                run of the same UTC day goes on there (false: it is aborted)
              STATE_SECONDS     how often that is written down while files are streamed, for a run that is
                                killed (30)
              ORPHAN_HOURS      unfinished uploads under PATH_PREFIX/ that are older are aborted; 0 for
                                never (24)
              ALLOW_PRIVATE_ADDRESSES  true for files on hosts that aren't public (false)
              LOG_LEVEL         DEBUG, INFO, WARNING or ERROR (INFO)
              S3_ENDPOINT       an S3 server other than AWS; then buckets go into the path, and
                                the region is us-east-1 unless set
              AWS_REGION        and all else by which the AWS SDK finds region and credentials

            The result is JSON on standard output, the log JSON lines on standard error; with its own
            servers there are bars instead, or lines for people, and of the log only warnings. Exit codes:
            0 all files are there, 1 one or more are not, 2 bad arguments, 130 stopped by a signal.""";

    private HttpToS3Help() {}
}
