/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/manual.h"

#include <sys/wait.h>

#include "core/base/manual.h"
#include "tui/outside.h"

#define ELSEWHERE "innkeep-keys(7), NAME"

static void ended(struct ui *ui, int status) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        ui_say(ui, MESSAGE_ERROR,
               "man failed; what it said is on the screen below this one (Ctrl-Z shows it)");
}

void manual_open_at(struct ui *ui, const char *see) {
    g_auto(GStrv) environment = NULL;
    g_auto(GStrv) arguments = manual_command(see, &environment);
    outside_run(ui, (const char *const *)arguments, environment, ended);
}

void manual_open(struct ui *ui, const struct action *action) {
    const char *see = ui_top(ui)->ops->manual;
    if (see == NULL)
        see = ui_screen(ui)->ops->manual;
    manual_open_at(ui, see != NULL ? see : ELSEWHERE);
}
