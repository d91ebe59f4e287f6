/** Finds the settings of the programs: command line, environment, {@code .env} file. */
@NullMarked
package io.ingest4j.examples.settings;

import org.jspecify.annotations.NullMarked;
