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
    g_autofree char *jump = ssh_jump(host_uri(ui->engine->host));
    if (!address_valid(address))
        return NULL;
    return g_strdup_printf("ssh %s%s%s%s%s%s", jump == NULL ? "" : "-J ", jump == NULL ? "" : jump,
                           jump == NULL ? "" : " ", user == NULL ? "" : user, user == NULL ? "" : "@",
                           address);
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

struct going {
    struct ui_handle *handle;
    char *uuid;
};

/* Between key and answer a guest may go, and the terminal be another's already. */
static void found(const char *address, gpointer data) {
    struct going *going = data;
    struct ui *ui = going->handle->ui;
    g_autoptr(snapshot_t) now = ui == NULL ? NULL : ui_now(ui);
    const struct guest *guest = now == NULL ? NULL : snapshot_guest(now, going->uuid);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) arguments = guest == NULL
                                  ? NULL
                                  : ssh_arguments(guest, address, ui->engine->settings->create_ssh_user,
                                                  host_uri(ui->engine->host), NULL, &error);
    if (arguments != NULL && !ui->away)
        outside_run(ui, (const char *const *)arguments, NULL, ended);
    else if (error != NULL)
        ui_say_error(ui, NULL, error);
    ui_handle_unref(going->handle);
    g_free(going->uuid);
    g_free(going);
}

void ssh_into(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    struct going *going = g_new(struct going, 1);
    *going = (struct going){ui_handle_ref(ui), g_strdup(guest->uuid)};
    ssh_find(ui->engine, guest, found, going);
}
