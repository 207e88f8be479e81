/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/ssh.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "core/guest/ssh.h"
#include "tui/act.h"
#include "tui/input.h"

/* A stopped ssh ("~^Z") would leave nobody at the terminal: it is continued after this long. */
#define STOPPED_MS 300

struct session {
    struct ui_handle *handle;
    GPid pid;
    guint stop_timer;
};

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

/* In the child: a process group of its own in the foreground, so that Ctrl-C is ssh's alone. */
static void to_foreground(gpointer data) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, usual = {.sa_handler = SIG_DFL};
    setpgid(0, 0);
    sigaction(SIGTTOU, &ignore, NULL);
    tcsetpgrp(STDIN_FILENO, getpid());
    static const int usual_signals[] = {SIGTTOU, SIGTSTP, SIGCONT, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE};
    for (gsize i = 0; i < G_N_ELEMENTS(usual_signals); i++)
        sigaction(usual_signals[i], &usual, NULL);
}

static void take_back(struct ui *ui) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    sigaction(SIGTTOU, &ignore, &old);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    sigaction(SIGTTOU, &old, NULL);
    ui->away = FALSE;
    tty_enter(ui->tty);
    tty_resize(ui->tty);
    canvas_redraw(ui->canvas);
    input_resume(ui);
    ui_dirty(ui);
}

static gboolean wake_stopped(gpointer data) {
    struct session *session = data;
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)session->pid, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid == session->pid)
        kill(session->pid, SIGCONT);
    return G_SOURCE_CONTINUE;
}

static void ended(GPid pid, int status, gpointer data) {
    struct session *session = data;
    struct ui *ui = session->handle->ui;
    g_source_remove(session->stop_timer);
    g_spawn_close_pid(pid);
    if (ui != NULL) {
        take_back(ui);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 255)
            ui_say(ui, MESSAGE_ERROR,
                   "ssh failed; what it said is on the screen below this one (Ctrl-Z shows it)");
        else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
            ui_say(ui, MESSAGE_NOTE, "ssh ended with status %d", WEXITSTATUS(status));
        else if (WIFSIGNALED(status))
            ui_say(ui, MESSAGE_NOTE, "ssh was ended by signal %d", WTERMSIG(status));
    }
    ui_handle_unref(session->handle);
    g_free(session);
}

static void run_ssh(struct ui *ui, char **arguments) {
    g_autoptr(GError) error = NULL;
    GPid pid = 0;
    input_pause(ui);
    tty_leave(ui->tty);
    ui->away = TRUE;
    if (!g_spawn_async(NULL, arguments, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
                       to_foreground, NULL, &pid, &error)) {
        take_back(ui);
        ui_say_error(ui, "cannot start ssh", error);
        return;
    }
    struct session *session = g_new0(struct session, 1);
    session->handle = ui_handle_ref(ui);
    session->pid = pid;
    session->stop_timer = g_timeout_add(STOPPED_MS, wake_stopped, session);
    g_child_watch_add(pid, ended, session);
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
        run_ssh(ui, arguments);
}
