package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.ScheduleStoreContract;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the stores in databases do beyond the others. */
abstract class JdbcStoreContract extends ScheduleStoreContract {

    TestDatabase database;

    static final Duration SHORT_LEASE = Duration.ofSeconds(30);

    static ScheduleRules leased() {
        ScheduleRules some = rules();
        return new ScheduleRules(
                some.batchSize(),
                some.period(),
                some.maxWait(),
                false,
                some.idempotencyWindow(),
                some.maxQueued(),
                some.retention(),
                SHORT_LEASE);
    }

    abstract TestDatabase createDatabase() throws Exception;

    @Override
    protected JdbcScheduleStore<String> create() throws Exception {
        database = createDatabase();
        JdbcScheduleStore<String> made =
                JdbcScheduleStore.of(database.source(), ItemForm.strings());
        if (!database.isPostgres()) {
            return made;
        }
        database.addVirtualClock(micros());
        return made.postgresClock(TestDatabase.VIRTUAL_CLOCK);
    }

    @Override
    protected void pass(Duration time) {
        super.pass(time);
        setClock(micros());
    }

    void setClock(long micros) {
        if (database.isPostgres()) {
            database.setVirtualClock(micros);
        }
    }

    private long micros() {
        return MIDNIGHT.toEpochMilli() * 1000 + clock.elapsedNanos() / 1000;
    }

    @Test
    void grants_one_claim_in_a_period_whoever_asks() {
        ScheduleQueue<String> one = open(rules(1));
        ScheduleQueue<String> other = open(rules(1));
        one.submit(of(Priority.HIGH, "a", "b", "c"));
        assertThat(names(one.claim().items())).containsExactly("a");
        assertThat(one.claim().items()).isEmpty();
        assertThat(other.claim().items()).isEmpty();
        pass(PERIOD.minusNanos(1_000));
        ScheduleQueue.Claim<String> early = other.claim();
        assertThat(early.items()).isEmpty();
        assertThat(early.waitNanos()).isEqualTo(1_000);
        pass(Duration.ofNanos(1_000));
        assertThat(names(other.claim().items())).containsExactly("b");
        assertThat(one.claim().items()).isEmpty();
    }

    @Test
    void what_a_dead_process_had_is_taken_when_its_lease_ends() {
        ScheduleQueue<String> dead = open(leased());
        String id = dead.submit(of(Priority.MEDIUM, "a", "b"));
        List<ScheduledItem<String>> taken = claim(dead);
        ScheduleQueue<String> other = open(leased());
        pass(SHORT_LEASE.minus(PERIOD.multipliedBy(2)));
        other.maintain();
        assertThat(other.claim().items()).isEmpty();
        assertThat(other.claim().waitNanos()).isBetween(1L, PERIOD.toNanos());
        assertThat(dead.isHeld()).isTrue();
        pass(PERIOD);
        assertThat(dead.isHeld()).isFalse();

        List<ScheduledItem<String>> again = other.claim().items();
        assertThat(names(again)).containsExactly("a", "b");
        assertThat(again).map(ScheduledItem::failedAttempts).containsExactly(0, 0);
        assertThat(complete(dead, taken)).isEmpty();
        assertThat(batchStates(other, id)).containsExactly(State.TRIGGERED);
        dead.maintain();
        assertThat(dead.isHeld()).isTrue();
        assertThat(complete(dead, taken)).isEmpty();
        assertThat(complete(other, again)).containsExactly(Map.entry(id, State.COMPLETED));
    }

    @Test
    void a_lease_that_ended_counts_no_more_even_if_nobody_took_the_items() {
        ScheduleQueue<String> queue = open(leased());
        String id = queue.submit(of(Priority.MEDIUM, "a"));
        List<ScheduledItem<String>> late = claim(queue);
        pass(SHORT_LEASE);
        assertThat(complete(queue, late)).isEmpty();
        assertThat(queue.claim().items()).isEmpty();
        queue.maintain();
        List<ScheduledItem<String>> again = queue.claim().items();
        assertThat(names(again)).containsExactly("a");
        assertThat(complete(queue, late)).as("of the earlier lease").isEmpty();
        assertThat(complete(queue, again)).containsOnlyKeys(id);
    }

    @Test
    void a_lease_that_is_renewed_lives() {
        ScheduleQueue<String> queue = open(leased());
        ScheduleQueue<String> other = open(leased());
        String id = queue.submit(of(Priority.MEDIUM, "a"));
        List<ScheduledItem<String>> items = claim(queue);
        for (int i = 0; i < 10; i++) {
            pass(SHORT_LEASE.dividedBy(2));
            queue.maintain();
            other.maintain();
            assertThat(other.claim().items()).isEmpty();
        }
        assertThat(queue.isHeld()).isTrue();
        assertThat(complete(queue, items)).containsOnlyKeys(id);
    }

    @Test
    void a_newer_schema_is_refused() {
        open(rules()).close();
        database.execute("UPDATE ingest4j_meta SET value = '1000' WHERE name = 'version'");
        assertThatThrownBy(() -> open(rules()))
                .isInstanceOf(IngestException.class)
                .hasMessage(
                        "the schedule's tables must have at most version 1, which this release"
                                + " knows, had 1000");
    }

    @Test
    void stores_with_other_prefixes_have_nothing_in_common() {
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.MEDIUM, "a"));
        store = ((JdbcScheduleStore<String>) store).tablePrefix("other_");
        ScheduleQueue<String> other = open(rules());
        assertThat(other.status(id)).isEmpty();
        assertThat(claim(other)).isEmpty();
        assertThat(names(queue.claim().items())).containsExactly("a");
    }

    @Test
    void names_that_are_no_plain_names_are_refused() {
        JdbcScheduleStore<String> some = (JdbcScheduleStore<String>) store;
        assertThatThrownBy(() -> some.tablePrefix("x; drop table y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tablePrefix must match");
        assertThatThrownBy(() -> some.schema("A"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("schema must match");
    }

    @Test
    void old_dispatches_and_keys_are_removed() {
        ScheduleQueue<String> queue = open(rules(1));
        queue.submit(of(Priority.MEDIUM, "a", "b", "c").withIdempotencyKey("k"));
        claim(queue);
        claim(queue);
        pass(Duration.ofHours(1));
        queue.maintain();
        assertThat(database.number("SELECT COUNT(*) FROM ingest4j_dispatch")).isEqualTo(1);
        assertThat(database.number("SELECT COUNT(*) FROM ingest4j_known")).isZero();
    }

    @Test
    void a_state_is_that_of_the_status() {
        ScheduleQueue<String> queue = open(rules(2));
        String id = queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d"));
        assertThat(queue.state(id)).contains(State.YET_TO_START);
        List<ScheduledItem<String>> items = claim(queue);
        assertThat(queue.state(id)).contains(State.TRIGGERED);
        complete(queue, items);
        assertThat(queue.state(id)).contains(State.TRIGGERED);
        queue.cancel(id);
        assertThat(queue.state(id)).contains(State.CANCELLED);
        String other = queue.submit(of(Priority.MEDIUM, "e"));
        complete(queue, claim(queue));
        assertThat(queue.state(other)).contains(State.COMPLETED);
        assertThat(queue.state("none")).isEmpty();
    }
}
