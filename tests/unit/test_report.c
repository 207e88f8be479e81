/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/report-private.h"

#include <string.h>

#include "tests/unit/unit.h"

struct list {
    virTypedParameterPtr all;
    int count, most;
};

static void text(struct list *list, const char *name, const char *value) {
    assert_int_equal(virTypedParamsAddString(&list->all, &list->count, &list->most, name, value), 0);
}

static void number(struct list *list, const char *name, unsigned int value) {
    assert_int_equal(virTypedParamsAddUInt(&list->all, &list->count, &list->most, name, value), 0);
}

static void large(struct list *list, const char *name, unsigned long long value) {
    assert_int_equal(virTypedParamsAddULLong(&list->all, &list->count, &list->most, name, value), 0);
}

static struct report *parse(struct list *list) {
    struct report *report = report_parse(list->all, list->count);
    virTypedParamsFree(list->all, list->count);
    return report;
}

static void what_libvirt_tells_is_taken(void **state) {
    struct list list = {0};
    text(&list, "os.pretty-name", "Debian GNU/Linux 12");
    text(&list, "os.kernel-release", "6.1.0");
    text(&list, "hostname", "web");
    text(&list, "timezone.name", "CET");
    assert_int_equal(virTypedParamsAddInt(&list.all, &list.count, &list.most, "timezone.offset", -5400), 0);
    number(&list, "user.count", 1);
    text(&list, "user.0.name", "ada");
    large(&list, "user.0.login-time", 1764000000123);
    number(&list, "fs.count", 1);
    text(&list, "fs.0.mountpoint", "/");
    text(&list, "fs.0.fstype", "ext4");
    large(&list, "fs.0.total-bytes", 4096);
    large(&list, "fs.0.used-bytes", 1024);
    number(&list, "fs.0.disk.count", 1);
    text(&list, "fs.0.disk.0.alias", "vda");
    struct report *report = parse(&list);
    const struct report_user *user = g_ptr_array_index(report->users, 0);
    const struct report_file_system *root = g_ptr_array_index(report->file_systems, 0);
    assert_string_equal(report->os, "Debian GNU/Linux 12");
    assert_true(user->since == 1764000000);
    assert_true(root->total == 4096 && root->used == 1024);
    assert_string_equal(root->disks[0], "vda");
    g_auto(GStrv) lines = report_lines(report);
    g_autofree char *all = g_strjoinv("\n", lines);
    assert_non_null(strstr(all, "CET, UTC-01:30"));
    assert_non_null(strstr(all, "/, 1.0K of 4.0K used (25%), ext4, vda"));
    report_unref(report);
}

static void nothing_told_is_nothing_known(void **state) {
    struct list list = {0};
    struct report *report = parse(&list);
    g_auto(GStrv) lines = report_lines(report);
    assert_true(isnan(report->skew_s));
    assert_int_equal(g_strv_length(lines), 0);
    report_unref(report);
}

/* A guest says what it likes. */
static void what_makes_no_sense_is_not_believed(void **state) {
    struct list list = {0};
    g_autofree char *endless = g_strnfill(100000, 'x');
    text(&list, "os.pretty-name", endless);
    text(&list, "hostname", "\xff\x1b[2J");
    text(&list, "timezone.name", "Nowhere");
    assert_int_equal(virTypedParamsAddInt(&list.all, &list.count, &list.most, "timezone.offset", G_MININT),
                     0);
    number(&list, "user.count", G_MAXUINT);
    large(&list, "user.0.login-time", G_MAXUINT64);
    number(&list, "fs.count", G_MAXUINT);
    large(&list, "fs.0.total-bytes", 10);
    large(&list, "fs.0.used-bytes", 11);
    large(&list, "fs.1.used-bytes", 11);
    number(&list, "fs.0.disk.count", G_MAXUINT);
    struct report *report = parse(&list);
    const struct report_user *user = g_ptr_array_index(report->users, 0);
    assert_int_equal(strlen(report->os), REPORT_TEXT_MAX);
    assert_true(g_utf8_validate(report->hostname, -1, NULL));
    assert_null(report->timezone);
    assert_int_equal(report->users->len, REPORT_USERS_MAX);
    assert_true(user->name == NULL && user->since == -1);
    assert_int_equal(report->file_systems->len, REPORT_FILE_SYSTEMS_MAX);
    for (guint i = 0; i < 2; i++) {
        const struct report_file_system *one = g_ptr_array_index(report->file_systems, i);
        assert_true(one->total == UNKNOWN_SIZE && one->used == UNKNOWN_SIZE && one->disks[0] == NULL);
    }
    g_auto(GStrv) lines = report_lines(report);
    assert_non_null(lines);
    report_unref(report);
}

static void a_clock_is_off_by_more_than_is_known_or_is_right(void **state) {
    static const struct {
        double skew, wrong;
        const char *says;
    } rows[] = {{0.2, 0.5, "as this machine's, within 0.500 s"},
                {-2.5, 0.01, "2.500 s behind this machine's, within 0.010 s"},
                {7200, 0.01, "2h 0m before this machine's"},
                {1e300, 0.01, "before this machine's"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct list list = {0};
        struct report *report = parse(&list);
        report->skew_s = rows[i].skew;
        report->skew_error_s = rows[i].wrong;
        g_auto(GStrv) lines = report_lines(report);
        assert_non_null(strstr(lines[1], rows[i].says));
        report_unref(report);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_libvirt_tells_is_taken),
        cmocka_unit_test(nothing_told_is_nothing_known),
        cmocka_unit_test(what_makes_no_sense_is_not_believed),
        cmocka_unit_test(a_clock_is_off_by_more_than_is_known_or_is_right),
    };
    assert_int_equal(virInitialize(), 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
