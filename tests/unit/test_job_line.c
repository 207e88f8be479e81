/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/line.h"

#include <string.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static struct job_line *there_and_back(const struct job_line *line, gboolean passwords) {
    g_autofree char *text = job_line_text(line, passwords);
    assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
    struct job_line *back = job_line_parse(text, strlen(text) - 1);
    assert_non_null(back);
    assert_int_equal(back->kind, line->kind);
    return back;
}

static void every_member_of_a_line_is_told(void **state) {
    g_autoptr(job_line_t) line = job_line_new(JOB_LINE_HELLO);
    char **texts[] = {&line->id, &line->title, &line->uri, &line->began_at, &line->config, &line->text};
    gint64 *numbers[] = {&line->pid,  &line->read_only, &line->began,     &line->at,
                         &line->done, &line->total,     &line->cancelling};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup_printf("text\n\"%zu\" \xe2\x80\xa6", i);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = G_MAXINT64 - (gint64)i;
    line->asked = g_strsplit("a|b|", "|", -1);
    line->request = request_new(ACTION_clone, "uuid", "web");
    g_autoptr(job_line_t) back = there_and_back(line, FALSE);
    char *told[] = {back->id, back->title, back->uri, back->began_at, back->config, back->text};
    gint64 counted[] = {back->pid,  back->read_only, back->began,     back->at,
                        back->done, back->total,     back->cancelling};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_string_equal(told[i], *texts[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        assert_true(counted[i] == *numbers[i]);
    assert_true(g_strv_equal((const char *const *)back->asked, (const char *const *)line->asked));
    assert_string_equal(back->request->name, "web");
    assert_null(back->outcome);
    assert_null(back->error);
}

static struct job_line *end_line(void) {
    struct job_line *line = job_line_new(JOB_LINE_END);
    struct made *made = made_new("web", "1-2");
    struct step *step = step_new("volume", "web.qcow2", "copy", 12345),
                *open = step_new("a", "b", "c", UNKNOWN_SIZE);
    made->user = g_strdup("ada");
    made->password = g_strdup("s3cret");
    step->seconds = 1.5;
    line->outcome = outcome_new();
    line->outcome->message = g_strdup("web: created");
    line->outcome->object = g_strdup("object");
    line->outcome->note = g_strdup("note");
    g_ptr_array_add(made->steps, step);
    g_ptr_array_add(line->outcome->made, made);
    g_ptr_array_add(line->outcome->plan, open);
    return line;
}

static void expect_step(const struct step *step, const struct step *wanted) {
    assert_string_equal(step->step, wanted->step);
    assert_string_equal(step->object, wanted->object);
    assert_string_equal(step->action, wanted->action);
    assert_true(step->bytes == wanted->bytes);
    assert_true(isnan(wanted->seconds) ? isnan(step->seconds) : step->seconds == wanted->seconds);
}

static void an_outcome_is_told_whole(void **state) {
    g_autoptr(job_line_t) line = end_line();
    g_autoptr(job_line_t) back = there_and_back(line, TRUE);
    const struct made *made = g_ptr_array_index(back->outcome->made, 0);
    const struct made *wanted = g_ptr_array_index(line->outcome->made, 0);
    assert_string_equal(back->outcome->message, "web: created");
    assert_string_equal(back->outcome->object, "object");
    assert_string_equal(back->outcome->note, "note");
    assert_string_equal(made->name, "web");
    assert_string_equal(made->uuid, "1-2");
    assert_string_equal(made->user, "ada");
    assert_string_equal(made->password, "s3cret");
    expect_step(g_ptr_array_index(made->steps, 0), g_ptr_array_index(wanted->steps, 0));
    expect_step(g_ptr_array_index(back->outcome->plan, 0), g_ptr_array_index(line->outcome->plan, 0));
}

static void a_password_is_not_told_to_everybody(void **state) {
    g_autoptr(job_line_t) line = end_line();
    g_autofree char *text = job_line_text(line, FALSE);
    assert_null(strstr(text, "s3cret"));
    assert_null(strstr(text, "ada"));
    g_autoptr(job_line_t) back = there_and_back(line, FALSE);
    assert_null(((struct made *)g_ptr_array_index(back->outcome->made, 0))->password);
}

static void an_error_keeps_its_code_message_and_hint(void **state) {
    static const enum innkeep_error codes[] = {INNKEEP_ERROR_FAILED, INNKEEP_ERROR_WRONG,
                                               INNKEEP_ERROR_INTERRUPTED};
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autoptr(job_line_t) line = job_line_new(JOB_LINE_END);
        error_set(&line->error, codes[i], i == 0 ? NULL : "the way out", "%s", "100%n went wrong");
        g_autoptr(job_line_t) back = there_and_back(line, FALSE);
        assert_true(g_error_matches(back->error, INNKEEP_ERROR, (gint)codes[i]));
        assert_string_equal(back->error->message, "100%n went wrong");
        assert_int_equal(g_strcmp0(error_hint(back->error), error_hint(line->error)), 0);
    }
}

static void what_is_no_line_is_none(void **state) {
    static const char *const nonsense[] = {"",
                                           "{",
                                           "[]",
                                           "{}",
                                           "7",
                                           "null",
                                           "{\"say\":7}",
                                           "{\"say\":\"shout\"}",
                                           "{\"say\":null}",
                                           "\xff{}",
                                           "{\"say\":[\"cancel\"]}"};
    for (gsize i = 0; i < G_N_ELEMENTS(nonsense); i++)
        assert_null(job_line_parse(nonsense[i], strlen(nonsense[i])));
    static const char *const odd_ones[] = {"{\"say\":\"now\"}{\"say\":\"now\"}", "{/*\"*/\"say\":\"now\"}",
                                           "{'say':'now'}", "[{\"say\":\"now\"}]"};
    for (gsize i = 0; i < G_N_ELEMENTS(odd_ones); i++)
        assert_null(job_line_parse(odd_ones[i], strlen(odd_ones[i])));
    g_autofree char *deep = g_strnfill(100000, '[');
    assert_null(job_line_parse(deep, 100000));
    static const char code[] = "{\"say\":\"end\",\"error\":{\"exit\":99}}";
    g_autoptr(job_line_t) odd = job_line_parse(code, strlen(code));
    assert_int_equal(odd->error->code, INNKEEP_ERROR_FAILED);
}

static void hear(GByteArray *heard, const char *text) {
    g_byte_array_append(heard, (const guint8 *)text, (guint)strlen(text));
}

static void lines_come_in_pieces(void **state) {
    g_autoptr(GByteArray) heard = g_byte_array_new();
    gboolean bad = FALSE;
    hear(heard, "nonsense\n\n{\"say\":\"can");
    assert_null(job_line_take(heard, 100, &bad));
    hear(heard, "cel\"}\n{\"say\":\"now\"}\n");
    g_autoptr(job_line_t) first = job_line_take(heard, 100, &bad);
    g_autoptr(job_line_t) second = job_line_take(heard, 100, &bad);
    assert_int_equal(first->kind, JOB_LINE_CANCEL);
    assert_int_equal(second->kind, JOB_LINE_NOW);
    assert_null(job_line_take(heard, 100, &bad));
    assert_false(bad);
}

static void a_line_that_is_too_long_ends_it(void **state) {
    g_autoptr(GByteArray) heard = g_byte_array_new();
    gboolean bad = FALSE;
    hear(heard, "{\"say\":\"now\"     }");
    assert_null(job_line_take(heard, 10, &bad));
    assert_true(bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_of_a_line_is_told),
        cmocka_unit_test(an_outcome_is_told_whole),
        cmocka_unit_test(a_password_is_not_told_to_everybody),
        cmocka_unit_test(an_error_keeps_its_code_message_and_hint),
        cmocka_unit_test(what_is_no_line_is_none),
        cmocka_unit_test(lines_come_in_pieces),
        cmocka_unit_test(a_line_that_is_too_long_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
