/**
 * What the loops of a run and of a scheduler have in common: the way other threads reach them, the
 * attempts under way, and the checks of settings. Not for users: the module doesn't export it.
 */
@NullMarked
package io.ingest4j.core.loop;

import org.jspecify.annotations.NullMarked;
