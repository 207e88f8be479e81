/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/parallel.h"

#include "tests/unit/unit.h"

#define COUNT 50

struct row {
    gint done[COUNT], begun, beside, most;
    guint bad; /* the one that fails */
    GCancellable *cancellable;
    guint cancels; /* the one that cancels */
};

static gboolean do_one(guint index, gpointer data, GError **error) {
    struct row *row = data;
    gint beside = g_atomic_int_add(&row->beside, 1) + 1;
    for (gint most = g_atomic_int_get(&row->most); beside > most; most = g_atomic_int_get(&row->most))
        g_atomic_int_compare_and_exchange(&row->most, most, beside);
    g_atomic_int_inc(&row->begun);
    if (index == row->cancels)
        g_cancellable_cancel(row->cancellable);
    g_thread_yield();
    g_atomic_int_inc(&row->done[index]);
    g_atomic_int_add(&row->beside, -1);
    if (index != row->bad)
        return TRUE;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "number %u", index);
    return FALSE;
}

static void each_is_done_once_and_no_more_at_once_than_asked(void **state) {
    for (guint width = 1; width <= 8; width++) {
        struct row row = {.bad = COUNT, .cancels = COUNT};
        g_autoptr(GError) error = NULL;
        assert_true(parallel_run(COUNT, width, do_one, &row, NULL, &error));
        assert_null(error);
        assert_in_range(row.most, 1, width);
        for (guint i = 0; i < COUNT; i++)
            assert_int_equal(row.done[i], 1);
    }
}

static void after_a_failure_no_more_begin_and_the_first_is_told(void **state) {
    struct row row = {.bad = 3, .cancels = COUNT};
    g_autoptr(GError) error = NULL;
    assert_false(parallel_run(COUNT, 1, do_one, &row, NULL, &error));
    assert_string_equal(error->message, "number 3");
    assert_int_equal(row.begun, 4);
}

static void a_failure_among_many_ends_the_row(void **state) {
    struct row row = {.bad = 10, .cancels = COUNT};
    g_autoptr(GError) error = NULL;
    assert_false(parallel_run(COUNT, 4, do_one, &row, NULL, &error));
    assert_string_equal(error->message, "number 10");
    assert_int_equal(row.beside, 0);
}

static void nothing_begins_once_cancelled(void **state) {
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    struct row row = {.bad = COUNT, .cancellable = cancellable, .cancels = 5};
    g_autoptr(GError) error = NULL;
    assert_false(parallel_run(COUNT, 1, do_one, &row, cancellable, &error));
    assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    assert_int_equal(row.begun, 6);
}

static void of_nothing_all_is_done(void **state) {
    struct row row = {0};
    assert_true(parallel_run(0, 4, do_one, &row, NULL, NULL));
    assert_int_equal(row.begun, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_done_once_and_no_more_at_once_than_asked),
        cmocka_unit_test(after_a_failure_no_more_begin_and_the_first_is_told),
        cmocka_unit_test(a_failure_among_many_ends_the_row),
        cmocka_unit_test(nothing_begins_once_cancelled),
        cmocka_unit_test(of_nothing_all_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
