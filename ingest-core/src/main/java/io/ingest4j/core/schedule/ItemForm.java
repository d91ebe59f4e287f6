package io.ingest4j.core.schedule;

import java.math.BigInteger;
import java.util.Objects;
import java.util.function.Function;

/**
 * How items stand in a database: as text that can be read back.
 *
 * @param print gives the text of an item, without NUL and unpaired surrogates; called by any thread
 * @param parse gives an equal item; called by any thread
 * @param <T> the item type
 * @since 0.1
 */
public record ItemForm<T>(Function<T, String> print, Function<String, T> parse) {

    /** Checks that nothing is missing. */
    public ItemForm {
        Objects.requireNonNull(print, "print");
        Objects.requireNonNull(parse, "parse");
    }

    /**
     * Keeps texts as they are.
     *
     * @return the form of texts without NUL and unpaired surrogates
     */
    public static ItemForm<String> strings() {
        return new ItemForm<>(Function.identity(), Function.identity());
    }

    /**
     * Keeps numbers as decimal digits.
     *
     * @return the form of numbers
     */
    public static ItemForm<Long> longs() {
        return new ItemForm<>(String::valueOf, Long::valueOf);
    }

    /**
     * Keeps numbers of any size as decimal digits.
     *
     * @return the form of numbers
     */
    public static ItemForm<BigInteger> bigIntegers() {
        return new ItemForm<>(BigInteger::toString, BigInteger::new);
    }
}
