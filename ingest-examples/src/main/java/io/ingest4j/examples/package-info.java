/** Programs that show the library at work, each on servers of its own by default. */
@NullMarked
package io.ingest4j.examples;

import org.jspecify.annotations.NullMarked;
