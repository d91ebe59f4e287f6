/**
 * Contract tests that every implementation of an interface of this library must pass, and the tools
 * that they need: a clock to simulate with, a checker for rate limits.
 */
@NullMarked
package io.ingest4j.testkit;

import org.jspecify.annotations.NullMarked;
