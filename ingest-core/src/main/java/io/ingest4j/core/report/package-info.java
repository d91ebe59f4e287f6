/** Shows people how a run gets on, and monitoring systems what it did. */
@NullMarked
package io.ingest4j.core.report;

import org.jspecify.annotations.NullMarked;
