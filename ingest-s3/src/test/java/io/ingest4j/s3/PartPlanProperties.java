package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class PartPlanProperties {

    private static final long TIB = 1L << 40;
    private static final long MIB = 1L << 20;

    private static PartPlan plan(long partBytes, int inFlight) {
        return PartPlan.DEFAULT.withPartBytes(partBytes).withPartsInFlight(inFlight);
    }

    @Property
    void ten_thousand_parts_hold_any_length_that_is_known(
            @ForAll @LongRange(min = 5 * MIB, max = 5L << 30) long partBytes,
            @ForAll @IntRange(min = 1, max = 256) int inFlight,
            @ForAll @LongRange(min = 0, max = 5 * TIB) long length) {
        PartPlan plan = plan(partBytes, inFlight).withExpectedLength(length);
        assertThat(plan.size(1)).isBetween(partBytes, 5L << 30);
        assertThat(plan.size(1)).isEqualTo(plan.size(10_000));
        assertThat(plan.size(1) * 10_000).isGreaterThanOrEqualTo(length);
        assertThat(plan.budget()).isEqualTo(plan.size(1) * inFlight);
    }

    @Property
    void parts_grow_and_never_need_more_than_half_the_memory(
            @ForAll @LongRange(min = 5 * MIB, max = 5L << 30) long partBytes,
            @ForAll @IntRange(min = 1, max = 256) int inFlight,
            @ForAll @IntRange(min = 1, max = 9_999) int number) {
        PartPlan plan = plan(partBytes, inFlight);
        assertThat(plan.size(number)).isBetween(partBytes, 5L << 30);
        assertThat(plan.size(number + 1)).isGreaterThanOrEqualTo(plan.size(number));
        assertThat(plan.size(number)).isLessThanOrEqualTo(plan.budget());
        if (inFlight > 1) {
            assertThat(plan.size(number)).isLessThanOrEqualTo(plan.budget() / 2);
        }
    }

    /** Cuts early whenever that is allowed, and still gets all of it into 10,000 parts. */
    @Property(tries = 200)
    void early_cuts_leave_enough_parts_for_a_known_length(
            @ForAll @LongRange(min = 5 * MIB, max = 100 * MIB) long partBytes,
            @ForAll @LongRange(min = 5 * MIB, max = 40 * MIB) long tail,
            @ForAll @LongRange(min = 0, max = 5 * TIB) long expected) {
        PartPlan plan = plan(partBytes, 2).withExpectedLength(expected);
        long length = 0;
        int number = 1;
        while (length < expected) {
            boolean early = plan.allowsEarlyCut(number, tail, length + tail);
            length += early ? Math.min(tail, plan.size(number)) : plan.size(number);
            number++;
        }
        assertThat(number - 1).isLessThanOrEqualTo(10_000);
    }

    @Property
    void known_length_takes_half_of_the_numbers_where_parts_can_be_so_large(
            @ForAll @LongRange(min = 5 * MIB, max = 100 * MIB) long partBytes,
            @ForAll @LongRange(min = 0, max = 24 * TIB) long expected) {
        PartPlan plan = plan(partBytes, 4).withExpectedLength(expected);
        assertThat(plan.size(1) * 5_000).isGreaterThanOrEqualTo(expected);
    }

    @Property
    void no_tail_over_16_mib_is_kept_up_to_part_9_000(
            @ForAll @IntRange(min = 1, max = 10_000) int number,
            @ForAll @LongRange(min = 5 * MIB, max = 100 * MIB) long size) {
        boolean cut = PartPlan.DEFAULT.allowsEarlyCut(number, size, number * size);
        if (number > 9_000) {
            assertThat(cut).isFalse();
        } else if (number <= 2_500 || size >= 16 * MIB) {
            assertThat(cut).isTrue();
        }
    }

    @Example
    void smallest_cuts_of_an_unknown_length_leave_180_gib() {
        PartPlan plan = PartPlan.DEFAULT;
        long length = 0;
        for (int number = 1; number <= 10_000; number++) {
            long size = 5 * MIB;
            while (size < plan.size(number) && !plan.allowsEarlyCut(number, size, length + size)) {
                size += MIB / 8;
            }
            length += size;
        }
        assertThat(length >> 30).isBetween(180L, 190L);
    }

    @Example
    void sizes_without_a_known_length_are_as_documented() {
        PartPlan plan = PartPlan.DEFAULT;
        assertThat(plan.size(1)).isEqualTo(50 * MIB);
        assertThat(plan.size(2_500)).isEqualTo(50 * MIB);
        assertThat(plan.size(2_501)).isEqualTo(100 * MIB);
        assertThat(plan.size(10_000)).isEqualTo(100 * MIB);
        assertThat(plan.budget()).isEqualTo(200 * MIB);
        assertThat((2_500 * 50 + 7_500 * 100) / 1024).isEqualTo(854);
        assertThat(plan.withPartsInFlight(16).size(7_501)).isEqualTo(400 * MIB);
        assertThat(plan.withPartsInFlight(1).size(10_000)).isEqualTo(50 * MIB);
        assertThat(plan.withExpectedLength(5 * TIB).size(1)).isEqualTo(1_049 * MIB);
        assertEarlyFrom(1, 5 * MIB);
        assertEarlyFrom(2_500, 5 * MIB);
        assertEarlyFrom(5_000, 10 * MIB);
        assertEarlyFrom(7_500, 15 * MIB);
        assertEarlyFrom(8_000, 16 * MIB);
        assertEarlyFrom(9_000, 16 * MIB);
    }

    private static void assertEarlyFrom(int number, long size) {
        assertThat(PartPlan.DEFAULT.allowsEarlyCut(number, size, size)).isTrue();
        assertThat(PartPlan.DEFAULT.allowsEarlyCut(number, size - 1, size)).isFalse();
    }
}
