/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/ssh.h"

#include <string.h>
#include <sys/wait.h>

#include "core/guest/ssh.h"
#include "tui/act.h"
#include "tui/outside.h"

/* Only what an address is made of: it becomes an argument of ssh. */
static gboolean address_valid(const char *address) {
    return address != NULL && g_ascii_isalnum(*address) &&
           strspn(address, "0123456789abcdefABCDEF:.%") == strlen(address);
}

char *ssh_line(struct ui *ui, const struct guest *guest) {
    const char *user = ssh_user(guest, ui->engine->settings->create_ssh_user),
               *address = guest_address(guest);
    if (!address_valid(address))
        return NULL;
    return user == NULL ? g_strdup_printf("ssh %s", address) : g_strdup_printf("ssh %s@%s", user, address);
}

static void ended(struct ui *ui, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 255)
        ui_say(ui, MESSAGE_ERROR,
               "ssh failed; what it said is on the screen below this one (Ctrl-Z shows it)");
    else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        ui_say(ui, MESSAGE_NOTE, "ssh ended with status %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        ui_say(ui, MESSAGE_NOTE, "ssh was ended by signal %d", WTERMSIG(status));
}

void ssh_into(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    g_autoptr(GError) error = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    g_auto(GStrv) arguments = ssh_arguments(guest, ui->engine->settings->create_ssh_user, NULL, &error);
    if (arguments == NULL)
        ui_say_error(ui, NULL, error);
    else
        outside_run(ui, (const char *const *)arguments, NULL, ended);
}
