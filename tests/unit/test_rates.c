/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/rates.h"

#include "tests/unit/unit.h"

static void near(double value, double wanted) {
    assert_true(fabs(value - wanted) < 0.001);
}

static void a_rate_needs_two_counts(void **state) {
    struct rate rate = {0};
    assert_true(isnan(rate_next(&rate, 1000000, 500)));
    near(rate_next(&rate, 3000000, 700), 100);
    near(rate_next(&rate, 3500000, 700), 0);
}

static void a_counter_that_went_back_or_is_unknown_gives_no_rate(void **state) {
    struct rate rate = {0};
    rate_next(&rate, 1000000, 500);
    assert_true(isnan(rate_next(&rate, 2000000, 10)));
    near(rate_next(&rate, 3000000, 20), 10);
    assert_true(isnan(rate_next(&rate, 4000000, UNKNOWN_SIZE)));
    assert_true(isnan(rate_next(&rate, 5000000, 40)));
}

static void in_too_short_a_time_the_rate_stays(void **state) {
    struct rate rate = {0};
    rate_reset(&rate);
    rate_next(&rate, 1000000, 500);
    assert_true(isnan(rate_next(&rate, 1000000, 600)));
    near(rate_next(&rate, 2000000, 700), 200);
    near(rate_next(&rate, 2010000, 720), 200);
    near(rate_next(&rate, 3000000, 800), 100);
}

static void history_fills_the_seconds_between_samples(void **state) {
    struct history history;
    history_clear(&history);
    assert_true(isnan(history_mean(&history, 0, HISTORY_SECONDS)));
    history_add(&history, 10 * G_USEC_PER_SEC, 10);
    history_add(&history, 12 * G_USEC_PER_SEC, 40);
    near(history_mean(&history, 0, 2), 40);
    near(history_mean(&history, 2, 1), 10);
    near(history_mean(&history, 0, 3), 30);
    history_add(&history, 12 * G_USEC_PER_SEC + 500000, 20);
    near(history_mean(&history, 0, 1), 20);
    history_add(&history, 500 * G_USEC_PER_SEC, 1);
    near(history_mean(&history, 0, HISTORY_SECONDS), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_needs_two_counts),
        cmocka_unit_test(a_counter_that_went_back_or_is_unknown_gives_no_rate),
        cmocka_unit_test(in_too_short_a_time_the_rate_stays),
        cmocka_unit_test(history_fills_the_seconds_between_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
