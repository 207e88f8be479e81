/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/template.h"

#include <string.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "tests/unit/unit.h"

#define FULL                                                                                                 \
    "[template]\nname = debian-12\ndescription = Debian 12 \"bookworm\" server\nos = debian12\nkey = d\n"    \
    "\n[guest]\nvcpus = 2\nmemory = 2147483648\ndisk = 21474836480\nfirmware = uefi\ntpm = yes\n"            \
    "network = default\nrole = web\n\n[cloud-init]\nuser = admin\npackages = nginx, curl\nwait = 22/tcp\n"   \
    "renew = yes\n"

static struct template *parse(const char *text, gboolean image, GError **error) {
    return template_parse(text, strlen(text), "t", image, error);
}

static void refuse(const char *text, const char *message) {
    g_autoptr(GError) error = NULL;
    assert_null(parse(text, FALSE, &error));
    assert_string_equal(error->message, message);
    assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
}

static void every_key_is_read(void **state) {
    g_autoptr(template_t) template = parse(FULL, FALSE, NULL);
    assert_non_null(template);
    assert_string_equal(template->name, "debian-12");
    assert_int_equal(template->vcpus, 2);
    assert_true(template->memory == G_GUINT64_CONSTANT(2) << 30);
    assert_true(template->disk == G_GUINT64_CONSTANT(20) << 30);
    assert_int_equal(template->firmware, FIRMWARE_UEFI);
    assert_true(template->tpm);
    assert_string_equal(template->packages[1], "curl");
    assert_string_equal(template->wait, "22/tcp");
    assert_true(template->renew);
}

static void writing_gives_back_what_was_read(void **state) {
    g_autofree char *text =
        g_strconcat(FULL,
                    "\n[image]\nvolume = debian-12.qcow2\nfetched-at = 2026-01-01T00:00:00Z\n"
                    "published = 11111111-2222-3333-4444-555555555555\n",
                    NULL);
    g_autoptr(template_t) template = parse(text, TRUE, NULL);
    assert_non_null(template);
    g_autofree char *again = template_serialise(template);
    assert_string_equal(again, text);
}

static void mistakes_are_named(void **state) {
    refuse("[template]\nname = ../x\n",
           "t:2: [template] name: '../x' is not a name: a-z and 0-9, then also . _ -, at most 63");
    refuse("[template]\ndescription = x\n", "t: [template] name: is missing");
    refuse("[template]\nname = a\n[guest]\nmemory = 1e9\n",
           "t:4: [guest] memory: '1e9' is not a size such as 512M or 20G");
    refuse("[template]\nname = a\n[guest]\nmemory = 1M\n",
           "t:4: [guest] memory: '1M' is not enough memory: at least 32M");
    refuse("[template]\nname = a\n[guest]\nvcpus = 0\n",
           "t:4: [guest] vcpus: '0' is not a number of virtual CPUs, 1 to 512");
    refuse("[template]\nname = a\n[guest]\nfirmware = efi\n",
           "t:4: [guest] firmware: 'efi' is none of bios, uefi, uefi-secure");
    refuse("[template]\nname = a\n[guest]\ntpm = 2.0\n", "t:4: [guest] tpm: '2.0' is not yes or no");
    refuse("[template]\nname = a\n[guest]\nfirmware = uefi\nkernel = k\n",
           "t: [guest] kernel: stands beside firmware; one of them boots");
    refuse("[template]\nname = a\n[guest]\ninitrd = k\n",
           "t: [guest] kernel: is missing beside initrd or cmdline");
    refuse("[template]\nname = a\n[cloud-init]\nrenew = true\n",
           "t:4: [cloud-init] renew: 'true' is not yes or no");
    refuse("[template]\nname = a\n[image]\nvolume = x\n", "t:3: [image] no such section");
    refuse("[template]\nname = a\nsource = https://me:word@mirror.example/a.qcow2\n",
           "t:3: [template] source: an address with a user or a password in it is refused: it would not stay "
           "secret");
    refuse("[template]\nname = a\nchecksums = http://me@mirror.example\n",
           "t:3: [template] checksums: an address with a user or a password in it is refused: it would not "
           "stay secret");
    g_autoptr(template_t) plain =
        parse("[template]\nname = a\nsource = https://mirror.example/me@home/a.qcow2\n", FALSE, NULL);
    assert_non_null(plain);
    refuse("[template]\nname = a\nsha256 = 12\n",
           "t:3: [template] sha256: '12' is not 64 hexadecimal digits");
    g_autoptr(GError) error = NULL;
    assert_null(parse("[guest]\nmemroy = 1G\n", FALSE, &error));
    assert_string_equal(error_hint(error), "did you mean 'memory'?");
}

static void names_are_checked(void **state) {
    g_autofree char *longest = g_strnfill(63, 'a');
    g_autofree char *too_long = g_strnfill(64, 'a');
    assert_true(template_name_valid("debian-12.1_x"));
    assert_true(template_name_valid(longest));
    static const char *bad[] = {"", "-a", ".a", "A", "a/b", "..", "a b", "\303\244"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(template_name_valid(bad[i]));
    assert_false(template_name_valid(too_long));
}

static void write_file(const char *directory, const char *name, const char *text) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void the_first_of_a_name_wins_and_broken_ones_hide_none(void **state) {
    g_autofree char *root = g_dir_make_tmp("innkeep-XXXXXX", NULL);
    g_autofree char *own = g_build_filename(root, "own/innkeep/templates", NULL);
    g_autofree char *shipped = g_build_filename(root, "shipped/templates", NULL);
    g_autofree char *config = g_build_filename(root, "own", NULL);
    g_autofree char *data = g_build_filename(root, "shipped", NULL);
    g_setenv("XDG_CONFIG_HOME", config, TRUE);
    g_setenv("INNKEEP_DATADIR", data, TRUE);
    g_mkdir_with_parents(own, 0700);
    g_mkdir_with_parents(shipped, 0700);
    write_file(own, "b.ini", "[template]\nname = b\ndescription = mine\n");
    write_file(own, "broken.ini", "[template]\nname = other\n");
    write_file(shipped, "b.ini", "[template]\nname = b\ndescription = shipped\n");
    write_file(shipped, "a.ini", "[template]\nname = a\n");
    g_autoptr(GPtrArray) broken = NULL;
    g_autoptr(GPtrArray) all = template_list(&broken);
    assert_int_equal(all->len, 2);
    assert_int_equal(broken->len, 1);
    assert_string_equal(((struct template *)g_ptr_array_index(all, 0))->name, "a");
    assert_string_equal(((struct template *)g_ptr_array_index(all, 1))->description, "mine");
    g_autoptr(GError) error = NULL;
    assert_null(template_find("brokn", &error));
    assert_int_equal(error->code, INNKEEP_ERROR_NOT_FOUND);
    assert_string_equal(error_hint(error), "did you mean 'broken'?");
    static const char *files[] = {"own/innkeep/templates/b.ini",
                                  "own/innkeep/templates/broken.ini",
                                  "shipped/templates/b.ini",
                                  "shipped/templates/a.ini",
                                  "own/innkeep/templates",
                                  "own/innkeep",
                                  "own",
                                  "shipped/templates",
                                  "shipped",
                                  ""};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(root, files[i], NULL);
        g_remove(path);
    }
}

/* Every template that is shipped but tiny is fetched from its publisher by https and has a list of checksums.
 */
static void shipped_templates_can_be_fetched(void **state) {
    g_autofree char *folder =
        g_build_filename(g_getenv("INNKEEP_SOURCE_ROOT"), "config/defaults/templates", NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint count = 0;
    assert_non_null(entries);
    for (const char *file; (file = g_dir_read_name(entries)) != NULL; count++) {
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(template_t) template = template_load(path, &error);
        if (template == NULL)
            fail_msg("%s", error->message);
        assert_non_null(template->description);
        assert_non_null(template->os);
        assert_true(template->key == NULL || g_hash_table_add(keys, g_strdup(template->key)));
        if (strcmp(template->name, "tiny") == 0)
            continue;
        assert_true(g_str_has_prefix(template->source, "https://"));
        assert_true(g_str_has_prefix(template->checksums, "https://"));
        assert_non_null(template->user);
        assert_true(template->vcpus > 0 && template->memory > 0 && template->disk > 0);
    }
    assert_true(count >= 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(writing_gives_back_what_was_read),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(the_first_of_a_name_wins_and_broken_ones_hide_none),
        cmocka_unit_test(shipped_templates_can_be_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
