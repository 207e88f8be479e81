/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/journal/event_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#define EACH 200

static char *folder, *path;

static int set_up(void **state) {
    (void)state;
    folder = g_dir_make_tmp("innkeep-events-XXXXXX", NULL);
    path = g_build_filename(folder, "innkeep.db", NULL);
    return folder == NULL ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    const char *ends[] = {"", "-wal", "-shm"};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *file = g_strconcat(path, ends[i], NULL);
        g_remove(file);
    }
    int removed = g_rmdir(folder);
    g_clear_pointer(&path, g_free);
    g_clear_pointer(&folder, g_free);
    return removed;
}

static struct event_store *opened(void) {
    return event_store_new(path, "test", 100000, 100000);
}

static void add(struct event_store *store, gint64 time, const char *kind, const char *action) {
    struct event_record record = {.time = time, .kind = (char *)kind, .guest = (char *)"web"};
    record.uuid = (char *)"u";
    record.action = (char *)action;
    event_store_add(store, &record);
}

static GPtrArray *kept(gint64 since, guint limit) {
    g_autoptr(GError) error = NULL;
    GPtrArray *records = event_store_read(path, "test", since, limit, &error);
    assert_null(error);
    assert_non_null(records);
    return records;
}

static void assert_kept(guint count) {
    g_autoptr(GPtrArray) records = kept(0, 100000);
    assert_int_equal(records->len, count);
}

static void records_and_reads(void **state) {
    (void)state;
    struct event_store *store = opened();
    for (int i = 1; i <= 5; i++)
        add(store, i * 10, "action", "start");
    assert_true(event_store_close(store));
    GStatBuf status;
    assert_int_equal(g_stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    g_autoptr(GPtrArray) records = kept(20, 3);
    assert_int_equal(records->len, 3);
    struct event_record *first = g_ptr_array_index(records, 0);
    assert_int_equal(first->time, 30);
    assert_string_equal(first->guest, "web");
    assert_null(first->result);
}

static void keeps_an_event_seen_twice_once(void **state) {
    (void)state;
    struct event_store *one = opened(), *two = opened();
    gint64 now = g_get_real_time();
    add(one, now, "lifecycle", "started");
    add(one, now + 1000, "lifecycle", "started"); /* the same watcher: it happened again */
    assert_true(event_store_close(one));
    add(two, now + 500, "lifecycle", "started");
    add(two, now + 500, "lifecycle", "stopped");
    add(two, now + 3 * EVENT_SAME_US, "lifecycle", "started");
    assert_true(event_store_close(two));
    assert_kept(4);
}

static void processes_write_at_once(void **state) {
    (void)state;
    pid_t other = fork();
    assert_true(other >= 0);
    struct event_store *store = opened();
    for (int i = 0; i < EACH; i++)
        add(store, i, "action", "start");
    assert_true(event_store_close(store));
    if (other == 0)
        _exit(0);
    int status = -1;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_kept(2 * EACH);
}

static void trims(void **state) {
    (void)state;
    gint64 now = g_get_real_time();
    struct event_store *store = event_store_new(path, "test", 2, 100);
    add(store, now - 3 * G_TIME_SPAN_DAY, "action", "start");
    for (int i = 0; i < 5; i++)
        add(store, now + i, "action", "start");
    assert_true(event_store_close(store));
    assert_kept(5);
    store = event_store_new(path, "test", 2, 3);
    add(store, now + 5, "action", "start");
    assert_true(event_store_close(store));
    assert_kept(3);
}

static void refuses_what_is_no_database(void **state) {
    (void)state;
    g_autoptr(GError) no_file = NULL, reading = NULL;
    assert_null(event_store_read(path, "test", 0, 1, &no_file));
    assert_non_null(no_file);
    assert_true(
        g_file_set_contents(path, "no database, and long enough to be looked at as one ........", -1, NULL));
    struct event_store *store = opened();
    add(store, 1, "action", "start");
    assert_false(event_store_close(store));
    assert_null(event_store_read(path, "test", 0, 1, &reading));
    assert_non_null(reading);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_and_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_an_event_seen_twice_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(processes_write_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trims, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_database, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
