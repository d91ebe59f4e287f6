/** JSON out of rows: one object, an array of objects, or a line for each object. */
@NullMarked
package io.ingest4j.core.json;

import org.jspecify.annotations.NullMarked;
