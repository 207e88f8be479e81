/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <string.h>

static struct screen *open_templates(void) {
    struct screen *screen = screen_demo();
    screen_key(screen, "2");
    screen_wait(screen, "> alpine-3.23");
    return screen;
}

/* Puts the cursor on the template that is ready. */
static void go_to_tiny(struct screen *screen) {
    screen_key(screen, "G");
    screen_wait(screen, "> ubuntu-24.04");
    screen_key(screen, "k");
    screen_wait(screen, "> tiny");
}

static void the_screen_says_what_each_template_is(void **state) {
    struct screen *screen = open_templates();
    screen_expect(screen, "alpine-3.23         to fetch");
    screen_expect(screen, "f fetches it");
    go_to_tiny(screen);
    screen_expect(screen, "> tiny                ready");
    screen_wait(screen, "no guest stands on it");
    screen_key(screen, "\t"); /* the next screen that is there */
    screen_wait(screen, "hardware virtualization:");
    screen_key(screen, "\t");
    screen_wait(screen, "wiki-db");
    screen_key(screen, "\t");
    screen_wait(screen, "> alpine-3.23");
    screen_key(screen, "q");
    screen_wait(screen, "wiki-db");
    screen_free(screen);
}

static void details_and_help_are_those_of_templates(void **state) {
    struct screen *screen = open_templates();
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "Template alpine-3.23");
    screen_expect(screen, "cloud-init");
    screen_expect(screen, "https://");
    screen_key(screen, "q");
    screen_wait_gone(screen, "Template alpine-3.23");
    screen_key(screen, "?");
    screen_wait(screen, "Help: Templates");
    screen_expect(screen, "download a template's image");
    screen_key(screen, "q");
    screen_wait_gone(screen, "Help: Templates");
    screen_free(screen);
}

static void keys_of_guests_go_to_no_guest(void **state) {
    struct screen *screen = open_templates();
    screen_key(screen, "X");
    screen_wait(screen, "no guest to poweroff");
    screen_key(screen, "D");
    screen_wait(screen, "alpine-3.23: nothing of it is in the pool");
    screen_key(screen, "1");
    screen_wait(screen, "build             running");
    screen_free(screen);
}

static void a_template_is_deleted_after_a_question(void **state) {
    struct screen *screen = open_templates();
    go_to_tiny(screen);
    screen_key(screen, "D");
    screen_wait(screen, "Delete template tiny?");
    screen_expect(screen, "goes from pool");
    screen_key(screen, "n");
    screen_wait_gone(screen, "y/N");
    screen_expect(screen, "> tiny                ready");
    screen_key(screen, "D");
    screen_wait(screen, "Delete template tiny?");
    screen_key(screen, "y");
    screen_wait(screen, "> tiny                to build");
    screen_free(screen);
}

static void a_new_guest_comes_from_the_selected_template(void **state) {
    struct screen *screen = open_templates();
    go_to_tiny(screen);
    screen_key(screen, "n");
    screen_wait(screen, "< tiny >");
    screen_expect(screen, "tiny-1");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "tiny-1: created from tiny");
    screen_wait(screen, "stands under tiny-1");
    screen_key(screen, "D");
    screen_wait(screen, "1 guests stand on it, 'tiny-1' among them");
    screen_key(screen, "N");
    screen_wait(screen, "tiny-2: created from tiny");
    screen_key(screen, "1");
    screen_wait(screen, "tiny-2 ");
    screen_free(screen);
}

static void what_is_wrong_is_said_while_typing(void **state) {
    struct screen *screen = open_templates();
    go_to_tiny(screen);
    screen_key(screen, "n");
    screen_wait(screen, "pool default-pool has");
    screen_expect(screen, "guests run");
    for (guint i = 0; i < 2; i++)
        screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "x");
    screen_wait(screen, "! a number from 1 to 512");
    screen_type(screen, "\b00");
    screen_wait(screen, "host has only 16");
    screen_expect_not(screen, "! a number");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "x");
    screen_wait(screen, "is not a size");
    for (guint i = 0; i < 2; i++)
        screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "x");
    screen_wait(screen, "! no such network");
    screen_key(screen, SCREEN_ENTER); /* goes to the first problem, and does nothing */
    screen_wait(screen, "New guest");
    screen_escape(screen);
    screen_wait_gone(screen, "New guest");
    screen_expect_not(screen, "created");
    screen_free(screen);
}

/* Neither a wrong sign nor a unit that is none nor a number beyond all bounds makes a guest. */
static void hostile_sizes_are_refused_beside_the_field(void **state) {
    static const struct {
        const char *text, *memory, *disk;
    } sizes[] = {
        {"-1", "! '-1' is not a size", "! '-1' is not a size"},
        {"1e9", "! '1e9' is not a size", "! '1e9' is not a size"},
        {"9999999T", "! '9999999T' is not a size", "! '9999999T' is not a size"},
        {"8000000T", NULL, "! more than 256T"}, /* the demo's host does not tell its memory */
        {"0x10G", "! '0x10G' is not a size", "! '0x10G' is not a size"},
    };
    struct screen *screen = open_templates();
    go_to_tiny(screen);
    screen_key(screen, "n");
    screen_wait(screen, "pool default-pool has");
    for (guint row = 0; row < 3; row++)
        screen_key(screen, SCREEN_DOWN);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (guint disk = 0; disk < 2; disk++) {
            const char *problem = disk ? sizes[i].disk : sizes[i].memory;
            screen_key(screen, "\025"); /* Ctrl-U */
            screen_wait_gone(screen, "! ");
            if (problem != NULL) {
                screen_type(screen, sizes[i].text);
                screen_wait(screen, problem);
                screen_key(screen, SCREEN_ENTER);
                screen_listen(screen, 100);
                screen_expect(screen, "New guest");
            }
            screen_key(screen, "\025");
            screen_wait_gone(screen, "! ");
            screen_key(screen, disk ? SCREEN_UP : SCREEN_DOWN);
        }
    screen_escape(screen);
    screen_wait_gone(screen, "New guest");
    screen_expect_not(screen, "created");
    screen_free(screen);
}

static void a_guest_can_come_from_elsewhere(void **state) {
    struct screen *screen = open_templates();
    screen_key(screen, "G");
    screen_wait(screen, "> ubuntu-24.04");
    screen_key(screen, "n");
    screen_wait(screen, "! not there yet (f on screen 2)");
    screen_expect(screen, "SSH key");
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "< installer ISO >");
    screen_expect_not(screen, "SSH key");
    screen_expect(screen, "as its system wants");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "x");
    screen_wait(screen, "! a whole path, or POOL/VOLUME");
    screen_key(screen, SCREEN_ENTER); /* all that is wrong is said now */
    screen_wait(screen, "! a name is needed");
    screen_key(screen, SCREEN_UP);
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "< existing disk >");
    screen_expect_not(screen, "pool default-pool has");
    screen_expect_not(screen, "count");
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "< network (PXE) >");
    screen_expect_not(screen, "a whole path");
    screen_escape(screen);
    screen_wait_gone(screen, "New guest");
    screen_free(screen);
}

static void an_import_wants_a_file_and_a_name(void **state) {
    struct screen *screen = open_templates();
    screen_key(screen, "i");
    screen_wait(screen, "Import a template");
    screen_expect_not(screen, "!");
    screen_type(screen, "image");
    screen_wait(screen, "! a file, with its whole path");
    screen_expect_not(screen, "! letters");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "! letters a-z");
    screen_type(screen, "\b\b\b\b\b/nowhere/image.qcow2");
    screen_wait_gone(screen, "! a file");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "mine");
    screen_wait_gone(screen, "! letters");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "/nowhere/image.qcow2: ");
    screen_free(screen);
}

static void reading_alone_offers_no_change(void **state) {
    static const char *const arguments[] = {"--demo", "--read-only", NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "wiki-db");
    screen_key(screen, "2");
    screen_wait(screen, "> alpine-3.23");
    screen_expect(screen, "V verify");
    screen_expect_not(screen, "f fetch  ");
    screen_key(screen, "f");
    screen_wait(screen, "read-only: 'template fetch' is refused");
    screen_free(screen);
}

static void small_and_large_screens_show_what_fits(void **state) {
    struct screen *screen = open_templates();
    screen_resize(screen, 12, 40);
    screen_wait_gone(screen, "DESCRIPTION");
    screen_expect(screen, "> alpine-3.23");
    screen_key(screen, "G");
    screen_wait(screen, "> ubuntu-24.04");
    screen_key(screen, "n");
    screen_wait(screen, "New guest");
    screen_wait(screen, "1-6 of 11"); /* more fields than rows, which is said */
    screen_expect(screen, "! not there yet");
    screen_escape(screen);
    screen_wait_gone(screen, "New guest");
    screen_resize(screen, 50, 200);
    screen_wait(screen, "MEMORY");
    screen_expect(screen, "Ubuntu 24.04 LTS \"Noble Numbat\" server");
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_screen_says_what_each_template_is),
        cmocka_unit_test(details_and_help_are_those_of_templates),
        cmocka_unit_test(keys_of_guests_go_to_no_guest),
        cmocka_unit_test(a_template_is_deleted_after_a_question),
        cmocka_unit_test(a_new_guest_comes_from_the_selected_template),
        cmocka_unit_test(what_is_wrong_is_said_while_typing),
        cmocka_unit_test(hostile_sizes_are_refused_beside_the_field),
        cmocka_unit_test(a_guest_can_come_from_elsewhere),
        cmocka_unit_test(an_import_wants_a_file_and_a_name),
        cmocka_unit_test(reading_alone_offers_no_change),
        cmocka_unit_test(small_and_large_screens_show_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
