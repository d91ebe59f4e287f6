/** Shows people how a run gets on. */
@NullMarked
package io.ingest4j.core.report;

import org.jspecify.annotations.NullMarked;
