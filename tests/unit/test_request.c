/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request_json.h"

#include <string.h>

#include "tests/unit/unit.h"

static void expect_name(const char *const *there, const char *base, gboolean of_template,
                        const char *wanted) {
    g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func(g_free);
    for (; *there != NULL; there++) {
        struct guest *guest = g_new0(struct guest, 1);
        guest->name = (char *)*there;
        g_ptr_array_add(guests, guest);
    }
    const struct snapshot snapshot = {.guests = guests};
    g_autofree char *name = request_propose_name(&snapshot, base, of_template);
    assert_string_equal(name, wanted);
}

static void a_template_keeps_the_number_in_its_name(void **state) {
    expect_name((const char *[]){NULL}, "debian-12", TRUE, "debian-12-1");
    expect_name((const char *[]){"debian-12-1", "debian-12-3", NULL}, "debian-12", TRUE, "debian-12-2");
    expect_name((const char *[]){"tiny", NULL}, "tiny", TRUE, "tiny-1");
}

static void a_copy_of_a_guest_counts_on(void **state) {
    expect_name((const char *[]){"web", NULL}, "web", FALSE, "web-2");
    expect_name((const char *[]){"web-2", NULL}, "web-2", FALSE, "web-3");
    expect_name((const char *[]){"web", "web-2", "web-3", NULL}, "web-2", FALSE, "web-4");
    expect_name((const char *[]){"Windows 11 (old)", NULL}, "Windows 11 (old)", FALSE, "Windows 11 (old)-2");
}

/* Every field of the table, each with a value of its own. */
static struct request *full_request(void) {
    struct request *request = request_new(ACTION_clone, NULL, NULL);
    guint number = 0;
    const char *const words[] = {"one", "t\"wo\n", "", NULL};
#define SET_text(name)   (request->name = g_strdup_printf("%s \xc3\xa4 %u", #name, number))
#define SET_secret(name) SET_text(name)
#define SET_path(name)   SET_text(name)
#define SET_texts(name)  (request->name = g_strdupv((char **)words))
#define SET_paths(name)  SET_texts(name)
#define SET_count(name)  (request->name = G_MAXUINT - number)
#define SET_size(name)   (request->name = G_MAXUINT64 - number)
#define SET_choice(name) (request->name = number % 2)
#define SET_flag(name)   (request->name = TRUE)
#define FIELD(type, name, ...)                                                                               \
    number++;                                                                                                \
    SET_##type(name);
#include "core/action/request.def"
#undef FIELD
    return request;
}

static void expect_same_words(char *const *words, char *const *wanted) {
    if (wanted == NULL)
        assert_null(words);
    else
        assert_true(g_strv_equal((const char *const *)words, (const char *const *)wanted));
}

static void expect_same(const struct request *request, const struct request *wanted) {
    assert_int_equal(request->action, wanted->action);
#define SAME_text(name)        assert_int_equal(g_strcmp0(request->name, wanted->name), 0)
#define SAME_secret(name)      SAME_text(name)
#define SAME_path(name)        SAME_text(name)
#define SAME_texts(name)       expect_same_words(request->name, wanted->name)
#define SAME_paths(name)       SAME_texts(name)
#define SAME_count(name)       assert_true(request->name == wanted->name)
#define SAME_size(name)        SAME_count(name)
#define SAME_choice(name)      SAME_count(name)
#define SAME_flag(name)        SAME_count(name)
#define FIELD(type, name, ...) SAME_##type(name);
#include "core/action/request.def"
#undef FIELD
}

/* There and back, as a text. */
static struct request *there_and_back(const struct request *request) {
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, request_to_json(request));
    g_autofree char *text = json_to_string(node, FALSE);
    g_autoptr(JsonNode) back = json_from_string(text, NULL);
    return request_from_json(json_node_get_object(back));
}

static void every_field_is_copied_and_reaches_another_process(void **state) {
    g_autoptr(request_t) full = full_request();
    g_autoptr(request_t) empty = request_new(ACTION_template_fetch, NULL, NULL);
    g_autoptr(request_t) copy = request_copy(full), back = there_and_back(full);
    g_autoptr(request_t) empty_back = there_and_back(empty);
    expect_same(copy, full);
    assert_null(back->password);
    back->password = g_strdup(full->password);
    expect_same(back, full);
    expect_same(empty_back, empty);
    assert_true(copy->tags != full->tags);
}

static void a_secret_is_shown_to_nobody(void **state) {
    g_autoptr(request_t) full = full_request();
    g_auto(GStrv) asked = request_asked(full);
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, request_to_json(full));
    g_autofree char *text = json_to_string(node, FALSE);
    assert_null(strstr(text, full->password));
    assert_false(g_strv_contains((const char *const *)asked, full->password));
}

static void what_a_request_cannot_say_is_not_taken(void **state) {
    g_autoptr(JsonNode) node = json_from_string("{\"action\":\"clone\",\"name\":[1],\"tags\":\"x\",\"ssh_"
                                                "keys\":[1,{},\"k\"],\"vcpus\":-5,\"start\":77,"
                                                "\"memory\":\"much\",\"force\":{}}",
                                                NULL);
    g_autoptr(request_t) request = request_from_json(json_node_get_object(node));
    assert_null(request->name);
    assert_null(request->tags);
    assert_string_equal(request->ssh_keys[0], "k");
    assert_null(request->ssh_keys[1]);
    assert_int_equal(request->vcpus, 0);
    assert_int_equal(request->start, 1);
    assert_int_equal(request->linked, -1);
    assert_true(request->memory == 0);
    assert_false(request->force);
    g_autoptr(JsonNode) unknown = json_from_string("{\"action\":\"explode\"}", NULL);
    assert_null(request_from_json(json_node_get_object(unknown)));
}

static void relative_paths_become_absolute(void **state) {
    g_autoptr(request_t) request = request_new(ACTION_template_import, NULL, NULL);
    const char *const keys[] = {"key.pub", "/etc/key.pub", "~/key.pub", NULL};
    g_autofree char *here = g_get_current_dir();
    g_autofree char *wanted = g_build_filename(here, "key.pub", NULL);
    request->file = g_strdup("../x/disk.qcow2");
    request->description = g_strdup("no path");
    request->ssh_keys = g_strdupv((char **)keys);
    request_make_absolute(request);
    assert_true(g_path_is_absolute(request->file));
    assert_string_equal(request->description, "no path");
    assert_string_equal(request->ssh_keys[0], wanted);
    assert_string_equal(request->ssh_keys[1], keys[1]);
    assert_string_equal(request->ssh_keys[2], keys[2]);
}

static void what_was_asked_is_told_in_pairs(void **state) {
    g_autoptr(request_t) request = request_new(ACTION_clone, "uuid", "web");
    request->linked = 0;
    request->memory = G_GUINT64_CONSTANT(2) << 30;
    g_auto(GStrv) asked = request_asked(request);
    g_autofree char *text = g_strjoinv("|", asked);
    assert_string_equal(text, "action|clone|name|web|memory|2.0G|linked|no");
}

static void a_job_says_what_it_makes_of_what(void **state) {
    g_autoptr(request_t) request = request_new(ACTION_create, NULL, NULL);
    request->new_name = g_strdup("web");
    g_autofree char *blank = request_title(request);
    assert_string_equal(blank, "create web");
    request->template_name = g_strdup("tiny");
    g_autofree char *title = request_title(request);
    assert_string_equal(title, "create tiny -> web");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_shown_to_nobody),
        cmocka_unit_test(every_field_is_copied_and_reaches_another_process),
        cmocka_unit_test(what_a_request_cannot_say_is_not_taken),
        cmocka_unit_test(relative_paths_become_absolute),
        cmocka_unit_test(what_was_asked_is_told_in_pairs),
        cmocka_unit_test(a_template_keeps_the_number_in_its_name),
        cmocka_unit_test(a_copy_of_a_guest_counts_on),
        cmocka_unit_test(a_job_says_what_it_makes_of_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
