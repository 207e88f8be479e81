/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <string.h>

#include <glib/gstdio.h>

/* The new-guest form in front of a template that cloud-init sets up. No guest is started. */

#define ROW_KEY   6
#define ROW_START 4 /* below it */

static const char definition[] =
    "[template]\nname = seeded\n[guest]\nmemory = 64M\n[cloud-init]\nuser = ada\n";
static const char key[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3p\n";

static char *file(const char *name, const char *text) {
    char *path = g_build_filename(g_getenv("INNKEEP_STATEDIR"), "form", name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static int set_up(void **state) {
    g_free(file("innkeep/templates/seeded.ini", definition));
    const char *arguments[] = {"virsh",   "-q",           "-c",  "qemu:///system", "vol-create-as",
                               "default", "seeded.qcow2", "16M", "--format",       "qcow2",
                               NULL};
    int status = -1;
    assert_true(g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                             &status, NULL));
    return status;
}

static void a_key_file_is_looked_at_before_the_form_closes_and_the_password_is_shown(void **state) {
    g_autofree char *settings = g_strdup_printf("XDG_CONFIG_HOME=%s/form", g_getenv("INNKEEP_STATEDIR"));
    g_autofree char *own = g_strdup_printf("INNKEEP_STATEDIR=%s", g_getenv("INNKEEP_STATEDIR"));
    g_autofree char *good = file("key.pub", key), *bad = file("no.pub", "nothing\n");
    const char *const arguments[] = {NULL}, *const environment[] = {settings, own, NULL};
    struct screen *screen = screen_start(arguments, 24, 100, environment);
    screen_wait(screen, "innkeep");
    screen_key(screen, "n");
    screen_wait(screen, "< seeded >");
    for (int row = 0; row < ROW_KEY; row++)
        screen_key(screen, SCREEN_DOWN);
    screen_type(screen, bad);
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "there is no SSH public key in");
    screen_expect(screen, "New guest");
    screen_key(screen, "\025"); /* Ctrl-U */
    screen_type(screen, good);
    for (int row = 0; row < ROW_START; row++)
        screen_key(screen, SCREEN_DOWN);
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "< no >");
    screen_key(screen, SCREEN_ENTER);
    screen_wait_gone(screen, "New guest");
    screen_wait(screen, "log in as ada with the password ");
    assert_true(g_file_test("/var/lib/libvirt/images/seeded-1-seed.iso", G_FILE_TEST_EXISTS));
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 5000), 0);
    screen_free(screen);
}

/* What only a worker can see keeps the form open; then the guest is made. */
static void a_guest_is_made_without_a_template(void **state) {
    g_autofree char *settings = g_strdup_printf("XDG_CONFIG_HOME=%s/form", g_getenv("INNKEEP_STATEDIR"));
    g_autofree char *own = g_strdup_printf("INNKEEP_STATEDIR=%s", g_getenv("INNKEEP_STATEDIR"));
    const char *const arguments[] = {NULL}, *const environment[] = {settings, own, NULL};
    struct screen *screen = screen_start(arguments, 24, 100, environment);
    screen_wait(screen, "innkeep");
    screen_key(screen, "n");
    screen_wait(screen, "< seeded >");
    for (int tries = 0; tries < 20 && screen_find(screen, "< installer ISO >") < 0; tries++) {
        screen_key(screen, SCREEN_RIGHT);
        screen_listen(screen, 50);
    }
    screen_wait(screen, "< installer ISO >");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "/nowhere.iso");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "byhand");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "no file /nowhere.iso");
    screen_expect(screen, "New guest");
    screen_key(screen, SCREEN_UP);
    screen_key(screen, SCREEN_UP);
    for (int right = 0; right < 2; right++)
        screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "< network (PXE) >");
    screen_key(screen, SCREEN_UP); /* the last row */
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "< no >");
    screen_key(screen, SCREEN_ENTER);
    screen_wait_gone(screen, "New guest");
    screen_wait(screen, "byhand: created from");
    assert_true(g_file_test("/var/lib/libvirt/images/byhand.qcow2", G_FILE_TEST_EXISTS));
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 5000), 0);
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_file_is_looked_at_before_the_form_closes_and_the_password_is_shown),
        cmocka_unit_test(a_guest_is_made_without_a_template),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
