package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ingest4j.api.WriteFailure.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusPolicyTest {

    private final StatusPolicy policy = StatusPolicy.defaults();

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 207, 299})
    void two_hundreds_are_successes(int status) {
        assertThat(policy.action(status)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504})
    void what_may_pass_is_tried_again(int status) {
        assertThat(policy.action(status)).contains(Action.RETRY);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 407})
    void refused_credentials_abort(int status) {
        assertThat(policy.action(status)).contains(Action.ABORT);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 304, 307, 308, 400, 404, 409, 413, 422, 451, 501, 505})
    void everything_else_is_a_dead_letter(int status) {
        assertThat(policy.action(status)).contains(Action.DEAD_LETTER);
    }

    @Test
    void a_change_holds_for_its_statuses_only() {
        StatusPolicy changed = policy.success(409).retry(404, 201).abort(402).deadLetter(500);
        assertThat(changed.action(409)).isEmpty();
        assertThat(changed.action(404)).contains(Action.RETRY);
        assertThat(changed.action(201)).contains(Action.RETRY);
        assertThat(changed.action(402)).contains(Action.ABORT);
        assertThat(changed.action(500)).contains(Action.DEAD_LETTER);
        assertThat(changed.action(503)).contains(Action.RETRY);
        assertThat(policy.action(409)).contains(Action.DEAD_LETTER);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 199, 600})
    void status_outside_the_range_is_refused(int status) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> policy.retry(status))
                .withMessage("status must be from 200 to 599, was " + status);
    }
}
