/**
 * Locks against other runs, on this machine and within this process. Not for users: the module doesn't
 * export it.
 */
@NullMarked
package io.ingest4j.core.lock;

import org.jspecify.annotations.NullMarked;
