/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/manual.h"

#include <string.h>
#include <sys/wait.h>

#include "config/paths.h"
#include "tui/outside.h"

#define ELSEWHERE "innkeep-keys(7), NAME"

static void ended(struct ui *ui, int status) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        ui_say(ui, MESSAGE_ERROR,
               "man failed; what it said is on the screen below this one (Ctrl-Z shows it)");
}

/* The pager that man runs, told where to begin: less alone understands that. NULL: the person's own choice.
 */
static char *pager_at(const char *section) {
    const char *own = g_getenv("MANPAGER") != NULL ? g_getenv("MANPAGER") : g_getenv("PAGER");
    g_autofree char *less = g_find_program_in_path("less");
    if (less == NULL || (own != NULL && !g_str_has_prefix(own, "less")))
        return NULL;
    /* man splits this into words at its spaces. */
    g_autofree char *pattern = g_strdelimit(g_strdup(section), " ", '.');
    return g_strdup_printf("%s -p^%s", own != NULL ? own : "less", pattern);
}

void manual_open_at(struct ui *ui, const char *see) {
    g_auto(GStrv) parts = g_strsplit(see, ", ", 2);
    g_auto(GStrv) page = g_strsplit_set(parts[0], "()", 3);
    g_auto(GStrv) environment = g_get_environ();
    g_autofree char *file = g_strdup_printf("%s.%s", page[0], page[1]);
    g_autofree char *path = paths_manual(file);
    g_autofree char *pager = pager_at(parts[1]);
    if (pager != NULL)
        environment = g_environ_setenv(environment, "MANPAGER", pager, TRUE);
    const char *const ours[] = {"man", "-l", path, NULL}, *const theirs[] = {"man", page[1], page[0], NULL};
    outside_run(ui, path != NULL ? ours : theirs, environment, ended);
}

void manual_open(struct ui *ui, const struct action *action) {
    const char *see = ui_top(ui)->ops->manual;
    if (see == NULL)
        see = ui_screen(ui)->ops->manual;
    manual_open_at(ui, see != NULL ? see : ELSEWHERE);
}
