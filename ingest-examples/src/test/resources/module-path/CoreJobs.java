package app;

import io.ingest4j.core.Ingest;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sql.DataSource;

/** From file to file, and a store of schedules that is not opened. */
public final class CoreJobs {

    public static void main(String[] args) throws IOException {
        var file = Files.writeString(Path.of("customers.csv"), "id,name\n1,Anna\n");
        var report =
                Ingest.from(file.toUri().toString())
                        .name("copy")
                        .to(FileSink.of(Path.of("copy.csv"), Csv.withHeader().encoder()))
                        .run();
        var database =
                (DataSource)
                        Proxy.newProxyInstance(
                                CoreJobs.class.getClassLoader(),
                                new Class<?>[] {DataSource.class},
                                (proxy, method, arguments) -> {
                                    throw new UnsupportedOperationException();
                                });
        JdbcScheduleStore.of(database, ItemForm.longs());
        System.out.println("core " + report.ledger().delivered());
    }
}
