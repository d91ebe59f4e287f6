/**
 * What the surroundings provide: the clock, and through {@link java.util.ServiceLoader} the sources
 * and sinks that stand behind a URI.
 */
@NullMarked
package io.ingest4j.spi;

import org.jspecify.annotations.NullMarked;
