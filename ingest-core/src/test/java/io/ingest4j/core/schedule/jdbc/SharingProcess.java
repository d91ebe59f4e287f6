package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.PriorityScheduler;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One of several processes that schedule what lies in one database. Ends with its standard input. */
final class SharingProcess {

    static final Duration PERIOD = Duration.ofMillis(50);
    static final Duration LEASE = Duration.ofSeconds(2);
    static final int BATCH_SIZE = 5;

    private SharingProcess() {}

    public static void main(String[] arguments) throws Exception {
        TestDatabase database = TestDatabase.postgres(arguments[0]);
        Connection calls = database.source().getConnection();
        PreparedStatement call =
                calls.prepareStatement(
                        "INSERT INTO calls (item, process, called_at) VALUES (?, ?, CAST(EXTRACT(EPOCH"
                                + " FROM clock_timestamp()) * 1000000 AS BIGINT))");
        call.setLong(2, ProcessHandle.current().pid());
        Random random = new Random(ProcessHandle.current().pid());
        PriorityBatchScheduler<String> scheduler =
                PriorityScheduler.<String>calling(
                                item -> {
                                    record(call, item);
                                    return CompletableFuture.runAsync(
                                            () -> {},
                                            CompletableFuture.delayedExecutor(
                                                    random.nextInt(300), TimeUnit.MILLISECONDS));
                                })
                        .batchSize(BATCH_SIZE)
                        .period(PERIOD)
                        .lease(LEASE)
                        .store(JdbcScheduleStore.of(database.source(), ItemForm.strings()))
                        .start();
        System.out.println("started");
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
        scheduler.close();
        calls.close();
    }

    private static void record(PreparedStatement call, String item) {
        try {
            call.setString(1, item);
            call.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
