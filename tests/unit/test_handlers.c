/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/handlers.h"

#include "tests/unit/unit.h"

static void every_action_of_the_console_has_a_handler(void **state) {
    for (guint id = 0; id < ACTION_COUNT; id++)
        assert_true(handlers_has((enum action_id)id) == ((actions[id].flags & ACTION_TUI) != 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_of_the_console_has_a_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
