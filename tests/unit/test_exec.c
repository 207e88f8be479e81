/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/exec.h"

#include <string.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static struct exec_result *parse(const char *members) {
    g_autofree char *text = g_strdup_printf("{\"return\":{\"exited\":true,%s}}", members);
    g_autoptr(GError) error = NULL;
    struct exec_result *result = NULL;
    assert_true(exec_parse_status(text, &result, &error));
    assert_null(error);
    assert_non_null(result);
    return result;
}

static void assert_bytes(GBytes *bytes, const char *wanted) {
    assert_int_equal(g_bytes_get_size(bytes), strlen(wanted));
    assert_memory_equal(g_bytes_get_data(bytes, NULL), wanted, strlen(wanted));
}

static void expect_status(const char *members, int status) {
    struct exec_result *result = parse(members);
    assert_int_equal(exec_status(result), status);
    exec_result_unref(result);
}

static void a_result_has_both_streams_and_what_is_missing_is_empty(void **state) {
    struct exec_result *result =
        parse("\"exitcode\":3,\"out-data\":\"b3V0Cg==\",\"err-data\":\"ZXJyCg==\",\"err-truncated\":true");
    assert_int_equal(result->exit, 3);
    assert_int_equal(result->signal, 0);
    assert_bytes(result->out, "out\n");
    assert_bytes(result->err, "err\n");
    assert_true(result->truncated);
    exec_result_unref(result);
    result = parse("\"exitcode\":0");
    assert_bytes(result->out, "");
    assert_bytes(result->err, "");
    assert_false(result->truncated);
    exec_result_unref(result);
}

static void a_status_fits_a_process_and_no_failure_becomes_success(void **state) {
    expect_status("\"exitcode\":0", 0);
    expect_status("\"exitcode\":255", 255);
    expect_status("\"exitcode\":256", 255);
    expect_status("\"exitcode\":3221225477", 255);
    expect_status("\"signal\":15", 143);
    expect_status("\"signal\":3221225477", 255);
}

static void one_that_runs_has_no_result_yet(void **state) {
    struct exec_result *result = NULL;
    assert_true(exec_parse_status("{\"return\":{\"exited\":false}}", &result, NULL));
    assert_null(result);
}

static void what_makes_no_sense_is_an_error(void **state) {
    g_autofree char *deep = g_strnfill(100000, '[');
    const char *const texts[] = {"",
                                 "no {JSON",
                                 "[]",
                                 "{}",
                                 "{\"return\":[]}",
                                 "{\"return\":{}}",
                                 "{\"return\":{\"exited\":\"perhaps\"}}",
                                 "{\"return\":{\"exited\":true}}",
                                 "{\"return\":{\"exited\":true,\"exitcode\":\"1\"}}",
                                 "{\"return\":{\"exited\":true,\"exitcode\":-1}}",
                                 "{\"return\":{\"exited\":true,\"exitcode\":0,\"signal\":9}}",
                                 "{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":7}}",
                                 "{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":[]}}",
                                 "{\"return\":{\"exited\":true,\"exitcode\":0,\"out-truncated\":1}}",
                                 deep};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        struct exec_result *result = NULL;
        assert_false(exec_parse_status(texts[i], &result, &error));
        assert_null(result);
        assert_non_null(error);
    }
}

static void a_command_is_text_and_not_empty(void **state) {
    g_autofree char *most = g_strnfill(EXEC_COMMAND_MAX - strlen("\"ls\",\"\","), 'x');
    g_autofree char *longer = g_strconcat(most, "x", NULL), *escaped = g_strnfill(EXEC_COMMAND_MAX / 2, '"');
    const struct {
        char *words[3];
        gboolean fine;
    } rows[] = {{{(char *)"ls", (char *)"-l"}, TRUE},
                {{(char *)"ls", (char *)""}, TRUE},
                {{(char *)"ls", most}, TRUE},
                {{(char *)"ls", longer}, FALSE},
                {{(char *)"ls", escaped}, FALSE},
                {{NULL}, FALSE},
                {{(char *)""}, FALSE},
                {{(char *)"ls", (char *)"\xff"}, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        const struct exec_spec spec = {.command = rows[i].words, .timeout_s = 1};
        assert_int_equal(exec_check(&spec, &error), rows[i].fine);
        assert_int_equal(error == NULL, rows[i].fine);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_has_both_streams_and_what_is_missing_is_empty),
        cmocka_unit_test(a_status_fits_a_process_and_no_failure_becomes_success),
        cmocka_unit_test(one_that_runs_has_no_result_yet),
        cmocka_unit_test(what_makes_no_sense_is_an_error),
        cmocka_unit_test(a_command_is_text_and_not_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
