/**
 * A service that takes lists of ids with a priority and has them processed, so many in a period. Start
 * at {@link io.ingest4j.examples.service.RunningService}, which puts the parts together: the API
 * submits to the scheduler, that calls the external system, and the live page shows what happens.
 */
@NullMarked
package io.ingest4j.examples.service;

import org.jspecify.annotations.NullMarked;
