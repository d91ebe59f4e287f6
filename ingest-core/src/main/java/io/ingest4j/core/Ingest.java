package io.ingest4j.core;

import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a user begins: moves the records of a source to a sink.
 *
 * <pre>{@code
 * IngestReport report = Ingest.from(source)
 *         .batchSize(1_000)
 *         .rateLimit(RateLimiters.perSecond(5_000))
 *         .to(sink)
 *         .run();
 * }</pre>
 *
 * <p>Mappers and filters run on the run's own thread, so they must be quick; one that throws makes a
 * dead letter of its record. They must be deterministic, as a continued run applies them again. Not
 * thread-safe.
 *
 * @param <T> the type of the records
 * @since 0.1
 */
public final class Ingest<T> extends IngestOptions<Ingest<T>> {

    private final RecordSource<?> source;
    private final Job.Transform transform;

    private Ingest(RecordSource<?> source, Job.Transform transform) {
        this.source = source;
        this.transform = transform;
    }

    /**
     * Begins with a source.
     *
     * @param source where the records come from
     * @param <T> their type
     * @return a builder
     */
    public static <T> Ingest<T> from(RecordSource<T> source) {
        return new Ingest<>(Objects.requireNonNull(source, "source"), record -> record);
    }

    /**
     * Begins with the source behind a URI, such as {@code s3://bucket/customers.csv}: the scheme
     * chooses the transport and the ending of the path the format, both among what is on the class or
     * module path.
     *
     * @param uri an absolute URI
     * @return a builder
     * @throws IllegalArgumentException if nothing stands for the scheme or the ending
     */
    public static Ingest<Row> from(String uri) {
        return from(Ends.source(Ends.parse(uri)));
    }

    /**
     * Changes each record.
     *
     * @param mapper makes one record of one; never returns null
     * @param <R> the type of its results
     * @return a builder for records of that type
     */
    public <R> Ingest<R> map(Function<? super T, ? extends R> mapper) {
        Objects.requireNonNull(mapper, "mapper");
        return with(
                record -> {
                    @SuppressWarnings("unchecked") // what came before makes records of type T
                    T typed = (T) record;
                    return Objects.requireNonNull(mapper.apply(typed), "the mapper's result");
                });
    }

    /**
     * Leaves out records, which the ledger counts as skipped.
     *
     * @param filter true for the records that stay
     * @return a builder
     */
    public Ingest<T> filter(Predicate<? super T> filter) {
        Objects.requireNonNull(filter, "filter");
        return with(
                record -> {
                    @SuppressWarnings("unchecked") // what came before makes records of type T
                    T typed = (T) record;
                    return filter.test(typed) ? record : null;
                });
    }

    private <R> Ingest<R> with(Job.Transform next) {
        Job.Transform before = transform;
        Ingest<R> longer =
                new Ingest<>(
                        source,
                        record -> {
                            @Nullable Object value = before.apply(record);
                            return value == null ? null : next.apply(value);
                        });
        copyTo(longer);
        return longer;
    }

    /**
     * Ends with a sink.
     *
     * @param sink where the records go
     * @return the job, to be run
     */
    public IngestJob to(RecordSink<? super T> sink) {
        IngestJob job = new IngestJob(source, transform, Objects.requireNonNull(sink, "sink"));
        copyTo(job);
        return job;
    }

    /**
     * Ends with the sink behind a URI, such as {@code https://api.example.com/process}, which takes
     * {@link Row}s: the scheme chooses it among what is on the class or module path.
     *
     * @param uri an absolute URI
     * @return the job, to be run
     * @throws IllegalArgumentException if nothing stands for the scheme
     */
    public IngestJob to(String uri) {
        IngestJob job = new IngestJob(source, transform, Ends.sink(Ends.parse(uri)));
        copyTo(job);
        return job;
    }

    @Override
    Ingest<T> self() {
        return this;
    }
}
