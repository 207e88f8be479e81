/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/doctor/mend.h"

#include <string.h>
#include <unistd.h>

#include "core/base/command.h"
#include "core/doctor/examine.h"

static gboolean through_sudo(const struct check *check) {
    return check->needs_root && geteuid() != 0;
}

gboolean mend_possible(const struct check *check) {
    g_autofree char *sudo = through_sudo(check) ? command_find("sudo") : NULL;
    return check->commands != NULL && (!through_sudo(check) || sudo != NULL);
}

GStrv mend_arguments(const struct check *check, guint index) {
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    if (check->commands == NULL || index >= check->commands->len)
        return NULL;
    char **command = g_ptr_array_index(check->commands, index);
    g_autofree char *self = strcmp(command[0], SELF) == 0 ? g_file_read_link("/proc/self/exe", NULL) : NULL;
    if (through_sudo(check))
        g_strv_builder_add(words, "sudo");
    g_strv_builder_add(words, self != NULL ? self : command[0]);
    g_strv_builder_addv(words, (const char **)command + 1);
    return g_strv_builder_end(words);
}
