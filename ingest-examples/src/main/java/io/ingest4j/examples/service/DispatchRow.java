package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** One dispatch on the live page. Guarded by the board. */
final class DispatchRow {

    /** More would fit on no screen. */
    private static final int MOST_CHIPS = 40;

    /** One id of a dispatch, and what became of it until now. */
    static final class Chip {

        private final String id;
        private final Priority priority;
        private String state = "triggered";

        private Chip(ScheduledItem<BigInteger> item) {
            id = item.item().toString();
            priority = item.priority();
        }

        void become(String next) {
            state = next;
        }
    }

    private final long number;
    private final Instant time;
    private final List<Chip> chips = new ArrayList<>();
    private final int more;

    DispatchRow(long number, Instant time, List<ScheduledItem<BigInteger>> items) {
        this.number = number;
        this.time = time;
        items.stream().limit(MOST_CHIPS).map(Chip::new).forEach(chips::add);
        more = items.size() - chips.size();
    }

    List<Chip> chips() {
        return chips;
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeNumberProperty("number", number);
        json.writeNumberProperty("at", time.toEpochMilli());
        json.writeArrayPropertyStart("items");
        for (Chip chip : chips) {
            json.writeStartObject();
            // As texts, since numbers beyond 2^53 lose digits in a browser.
            json.writeStringProperty("id", chip.id);
            json.writeStringProperty("priority", chip.priority.name());
            json.writeStringProperty("state", chip.state);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberProperty("more", more);
        json.writeEndObject();
    }
}
