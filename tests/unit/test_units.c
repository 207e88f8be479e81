/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/units.h"

#include "config/error.h"
#include "tests/unit/unit.h"

static void sizes_are_powers_of_1024(void **state) {
    static const struct {
        const char *text;
        guint64 bytes;
    } rows[] = {{"0", 0},
                {"1024", 1024},
                {"1K", 1024},
                {"512M", G_GUINT64_CONSTANT(512) << 20},
                {"2g", G_GUINT64_CONSTANT(2) << 30},
                {"3T", G_GUINT64_CONSTANT(3) << 40}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 bytes = 1;
        assert_true(units_parse_size(rows[i].text, &bytes, NULL));
        assert_true(bytes == rows[i].bytes);
    }
}

static void hostile_sizes_are_refused(void **state) {
    static const char *rows[] = {"",     "-1",      "+1",  "1e9", "9999999T", "99999999999999999999",
                                 "1.5G", "G",       "1 G", " 1G", "1GB",      "0x10",
                                 "1G;",  "8388608T"};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 bytes = 77;
        g_autoptr(GError) error = NULL;
        assert_false(units_parse_size(rows[i], &bytes, &error));
        assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
        assert_int_equal(bytes, 77);
    }
}

static void durations_have_units(void **state) {
    static const struct {
        const char *text;
        guint64 milliseconds;
    } rows[] = {{"60", 60000},    {"500ms", 500},    {"2s", 2000},      {"10m", 600000},
                {"3h", 10800000}, {"7d", 604800000}, {"2w", 1209600000}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 milliseconds = 0;
        assert_true(units_parse_duration(rows[i].text, &milliseconds, NULL));
        assert_int_equal(milliseconds, rows[i].milliseconds);
    }
    guint64 untouched = 7;
    assert_false(units_parse_duration("5 minutes", &untouched, NULL));
    assert_false(units_parse_duration("-5s", &untouched, NULL));
    assert_int_equal(untouched, 7);
}

static void sizes_are_shown_short(void **state) {
    static const struct {
        guint64 bytes;
        const char *text;
    } rows[] = {{0, "0B"},
                {812, "812B"},
                {1024, "1.0K"},
                {G_GUINT64_CONSTANT(412) << 20, "412M"},
                {G_GUINT64_CONSTANT(2) << 30, "2.0G"},
                {(G_GUINT64_CONSTANT(1) << 30) - 1, "1.0G"},
                {(G_GUINT64_CONSTANT(10) << 30) - 1, "10G"},
                {G_GUINT64_CONSTANT(20) << 30, "20G"},
                {G_MAXUINT64, "16777216T"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = units_format_size(rows[i].bytes);
        assert_string_equal(text, rows[i].text);
    }
}

static void durations_are_shown_in_two_units(void **state) {
    static const struct {
        guint64 seconds;
        const char *text;
    } rows[] = {{0, "0s"}, {45, "45s"}, {200, "3m 20s"}, {18720, "5h 12m"}, {266400, "3d 2h"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = units_format_duration(rows[i].seconds);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_powers_of_1024),
        cmocka_unit_test(hostile_sizes_are_refused),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(sizes_are_shown_short),
        cmocka_unit_test(durations_are_shown_in_two_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
