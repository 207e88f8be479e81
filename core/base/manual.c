/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/manual.h"

#include "config/paths.h"

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

GStrv manual_command(const char *see, GStrv *environment) {
    g_auto(GStrv) parts = g_strsplit(see, ", ", 2);
    g_auto(GStrv) page = g_strsplit_set(parts[0], "()", 3);
    g_autofree char *file = g_strdup_printf("%s.%s", page[0], page[1]);
    g_autofree char *path = paths_manual(file);
    g_autofree char *pager = pager_at(parts[1]);
    *environment = g_get_environ();
    if (pager != NULL)
        *environment = g_environ_setenv(*environment, "MANPAGER", pager, TRUE);
    const char *const ours[] = {"man", "-l", path, NULL}, *const theirs[] = {"man", page[1], page[0], NULL};
    return g_strdupv((GStrv)(path != NULL ? ours : theirs));
}
