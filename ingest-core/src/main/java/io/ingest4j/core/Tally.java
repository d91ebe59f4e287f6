package io.ingest4j.core;

/** What is counted in a run, and who hears of it. */
record Tally(Ledger ledger, Errors errors, Rates rates, Audience audience) {

    static Tally of(Job<?, ?> job) {
        return new Tally(
                new Ledger(), new Errors(), new Rates(), new Audience(job.name(), job.listeners()));
    }
}
