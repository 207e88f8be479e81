/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/filter.h"

#include "config/error.h"
#include "tests/unit/unit.h"

static char prod[] = "prod", web[] = "web", tiny[] = "tiny", app[] = "Wiki App", off[] = "off";
static char *tags[] = {prod, NULL}, *none[] = {NULL};

static gboolean matches(const char *line) {
    struct guest_facts facts = {
        .managed = TRUE, .role = web, .template_name = tiny, .tags = tags, .volumes = none};
    struct guest guest = {.name = app,
                          .state = GUEST_RUNNING,
                          .responding = TRUE,
                          .cpu_percent = 51,
                          .memory_used = 3ULL << 30,
                          .facts = &facts};
    g_autoptr(GError) error = NULL;
    g_autoptr(filter_t) filter = filter_parse_line(line, &error);
    assert_null(error);
    return filter_matches(filter, &guest);
}

static void words_must_all_hold(void **state) {
    assert_true(matches(""));
    assert_true(matches("wiki"));
    assert_true(matches("\"wiki app\" state=running"));
    assert_false(matches("wiki state=paused"));
    assert_true(matches("tag=prod role=web template=tiny managed=yes"));
    assert_false(matches("managed=no"));
    assert_true(matches("tag!=lab state!=shut-off"));
    assert_false(matches("tag!=prod"));
}

static void figures_are_compared(void **state) {
    assert_true(matches("cpu>50 memory>2G"));
    assert_false(matches("cpu>51"));
    assert_true(matches("cpu=51 cpu<52 memory<4G memory!=2G"));
}

static void an_unknown_figure_matches_nothing(void **state) {
    struct guest_facts facts = {.tags = none, .volumes = none};
    struct guest guest = {.name = off, .cpu_percent = NAN, .memory_used = UNKNOWN_SIZE, .facts = &facts};
    static const char *const lines[] = {"cpu>0", "cpu<1", "cpu=0", "cpu!=0", "memory>0", "memory<1G"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(filter_t) filter = filter_parse_line(lines[i], NULL);
        assert_false(filter_matches(filter, &guest));
    }
}

static void refused(const char *line, const char *hint) {
    g_autoptr(GError) error = NULL;
    assert_null(filter_parse_line(line, &error));
    assert_true(g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_USAGE));
    if (hint != NULL)
        assert_non_null(g_strstr_len(error_hint(error), -1, hint));
}

static void mistakes_are_named(void **state) {
    refused("stat=running", "state");
    refused("state=runing", "running");
    refused("managed=maybe", "yes");
    refused("cpu>much", NULL);
    refused("memory>-1", NULL);
    refused("tag>x", NULL);
    refused("\377", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_must_all_hold),
        cmocka_unit_test(figures_are_compared),
        cmocka_unit_test(an_unknown_figure_matches_nothing),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
