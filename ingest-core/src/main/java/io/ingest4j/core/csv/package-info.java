/**
 * Reads and writes CSV as bytes.
 *
 * <p>{@link io.ingest4j.core.csv.Csv} makes a {@link io.ingest4j.core.csv.CsvFormat}, the dialect; {@link
 * io.ingest4j.core.csv.CsvFormat#read} makes a source of rows from any byte source, and {@link
 * io.ingest4j.core.csv.CsvFormat#encoder()} turns rows into text/csv. Behind them, in the order in which a record
 * passes: the input hands out bytes as UTF-8, the scanner finds the separators of a block at a time and hands
 * doubtful records to the framer, which knows the exact rules; the table holds the fields found, and a batch and its
 * rows are views of it.
 */
@NullMarked
package io.ingest4j.core.csv;

import org.jspecify.annotations.NullMarked;
