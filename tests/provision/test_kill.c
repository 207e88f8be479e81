/* SPDX-License-Identifier: GPL-2.0-or-later */
/* innkeep is killed at every step of a transaction, and the next start leaves nothing half done. */
#include <string.h>

#include "core/provision/journal.h"
#include "core/storage/pool.h"
#include "tests/provision/house.h"
#include "tests/unit/unit.h"

#define POINTS_MAX 100

static void recover(void) {
    char *words[] = {(char *)"recover", NULL};
    int status = 0;
    assert_false(house_spawn(words, 0, &status));
    assert_int_equal(status, 0);
}

/* Kills the recovery itself at each of its points before letting it end. */
static void recover_with_power_cuts(void) {
    char *words[] = {(char *)"recover", NULL};
    int status = 0;
    for (int at = 1; at < POINTS_MAX && house_spawn(words, at, &status); at++)
        ;
    recover();
    recover();
}

static void expect_inventory(const char *wanted, const char *what, int at) {
    g_autofree char *found = house_inventory();
    if (strcmp(found, wanted) != 0)
        fail_msg("%s killed at point %d: there was\n%s\nand now is\n%s", what, at, wanted, found);
}

static guint count_lines(const char *inventory, const char *kind) {
    g_auto(GStrv) lines = g_strsplit(inventory, "\n", -1);
    guint count = 0;
    for (char **line = lines; *line != NULL; line++)
        count += g_str_has_prefix(*line, kind) ? 1 : 0;
    return count;
}

/* Kills the operation at point 1, 2, … and recovers each time. At the last point all is done and stays:
 * so many guests and volumes more, made in so many lines of journals. */
static void kill_until_there(char **words, guint guests, guint volumes, guint lines) {
    g_autofree char *before = house_inventory();
    g_autofree char *after = g_strdup(before);
    int status = 0, at = 0;
    while (strcmp(after, before) == 0 && at < POINTS_MAX) {
        assert_true(house_spawn(words, ++at, &status));
        recover_with_power_cuts();
        g_free(after);
        after = house_inventory();
    }
    /* A point lies before and after each line. */
    if (count_lines(after, "guest ") != count_lines(before, "guest ") + guests ||
        count_lines(after, "volume ") != count_lines(before, "volume ") + volumes || at != (int)(2 * lines))
        expect_inventory(before, words[0], at);
    assert_int_equal(count_lines(after, "journal "), 0);
    assert_int_equal(count_lines(after, "seed "), 0);
}

/* Guests with so many volumes each. */
static void kill_until_done(char **words, guint guests, guint volumes, guint lines) {
    kill_until_there(words, guests, guests * volumes, lines);
}

/* A template, in so many volumes more. */
static void kill_until_made(char **words, guint volumes, guint lines) {
    kill_until_there(words, 0, volumes, lines);
}

/* The journal's head, then a volume and a domain for each, then its end. */
static void kill_everywhere(char **words, guint guests) {
    kill_until_done(words, guests, 1, 2 + 2 * guests);
}

static void a_killed_create_leaves_nothing(void **state) {
    char *words[] = {(char *)"create", (char *)"template=golden", (char *)"count=2", (char *)"start=0", NULL};
    kill_everywhere(words, 2);
}

static void a_killed_create_of_a_running_guest_leaves_nothing(void **state) {
    char *words[] = {(char *)"create", (char *)"template=golden", (char *)"new-name=a b",
                     (char *)"network=default", NULL};
    kill_everywhere(words, 1);
}

/* One more volume each, and a folder with a journal of its own: two lines, and half a one where it is taken
 * back. */
static void a_killed_create_with_a_seed_leaves_nothing(void **state) {
    char *words[] = {(char *)"create", (char *)"template=" HOUSE_SEEDED, (char *)"count=2", (char *)"start=0",
                     NULL};
    kill_until_done(words, 2, 2, 2 + 2 * 3 + 2 * 2 + 1);
}

static void a_killed_copy_leaves_nothing(void **state) {
    g_autofree char *uuid = house_guest("source");
    g_autofree char *source = g_strconcat("uuid=", uuid, NULL);
    char *words[] = {(char *)"clone", source, (char *)"linked=0", NULL};
    kill_everywhere(words, 1);
}

static void a_killed_linked_clone_leaves_nothing(void **state) {
    g_autofree char *uuid = house_guest("source");
    g_autofree char *source = g_strconcat("uuid=", uuid, NULL);
    char *words[] = {(char *)"clone", source, (char *)"linked=1", NULL};
    kill_everywhere(words, 1);
}

/* The journal's head, the image, the definition and the end; a folder with a journal of its own; the second
 * version has the definition's old text as well. */
static void a_killed_publication_leaves_the_guest_and_no_half_template(void **state) {
    g_autofree char *uuid = house_guest("source");
    g_autofree char *source = g_strconcat("uuid=", uuid, NULL);
    char *words[] = {(char *)"publish", source, (char *)"new-name=office", NULL};
    kill_until_made(words, 2, 4 + 2);
    kill_until_made(words, 1, 5 + 2);
}

/* A deletion is either not begun or ended: never a guest without its disk, never a disk without its guest. */
static void a_killed_delete_is_ended_or_never_began(void **state) {
    g_autofree char *empty = house_inventory();
    int status = 0, at = 1;
    for (gboolean killed = TRUE; killed && at < POINTS_MAX; at++) {
        g_autofree char *uuid = house_guest("gone");
        g_autofree char *guest = g_strconcat("uuid=", uuid, NULL);
        g_autofree char *before = house_inventory();
        char *words[] = {(char *)"delete", guest, NULL};
        killed = house_spawn(words, at, &status);
        recover_with_power_cuts();
        g_autofree char *after = house_inventory();
        if (strcmp(after, before) != 0)
            expect_inventory(empty, "delete", at);
        house_clear(NULL);
    }
    assert_int_equal(status, 0);
    assert_true(at > 4);
}

static struct volume_spec spec = {.name = "half.qcow2", .format = "qcow2", .capacity = 1 << 20};

static void a_running_transaction_is_not_recovered(void **state) {
    virConnectPtr connection = house_connection();
    g_autofree char *before = house_inventory();
    g_autoptr(journal_t) journal = journal_begin(connection, "test", NULL);
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, "default");
    assert_true(journal_volume(journal, pool, &spec, NULL));
    g_autoptr(virStorageVol) volume = volume_create(pool, &spec, NULL);
    assert_non_null(volume);
    g_autofree char *during = house_inventory();
    recover();
    expect_inventory(during, "another", 0);
    assert_true(journal_undo(journal, NULL));
    expect_inventory(before, "undo", 0);
}

static void what_another_put_in_its_place_stays(void **state) {
    virConnectPtr connection = house_connection();
    struct journal *journal = journal_begin(connection, "test", NULL);
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, "default");
    struct volume_spec other = {.name = spec.name, .format = "qcow2", .capacity = 2 << 20};
    assert_true(journal_volume(journal, pool, &spec, NULL));
    journal_free(journal);
    g_autoptr(virStorageVol) volume = volume_create(pool, &other, NULL);
    assert_non_null(volume);
    g_autofree char *there = house_inventory();
    assert_non_null(strstr(there, "half.qcow2 2097152"));
    recover();
    g_autofree char *after = house_inventory();
    assert_non_null(strstr(after, "half.qcow2 2097152"));
    assert_null(strstr(after, "journal "));
}

static void a_torn_line_is_a_step_that_was_never_done(void **state) {
    virConnectPtr connection = house_connection();
    g_autofree char *before = house_inventory();
    struct journal *journal = journal_begin(connection, "test", NULL);
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, "default");
    assert_true(journal_volume(journal, pool, &spec, NULL));
    g_autoptr(virStorageVol) volume = volume_create(pool, &spec, NULL);
    assert_non_null(volume);
    journal_free(journal);
    g_autofree char *folder = g_build_filename(g_getenv("INNKEEP_STATEDIR"), "journal", NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    g_autofree char *path = g_build_filename(folder, g_dir_read_name(entries), NULL);
    FILE *file = fopen(path, "ae");
    fputs("{\"record\":\"vol", file);
    fclose(file);
    recover();
    expect_inventory(before, "a torn journal", 0);
}

int main(int argc, char **argv) {
    if (argc > 1)
        return operate_main(argc - 2, argv + 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_killed_create_leaves_nothing, house_clear),
        cmocka_unit_test_teardown(a_killed_create_of_a_running_guest_leaves_nothing, house_clear),
        cmocka_unit_test_teardown(a_killed_create_with_a_seed_leaves_nothing, house_clear),
        cmocka_unit_test_teardown(a_killed_copy_leaves_nothing, house_clear),
        cmocka_unit_test_teardown(a_killed_linked_clone_leaves_nothing, house_clear),
        cmocka_unit_test_teardown(a_killed_publication_leaves_the_guest_and_no_half_template, house_clear),
        cmocka_unit_test_teardown(a_killed_delete_is_ended_or_never_began, house_clear),
        cmocka_unit_test_teardown(a_running_transaction_is_not_recovered, house_clear),
        cmocka_unit_test_teardown(what_another_put_in_its_place_stays, house_clear),
        cmocka_unit_test_teardown(a_torn_line_is_a_step_that_was_never_done, house_clear),
    };
    return cmocka_run_group_tests(tests, house_open, house_close);
}
