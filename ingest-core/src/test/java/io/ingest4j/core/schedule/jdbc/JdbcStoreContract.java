package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.ScheduleStoreContract;
import io.ingest4j.core.schedule.Settlement;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;
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
        if (database.isPostgres()) {
            database.addVirtualClock(micros());
        }
        return store(database.source(), ItemForm.strings());
    }

    JdbcScheduleStore<String> store(DataSource source, ItemForm<String> form) {
        JdbcScheduleStore<String> made = JdbcScheduleStore.of(source, form);
        return database.isPostgres() ? made.postgresClock(TestDatabase.VIRTUAL_CLOCK) : made;
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
        one.begun();
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
                        "the schedule's tables must have at most version 2, which this release"
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
    void a_submission_is_open_until_it_has_ended() {
        ScheduleQueue<String> queue = open(rules(2));
        String id = queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d"));
        assertThat(queue.isOpen(id)).isTrue();
        List<ScheduledItem<String>> items = claim(queue);
        complete(queue, items);
        assertThat(queue.isOpen(id)).isTrue();
        queue.cancel(id);
        assertThat(queue.isOpen(id)).isFalse();
        String other = queue.submit(of(Priority.MEDIUM, "e"));
        complete(queue, claim(queue));
        assertThat(queue.isOpen(other)).isFalse();
        assertThat(queue.isOpen("none")).isFalse();
    }

    @Test
    void what_the_form_cant_read_waits_for_one_that_can_and_holds_up_nothing() {
        store =
                store(
                        database.source(),
                        new ItemForm<>(Function.identity(), JdbcStoreContract::readGood));
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.HIGH, "bad", "a", "b", "c"));
        assertThat(names(claim(queue))).containsExactly("a", "b");
        assertThat(names(claim(queue))).containsExactly("c");
        String worse = queue.submit(of(Priority.HIGH, "worse"));
        assertThat(claim(queue)).isEmpty();
        assertThat(queue.claim().items()).isEmpty();
        queue.submit(of(Priority.LOW, "d"));
        assertThat(names(queue.claim().items())).containsExactly("d");
        assertThatThrownBy(() -> queue.status(id))
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("item 0 of submission " + id)
                .hasRootCauseMessage("not good");
        assertThatThrownBy(() -> queue.status(worse)).isInstanceOf(BadRecordException.class);
        assertThat(queue.isOpen(id)).isTrue();
        assertThat(queue.isOpen(worse)).isTrue();

        store = store(database.source(), ItemForm.strings());
        ScheduleQueue<String> able = open(rules());
        pass(Duration.ofMinutes(1));
        List<ScheduledItem<String>> items = able.claim().items();
        assertThat(names(items)).containsExactly("bad", "worse");
        assertThat(items).map(ScheduledItem::failedAttempts).containsOnly(0);
        assertThat(able.statistics().depth().values()).containsOnly(0L);
    }

    @Test
    void a_head_of_the_queue_that_cant_be_read_holds_up_nothing() {
        store =
                store(
                        database.source(),
                        new ItemForm<>(Function.identity(), JdbcStoreContract::readGood));
        ScheduleQueue<String> queue = open(rules());
        List<String> bad = Collections.nCopies(300, "bad");
        queue.submit(of(Priority.HIGH, bad.toArray(new String[0])));
        queue.submit(of(Priority.LOW, "a", "b"));
        assertThat(names(queue.claim().items())).containsExactly("a", "b");
        assertThat(database.number("SELECT COUNT(*) FROM ingest4j_item WHERE state = 5"))
                .isEqualTo(300);
    }

    @Test
    void a_scheduler_with_a_shorter_lease_ends_none_of_another() {
        ScheduleQueue<String> patient = open(rules());
        String id = patient.submit(of(Priority.MEDIUM, "a"));
        List<ScheduledItem<String>> items = claim(patient);
        ScheduleQueue<String> other = open(leased());
        assertThat(rules().lease()).isGreaterThan(SHORT_LEASE.multipliedBy(3));
        for (int i = 0; i < 3; i++) {
            pass(SHORT_LEASE.dividedBy(2));
            other.maintain();
            assertThat(other.claim().items()).isEmpty();
        }
        assertThat(complete(patient, items)).containsOnlyKeys(id);
    }

    @Test
    void a_first_schema_is_brought_up_to_date_and_its_ids_stay() {
        ScheduleQueue<String> queue = open(rules());
        queue.submit(of(Priority.HIGH, "a", "b"));
        String prefix =
                database.texts("SELECT value FROM ingest4j_meta WHERE name = 'prefix'").get(0);
        long number = database.number("SELECT MAX(number) FROM ingest4j_submission");
        queue.close();
        makeFirstSchema();

        ScheduleQueue<String> newer = open(rules());

        assertThat(newer.status(prefix + number)).isPresent();
        assertThat(newer.statistics().depth().get(Priority.HIGH)).isEqualTo(2);
        String next = newer.submit(of(Priority.LOW, "c"));
        assertThat(next).startsWith(prefix);
        assertThat(newer.status(next)).isPresent();
        assertThat(newer.status(next.substring(0, next.lastIndexOf('-')))).isEmpty();
    }

    void makeFirstSchema() {
        database.execute("ALTER TABLE ingest4j_worker DROP COLUMN lease");
        database.execute("ALTER TABLE ingest4j_dispatch DROP COLUMN begin_until");
        database.execute("DROP TABLE ingest4j_depth");
        database.execute("DROP INDEX ingest4j_item_delayed_since");
        database.execute("DROP INDEX ingest4j_submission_open");
        database.execute("DELETE FROM ingest4j_meta WHERE name IN ('secret', 'sequential')");
        database.execute("UPDATE ingest4j_meta SET value = '1' WHERE name = 'version'");
    }

    private static String readGood(String text) {
        if (text.equals("bad")) {
            throw new IllegalStateException("not good");
        }
        if (text.equals("worse")) {
            throw new StackOverflowError("not good at all");
        }
        return text;
    }

    @Test
    void texts_that_no_database_keeps_are_refused() {
        ScheduleQueue<String> queue = open(rules());
        for (String wrong : List.of("a\0", "a\ud800", "\udc00\ud800", "\ud800\ud800\udc00")) {
            assertThatThrownBy(() -> queue.submit(of(Priority.HIGH, "fine", wrong)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("items[1] must hold no ");
        }
        assertThatThrownBy(() -> queue.submit(of(Priority.HIGH, "a").withIdempotencyKey("\ud800")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("idempotencyKey must hold no unpaired surrogate");
        assertThatThrownBy(() -> queue.submit(of(Priority.HIGH, "a").withTenant("\udc00")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tenant must hold no unpaired surrogate");
        assertThat(names(claim(queue))).isEmpty();
    }

    @Test
    void a_reason_is_kept_whatever_it_holds() {
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.HIGH, "a"));
        ScheduledItem<String> item = claim(queue).get(0);
        queue.settle(List.of(Settlement.failed(item, "a\0b\ud83d\ude00c\ud83d")));
        assertThat(queue.status(id).orElseThrow().batches().get(0).failures())
                .containsEntry(0, "a\ufffdb\ud83d\ude00c\ufffd");
    }

    @Test
    void a_closed_queue_opens_no_connection() {
        ConnectionCount connections = new ConnectionCount(database.source());
        store = store(connections.source(), ItemForm.strings());
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.HIGH, "a"));
        queue.close();
        assertThat(connections.open()).isZero();
        assertThatThrownBy(() -> queue.status(id))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> queue.isOpen(id)).isInstanceOf(IllegalStateException.class);
        assertThat(connections.open()).isZero();
    }

    @Test
    void two_connections_are_enough() {
        ConnectionCount connections = new ConnectionCount(database.source());
        store = store(connections.source(), ItemForm.strings());
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.HIGH, "a"));
        complete(queue, claim(queue));
        queue.status(id);
        for (int i = 0; i < 3; i++) {
            pass(Duration.ofMinutes(1));
            queue.maintain();
            queue.statistics();
        }
        assertThat(connections.most()).isEqualTo(2);
    }

    @Test
    void claims_go_on_when_nothing_can_be_removed_or_counted() {
        ScheduleQueue<String> queue = open(leased());
        queue.submit(of(Priority.HIGH, "a"));
        pass(SHORT_LEASE.dividedBy(2));
        database.execute("ALTER TABLE ingest4j_known RENAME TO gone");
        queue.maintain();
        pass(SHORT_LEASE.dividedBy(2));
        assertThat(queue.isHeld()).isTrue();
        assertThat(names(queue.claim().items())).containsExactly("a");
    }

    /** What Spring's TransactionAwareDataSourceProxy does: within a transaction, its connection. */
    private static DataSource transactionAware(
            DataSource real, ThreadLocal<Connection> transaction) {
        return (DataSource)
                Proxy.newProxyInstance(
                        DataSource.class.getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (self, method, arguments) -> {
                            Connection bound = transaction.get();
                            return bound != null && method.getName().equals("getConnection")
                                    ? bound
                                    : method.invoke(real, arguments);
                        });
    }

    @Test
    void the_transaction_of_a_caller_is_left_alone() throws Exception {
        database.execute("CREATE TABLE orders (id BIGINT)");
        ThreadLocal<Connection> transaction = new ThreadLocal<>();
        store = store(transactionAware(database.source(), transaction), ItemForm.strings());
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            transaction.set(connection);
            ScheduleQueue<String> queue = open(rules());
            String id = queue.submit(of(Priority.HIGH, "a"));
            assertThat(names(claim(queue))).containsExactly("a");
            statement.execute("INSERT INTO orders VALUES (1)");
            assertThat(queue.status(id)).isPresent();
            assertThat(queue.isOpen(id)).isTrue();
            queue.statistics();
            assertThat(connection.getAutoCommit()).isFalse();
            connection.rollback();
            assertThat(connection.isClosed()).isFalse();
            transaction.remove();
            assertThat(database.number("SELECT COUNT(*) FROM orders")).isZero();
            assertThat(queue.status(id)).as("was acknowledged").isPresent();
        }
    }

    @Test
    void a_pool_with_one_connection_is_refused_at_the_start() {
        ConnectionCount connections = new ConnectionCount(database.source());
        connections.refuseBeyond(1);
        store = store(connections.source(), ItemForm.strings());
        assertThatThrownBy(() -> open(rules()))
                .isInstanceOf(IngestException.class)
                .hasMessage(
                        "the schedule's data source must give 2 connections at the same time, gave 1"
                                + " and then failed")
                .hasRootCauseMessage("the pool has no more than 1");
        assertThat(connections.open()).isZero();
    }

    @Test
    void a_start_that_fails_keeps_no_connection() {
        for (int call = 0; call < 6; call++) {
            ConnectionCount connections = new ConnectionCount(database.source());
            CutConnections cut = new CutConnections(connections.source());
            store = store(cut.source(), ItemForm.strings());
            cut.left.set(call);
            cut.keepsOpen = true;
            assertThatThrownBy(() -> open(rules())).isInstanceOf(IngestException.class);
            assertThat(connections.open()).as("cut at call %s", call).isZero();
        }
    }

    @Test
    void a_pool_of_two_connections_serves_two_schedulers_only_one_after_the_other() {
        ConnectionCount connections = new ConnectionCount(database.source());
        connections.refuseBeyond(2);
        store = store(connections.source(), ItemForm.strings());
        open(rules()).close();
        open(rules()).close();
        assertThat(connections.open()).isZero();
    }
}
