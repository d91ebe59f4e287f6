package io.ingest4j.http;

import java.io.Serializable;
import java.util.function.Supplier;

/**
 * A supplier that can be sent to another machine with the sink or source that holds it.
 *
 * @param <T> what it supplies
 * @since 0.1
 */
@FunctionalInterface
public interface SerializableSupplier<T> extends Supplier<T>, Serializable {}
