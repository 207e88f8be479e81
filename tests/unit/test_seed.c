/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/text.h"

#include <crypt.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "config/error.h"
#include "core/guest/cloud_init.h"
#include "core/seed/password.h"
#include "core/seed/public_keys.h"
#include "core/seed/user_data.h"
#include "tests/unit/unit.h"

#define KEY   "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3p"
#define OTHER "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3q"

/* ---- names ---- */

static void a_host_name_is_one_label_whatever_the_guest_is_called(void **state) {
    static const struct {
        const char *name, *hostname;
    } cases[] = {
        {"web-1", "web-1"},         {"Web 1", "web-1"},        {"debian-12.local", "debian-12-local"},
        {"x\nruncmd:", "x-runcmd"}, {"--a--b--", "a--b"},      {"$(id)", "id"},
        {"...", "guest"},           {"\xe2\x98\x83", "guest"}, {"", "guest"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *hostname = seed_hostname(cases[i].name);
        assert_string_equal(hostname, cases[i].hostname);
    }
    g_autofree char *endless = g_strnfill(5000, 'A');
    g_autofree char *label = seed_hostname(endless);
    assert_int_equal(strlen(label), 63);
    g_autofree char *cut = g_strdup_printf("%.62s-b", endless);
    g_autofree char *ends = seed_hostname(cut);
    assert_int_equal(strlen(ends), 62);
}

static void users_and_time_zones_are_checked_before_anything_is_written(void **state) {
    static const char *const users[] = {"ada", "_a", "a-b_9", NULL};
    static const char *const no_users[] = {
        "",     "9a", "-a", "a b", "A", "a:b", "a\nb", "../a", "a\"b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\xff", NULL};
    static const char *const no_zones[] = {"", "/etc/passwd", "../x", "a b", "Europe/", "a\nb", NULL};
    for (int i = 0; users[i] != NULL; i++)
        assert_true(seed_user_valid(users[i]));
    for (int i = 0; no_users[i] != NULL; i++)
        assert_false(seed_user_valid(no_users[i]));
    assert_true(seed_timezone_valid("Europe/Berlin"));
    assert_true(seed_timezone_valid("Etc/GMT+1"));
    for (int i = 0; no_zones[i] != NULL; i++)
        assert_false(seed_timezone_valid(no_zones[i]));
}

/* ---- keys ---- */

static void expect_key(const char *line, const char *wanted, gboolean wanted_narrow) {
    gboolean narrow = FALSE;
    g_autofree char *key = public_key_parse(line, &narrow);
    if (g_strcmp0(key, wanted) != 0 || narrow != wanted_narrow)
        fail_msg("'%s' gave '%s'", line, key);
}

static void a_key_is_taken_without_its_options(void **state) {
    expect_key(KEY " ada@host", KEY " ada@host", FALSE);
    expect_key("  " KEY "\r", KEY, FALSE);
    expect_key("no-agent-forwarding,environment=\"A=b c\" " KEY " x y", KEY " x y", FALSE);
    expect_key("# " KEY, NULL, FALSE);
    expect_key("", NULL, FALSE);
}

static void a_key_for_one_purpose_is_no_login(void **state) {
    expect_key("command=\"backup \\\"all\\\" now\" " KEY, NULL, TRUE);
    expect_key("no-pty,restrict " KEY, NULL, TRUE);
    expect_key("cert-authority " KEY, NULL, TRUE);
    expect_key("From=\"10.0.0.1\" " KEY, NULL, TRUE);
}

static void what_is_no_key_is_not_taken(void **state) {
    expect_key("ssh-ed25519", NULL, FALSE);
    expect_key("ssh-ed25519 AAAA", NULL, FALSE);
    expect_key("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3p", NULL, FALSE);
    expect_key("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjv\"]\n", NULL, FALSE);
    expect_key("ssh-dss AAAAB3NzaC1kc3MAAACBAA==", NULL, FALSE);
    expect_key("-----BEGIN OPENSSH PRIVATE KEY-----", NULL, FALSE);
    expect_key("\xff\xfe", NULL, FALSE);
    /* A comment that could do harm is left out, the key stays. */
    expect_key(KEY " a\x1b[2J", KEY, FALSE);
}

static char *write_file(const char *folder, const char *name, const char *text) {
    char *path = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void keys_come_from_the_persons_files_and_each_once(void **state) {
    g_autofree char *home = g_dir_make_tmp("innkeep-keys-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(home, ".ssh", NULL);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    g_free(write_file(folder, "authorized_keys", "command=\"x\" " OTHER "\n" KEY " one\n" KEY " one\n"));
    g_free(write_file(folder, "id.pub", OTHER "\n"));
    g_autofree char *private = write_file(folder, "id", "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n");
    struct person person = {.home = home};
    g_auto(GStrv) keys = public_keys_collect(&person, NULL, NULL);
    assert_int_equal(g_strv_length(keys), 2);
    assert_string_equal(keys[0], KEY " one");
    assert_string_equal(keys[1], OTHER);
    g_auto(GStrv) named = public_keys_collect(&person, (char *[]){(char *)"~/.ssh/id.pub", NULL}, NULL);
    assert_int_equal(g_strv_length(named), 1);
    g_autoptr(GError) error = NULL;
    assert_null(public_keys_collect(&person, (char *[]){private, NULL}, &error));
    assert_true(g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_USAGE));
    assert_null(strstr(error->message, "secret"));
    assert_non_null(strstr(error_hint(error), ".pub"));
    assert_null(public_keys_collect(&person, (char *[]){folder, NULL}, NULL));
    assert_null(public_keys_collect(&person, (char *[]){(char *)"/nowhere", NULL}, NULL));
}

/* ---- the password ---- */

static void a_password_is_easy_to_type_and_hashed_by_sha512(void **state) {
    g_autofree char *last = NULL;
    for (int i = 0; i < 100; i++) {
        g_autofree char *password = password_generate(NULL);
        assert_int_equal(strlen(password), 19);
        for (int at = 0; at < 19; at++)
            assert_true(at % 5 == 4 ? password[at] == '-'
                                    : strchr("abcdefghjkmnpqrstuvwxyz23456789", password[at]) != NULL);
        assert_string_not_equal(password, last == NULL ? "" : last);
        g_free(last);
        last = g_steal_pointer(&password);
    }
    g_autofree char *hash = password_hash(last, NULL);
    g_autofree char *again = password_hash(last, NULL);
    assert_true(g_str_has_prefix(hash, "$6$"));
    assert_string_not_equal(hash, again);
    assert_string_equal(crypt(last, hash), hash);
}

/* ---- the documents ---- */

static JsonObject *parse_config(const char *config, JsonNode **root) {
    static const char first[] = "#cloud-config\n";
    assert_true(g_str_has_prefix(config, first));
    *root = json_from_string(config + strlen(first), NULL);
    assert_non_null(*root);
    return json_node_get_object(*root);
}

static void the_configuration_carries_what_was_asked(void **state) {
    char *keys[] = {(char *)KEY " \"]}\\", NULL}, *packages[] = {(char *)"nginx", NULL};
    struct seed_text text = {.user = "ada",
                             .password_hash = "$6$x",
                             .timezone = "Europe/Berlin",
                             .keys = keys,
                             .packages = packages,
                             .agent = TRUE};
    g_autofree char *config = seed_text_config(&text);
    g_autoptr(JsonNode) root = NULL;
    JsonObject *object = parse_config(config, &root);
    JsonObject *user = json_array_get_object_element(json_object_get_array_member(object, "users"), 0);
    assert_string_equal(json_object_get_string_member(user, "name"), "ada");
    assert_string_equal(json_object_get_string_member(user, "hashed_passwd"), "$6$x");
    assert_false(json_object_get_boolean_member(user, "lock_passwd"));
    assert_string_equal(
        json_array_get_string_element(json_object_get_array_member(user, "ssh_authorized_keys"), 0), keys[0]);
    assert_false(json_object_get_boolean_member(object, "ssh_pwauth"));
    assert_true(json_object_get_boolean_member(object, "ssh_deletekeys"));
    assert_int_equal(json_array_get_length(json_object_get_array_member(object, "packages")), 2);
    assert_true(json_object_has_member(object, "runcmd"));
}

/* Once in each machine and before there are host keys: bootcmd, and not in a guest that is new anyway. */
static void what_was_another_machine_is_renewed_once(void **state) {
    struct seed_text text = {.user = "ada", .renew = TRUE};
    g_autofree char *config = seed_text_config(&text);
    g_autoptr(JsonNode) root = NULL;
    JsonArray *commands = json_object_get_array_member(parse_config(config, &root), "bootcmd");
    JsonArray *words = json_array_get_array_element(commands, 0);
    assert_string_equal(json_array_get_string_element(words, 0), "cloud-init-per");
    assert_string_equal(json_array_get_string_element(words, 1), "instance");
    const char *script = json_array_get_string_element(words, 5);
    static const char *const parts[] = {"/etc/machine-id", "/var/lib/dbus/machine-id", "dhclient", "/var/log",
                                        "/var/lib/cloud/instances"};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        assert_non_null(strstr(script, parts[i]));
    char *argv[] = {(char *)"sh", (char *)"-n", (char *)"-c", (char *)script, NULL};
    int status = -1;
    assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    assert_int_equal(status, 0);
    text.renew = FALSE;
    g_autofree char *fresh = seed_text_config(&text);
    assert_null(strstr(fresh, "bootcmd"));
}

static void in_a_copy_the_machine_is_renewed_once_and_its_data_stay(void **state) {
    const char *hook = seed_text_hook();
    assert_string_equal(user_data_type(hook), "text/cloud-boothook");
    assert_non_null(strstr(hook, "cloud-init-per instance "));
    assert_non_null(strstr(hook, "/etc/machine-id"));
    assert_null(strstr(hook, "/var/log"));
    assert_null(strstr(hook, "/var/lib/cloud"));
    char *argv[] = {(char *)"sh", (char *)"-n", (char *)"-c", (char *)hook, NULL};
    int status = -1;
    assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    assert_int_equal(status, 0);
}

static void what_is_to_be_fetched_is_known(void **state) {
    const char *own = "#cloud-config\n{}\n", *fetched = "#include-once\nhttps://192.0.2.1/x\n";
    g_autofree char *with = user_data_join(own, NULL, fetched, NULL);
    g_autofree char *without = user_data_join(own, "#!/bin/sh\n#include\n", NULL, NULL);
    assert_true(user_data_fetches(fetched));
    assert_true(user_data_fetches(with));
    assert_false(user_data_fetches(without));
    assert_false(user_data_fetches(own));
}

static void without_password_and_agent_nothing_of_them_is_there(void **state) {
    struct seed_text text = {.user = "root"};
    g_autofree char *config = seed_text_config(&text);
    g_autoptr(JsonNode) root = NULL;
    JsonObject *object = parse_config(config, &root);
    JsonObject *user = json_array_get_object_element(json_object_get_array_member(object, "users"), 0);
    assert_true(json_object_get_boolean_member(user, "lock_passwd"));
    assert_false(json_object_has_member(user, "hashed_passwd"));
    assert_false(json_object_has_member(user, "sudo"));
    assert_false(json_object_get_boolean_member(object, "disable_root"));
    assert_false(json_object_has_member(object, "packages"));
    assert_false(json_object_has_member(object, "runcmd"));
    assert_false(json_object_has_member(object, "timezone"));
}

static void the_meta_data_is_one_object_whatever_the_name(void **state) {
    g_autofree char *meta = seed_text_meta("i\"\n", "x\nruncmd:", FALSE);
    g_autoptr(JsonNode) root = json_from_string(meta, NULL);
    JsonObject *object = json_node_get_object(root);
    assert_int_equal(json_object_get_size(object), 2);
    assert_string_equal(json_object_get_string_member(object, "local-hostname"), "x\nruncmd:");
    assert_int_equal(strspn(meta + strcspn(meta, "\n"), "\n"), 1);
    g_autofree char *early = seed_text_meta("i", "x", TRUE);
    g_autoptr(JsonNode) local = json_from_string(early, NULL);
    assert_string_equal(json_object_get_string_member(json_node_get_object(local), "dsmode"), "local");
}

/* ---- user data ---- */

static void a_document_is_known_by_its_first_line(void **state) {
    assert_string_equal(user_data_type("#cloud-config\na: 1\n"), "text/cloud-config");
    assert_string_equal(user_data_type("#cloud-config-archive\n"), "text/cloud-config-archive");
    assert_string_equal(user_data_type("#!/bin/sh\n"), "text/x-shellscript");
    assert_string_equal(user_data_type("## template: jinja\n#cloud-config\n"), "text/jinja2");
    assert_string_equal(user_data_type("#include-once\n"), "text/x-include-once-url");
    assert_null(user_data_type("packages: [x]\n"));
    assert_null(user_data_type(""));
}

static void one_document_stays_as_it_is_and_several_are_a_message(void **state) {
    g_autofree char *alone = user_data_join("#cloud-config\n{}\n", NULL, NULL, NULL);
    assert_string_equal(alone, "#cloud-config\n{}\n");
    g_autofree char *joined =
        user_data_join("#cloud-config\n{}\n", "#!/bin/sh\n--innkeep\n", "#cloud-config\nb: \xc3\xa4\n", NULL);
    g_autofree char *again =
        user_data_join("#cloud-config\n{}\n", "#!/bin/sh\n--innkeep\n", "#cloud-config\nb: \xc3\xa4\n", NULL);
    assert_true(g_str_has_prefix(joined, "Content-Type: multipart/mixed; boundary=\""));
    assert_string_not_equal(joined, again);
    /* The caller's holds over innkeep's: it comes first. Nothing of what they hold stands there as it is. */
    const char *caller = strstr(joined, "\"caller\""), *own = strstr(joined, "\"innkeep\"");
    assert_true(caller != NULL && own != NULL && caller < own);
    assert_null(strstr(joined, "/bin/sh"));
    g_auto(GStrv) merges = g_strsplit(joined, "Merge-Type: list(append)+dict(recurse_array)+str()\n", -1);
    assert_int_equal(g_strv_length(merges), 4);
    g_auto(GStrv) lines = g_strsplit(joined, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        assert_true(strlen(*line) <= 76 || g_str_has_prefix(*line, "Content-Type: multipart"));
    assert_null(user_data_join("#cloud-config\n", "nonsense", NULL, NULL));
}

static void user_data_of_a_file_is_bounded_text_of_a_known_kind(void **state) {
    g_autofree char *folder = g_dir_make_tmp("innkeep-user-data-XXXXXX", NULL);
    g_autofree char *large = g_strnfill(USER_DATA_MAX + 1, '#');
    g_auto(GStrv) paths = g_new0(char *, 5);
    paths[0] = write_file(folder, "a", "packages: [x]\n");
    paths[1] = write_file(folder, "b", "#!\xff\n");
    paths[2] = write_file(folder, "c", large);
    paths[3] = write_file(folder, "d", "#cloud-config\n");
    for (int i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        assert_null(user_data_read(paths[i], &error));
        assert_true(g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_USAGE));
    }
    g_autofree char *fine = user_data_read(paths[3], NULL);
    assert_string_equal(fine, "#cloud-config\n");
    g_autofree char *zero = g_build_filename(folder, "e", NULL);
    assert_true(g_file_set_contents(zero, "#!/bin/sh\n\0rm", 13, NULL));
    assert_null(user_data_read(zero, NULL));
}

/* ---- its end ---- */

static void what_cloud_init_ended_with_is_told(void **state) {
    g_autoptr(GError) error = NULL, nonsense = NULL;
    assert_true(cloud_init_result("{\"v1\":{\"datasource\":\"x\",\"errors\":[]}}", "web", NULL));
    assert_false(cloud_init_result("{\"v1\":{\"errors\":[\"('packages', 'no')\",7,{}]}}", "web", &error));
    assert_non_null(strstr(error->message, "3 errors: ('packages', 'no')"));
    assert_false(cloud_init_result("[]", "web", &nonsense));
    assert_false(cloud_init_result("", "web", NULL));
    assert_false(cloud_init_result("{\"v1\":[]}", "web", NULL));
}

static void a_seed_is_taken_out_only_where_cloud_init_then_rests(void **state) {
#define LOG(name, list, mode, otherwise)                                                                     \
    "[up 1s] ds-identify\nDSNAME=" name "\nDSLIST=" list "\nMODE=" mode "\nON_NOTFOUND=" otherwise "\npid="  \
    "1\n"
    assert_true(cloud_init_log_rests(LOG("", "NoCloud ConfigDrive None", "search", "disabled")));
    assert_true(cloud_init_log_rests(LOG("", " Ec2 NoCloud", "search", "disabled")));
    assert_false(cloud_init_log_rests(LOG("", "NoCloud None", "search", "disabled")));
    assert_false(cloud_init_log_rests(LOG("", "NoCloud", "search", "disabled")));
    assert_false(cloud_init_log_rests(LOG("NoCloud", "NoCloud Ec2", "search", "disabled")));
    assert_false(cloud_init_log_rests(LOG("", "NoCloud Ec2", "search", "enabled")));
    assert_false(cloud_init_log_rests(LOG("", "NoCloud Ec2", "enabled", "disabled")));
    assert_false(cloud_init_log_rests(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_name_is_one_label_whatever_the_guest_is_called),
        cmocka_unit_test(users_and_time_zones_are_checked_before_anything_is_written),
        cmocka_unit_test(a_key_is_taken_without_its_options),
        cmocka_unit_test(a_key_for_one_purpose_is_no_login),
        cmocka_unit_test(what_is_no_key_is_not_taken),
        cmocka_unit_test(keys_come_from_the_persons_files_and_each_once),
        cmocka_unit_test(a_password_is_easy_to_type_and_hashed_by_sha512),
        cmocka_unit_test(the_configuration_carries_what_was_asked),
        cmocka_unit_test(what_was_another_machine_is_renewed_once),
        cmocka_unit_test(in_a_copy_the_machine_is_renewed_once_and_its_data_stay),
        cmocka_unit_test(what_is_to_be_fetched_is_known),
        cmocka_unit_test(without_password_and_agent_nothing_of_them_is_there),
        cmocka_unit_test(the_meta_data_is_one_object_whatever_the_name),
        cmocka_unit_test(a_document_is_known_by_its_first_line),
        cmocka_unit_test(one_document_stays_as_it_is_and_several_are_a_message),
        cmocka_unit_test(user_data_of_a_file_is_bounded_text_of_a_known_kind),
        cmocka_unit_test(what_cloud_init_ended_with_is_told),
        cmocka_unit_test(a_seed_is_taken_out_only_where_cloud_init_then_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
