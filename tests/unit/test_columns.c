/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/columns.h"

#include <string.h>

#include "tests/unit/unit.h"

/* A guest with nothing known but its name. */
static struct guest *guest_new(const char *name) {
    struct guest *guest = g_new0(struct guest, 1);
    g_atomic_ref_count_init(&guest->references);
    guest->uuid = g_strdup_printf("00000000-0000-0000-0000-%012u", g_str_hash(name));
    guest->name = g_strdup(name);
    guest->state = GUEST_RUNNING;
    guest->responding = TRUE;
    guest->cpu_percent = guest->read_rate = guest->write_rate = guest->rx_rate = guest->tx_rate = (double)NAN;
    guest->memory_used = guest->memory_max = UNKNOWN_SIZE;
    guest->uptime_s = -1;
    guest->addresses = g_hash_table_new(g_str_hash, g_str_equal);
    guest->facts = g_new0(struct guest_facts, 1);
    g_atomic_ref_count_init(&guest->facts->references);
    guest->facts->disks = g_ptr_array_new();
    guest->facts->nics = g_ptr_array_new();
    guest->facts->tags = g_new0(char *, 1);
    guest->facts->volumes = g_new0(char *, 1);
    return guest;
}

static void every_column_is_whole(void **state) {
    for (guint i = 0; i < columns_count; i++) {
        assert_ptr_equal(column_by_name(columns[i].name), &columns[i]);
        assert_true(columns[i].width <= columns[i].widest);
        assert_true(columns[i].text != NULL || columns[i].draw != NULL);
        assert_non_null(columns[i].compare);
        assert_true(columns[i].right || (int)strlen(columns[i].header) <= columns[i].width);
    }
    assert_null(column_by_name("nosuch"));
}

static void unknown_values_make_a_text(void **state) {
    struct guest *guest = guest_new("web");
    for (guint i = 0; i < columns_count; i++) {
        g_autofree char *text = columns[i].text == NULL ? NULL : columns[i].text(guest, columns[i].width);
        assert_true(text == NULL || strstr(text, "nan") == NULL);
    }
    guest_unref(guest);
}

static char *layout_text(const char *const *names, int total) {
    g_autoptr(GArray) places = columns_layout(names, total);
    GString *text = g_string_new(NULL);
    int at = 2;
    for (guint i = 0; i < places->len; i++) {
        const struct column_place *place = &g_array_index(places, struct column_place, i);
        assert_int_equal(place->at, at);
        at += place->width + 1;
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", place->column->name);
    }
    assert_true(at - 1 <= total || places->len == 1);
    return g_string_free(text, FALSE);
}

static void narrow_lines_lose_the_least_important_columns(void **state) {
    static const struct {
        int total;
        const char *names;
    } cases[] = {
        {40, "name state cpu"},
        {60, "name state cpu memory"},
        {80, "name state cpu minute memory address"},
        {120, "name state cpu minute memory address disk net uptime"},
        {160, "name state cpu minute memory address disk net uptime service role tags"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *names = layout_text(NULL, cases[i].total);
        assert_string_equal(names, cases[i].names);
    }
    for (int total = 1; total < 400; total++)
        g_free(layout_text(NULL, total));
}

static void a_person_chooses_the_columns(void **state) {
    const char *chosen[] = {"address", "nosuch", "name", NULL};
    g_autofree char *names = layout_text(chosen, 80);
    assert_string_equal(names, "address name");
}

static void what_is_not_known_sorts_last(void **state) {
    struct guest *known = guest_new("z"), *unknown = guest_new("a");
    const struct column *cpu = column_by_name("cpu");
    known->cpu_percent = 5;
    assert_true(columns_compare(cpu, FALSE, known, unknown) < 0);
    guest_unref(known);
    guest_unref(unknown);
}

static void the_order_never_depends_on_where_a_guest_was(void **state) {
    struct guest *guests[6];
    for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *name = g_strdup_printf("guest-%u", i);
        guests[i] = guest_new(name);
        guests[i]->cpu_percent = i % 2 ? (double)NAN : 1.0 + i / 2;
        guests[i]->state = i % 3 ? GUEST_RUNNING : GUEST_SHUT_OFF;
        guests[i]->memory_used = i * 1024;
    }
    for (guint column = 0; column < columns_count; column++)
        for (guint a = 0; a < G_N_ELEMENTS(guests); a++)
            for (guint b = 0; b < G_N_ELEMENTS(guests); b++)
                for (int inverted = 0; inverted < 2; inverted++) {
                    int forth = columns_compare(&columns[column], inverted, guests[a], guests[b]);
                    int back = columns_compare(&columns[column], inverted, guests[b], guests[a]);
                    assert_true((forth < 0) == (back > 0));
                    assert_true((forth == 0) == (a == b));
                }
    for (guint i = 0; i < G_N_ELEMENTS(guests); i++)
        guest_unref(guests[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_whole),
        cmocka_unit_test(unknown_values_make_a_text),
        cmocka_unit_test(narrow_lines_lose_the_least_important_columns),
        cmocka_unit_test(a_person_chooses_the_columns),
        cmocka_unit_test(what_is_not_known_sorts_last),
        cmocka_unit_test(the_order_never_depends_on_where_a_guest_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
