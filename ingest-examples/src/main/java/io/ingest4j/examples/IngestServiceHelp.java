package io.ingest4j.examples;

/** The text that {@code IngestService --help} prints. */
final class IngestServiceHelp {

    static final String TEXT =
            """
            Takes lists of ids with a priority over HTTP and has an external system process them, so many
            in a period, the most urgent first. The page at / shows what happens; /docs describes the API.

              --demo            plays an example without a server, about ten seconds, and prints one line
                                for each dispatch
              --help            prints this

            Settings, from the environment or a file .env in the working directory (the environment
            comes first; empty counts as not set):

              PORT              where to listen; 0 for any free port (8000)
              HOST              the address to listen on; 0.0.0.0 for every one, so that others reach it:
                                there is no authentication (127.0.0.1, for this machine only)
              LOG_LEVEL         DEBUG, with every request, INFO, WARNING or ERROR (INFO)
              BATCH_SIZE        ids of a batch, and of a dispatch, at the most (3)
              BATCH_DELAY       seconds in which there is at most one dispatch; fractions from 0.001
                                allowed, 0 for no limit (5)
              IDEMPOTENCY_WINDOW_SECONDS  how long an Idempotency-Key is known (300)
              DATABASE_URL      postgresql://user:password@host:port/database, also for several
                                processes of the service; memory for none (a file of SQLite)
              DATABASE_FILE     that file, for one process (ingest.db)
              MAX_IDS           ids of a submission, at the most (10000)
              MAX_IN_FLIGHT     ids under way, and connections to EXTERNAL_URL (1000;
                                with EXTERNAL_URL 64, or ten times BATCH_SIZE if that is more)
              MAX_QUEUED        ids that may wait (1000000)
              MAX_WAIT_SECONDS  for each such time an id counts as one priority higher; 0 for never (0)
              MAX_ATTEMPTS      how often an id is tried (5)
              DEAD_LETTER_FILE  gets the ids that are given up, as NDJSON (none)
              RETENTION_HOURS   how long a submission is kept after its end (24)
              LEASE_SECONDS     after how long a process that shows no life has lost its ids (30)
              STOP_SECONDS      how long a stop waits for what is being processed (30)
              MAX_BODY_KB       KiB of a request's body (1024)
              CLIENT_REQUESTS_PER_SECOND  to /ingest, /status and /live/..., by the client's address; 0: any
                                number (0)
              TRUST_FORWARDED_FOR  true if a proxy in front tells the client's address, as the last
                                in X-Forwarded-For (false)
              CORS_ORIGINS      whose pages may use the API: origins separated by commas, or * (none)
              EXTERNAL_URL      gets each id as POST {"id": 1} (the system is simulated)
              EXTERNAL_TIMEOUT  seconds of an attempt (30)
              SIMULATED_MIN_MS  milliseconds that the simulated system takes for an id, at the least (1000)
              SIMULATED_MAX_MS  and at the most (3000)
              SIMULATED_FAILURES  the share of attempts that fail there, from 0 to 1 (0)
              SIMULATED_REJECTIONS  the share of ids that it never takes, from 0 to 1 (0)
              SIMULATED_SEED    which ones (1)

            Exit codes: 0 the example was played, 1 the service could not start or go on, 2 bad arguments or
            settings, 130 stopped by a signal.""";

    private IngestServiceHelp() {}
}
