/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/outside.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/input.h"

/* One that stops itself (ssh by "~^Z") would leave nobody at the terminal: it is continued after this long.
 */
#define STOPPED_MS 300

struct session {
    struct ui_handle *handle;
    GPid pid;
    guint stop_timer;
    outside_ended ended;
};

/* In the child: a process group of its own in the foreground, so that Ctrl-C is that program's alone. */
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
        if (session->ended != NULL)
            session->ended(ui, status);
    }
    ui_handle_unref(session->handle);
    g_free(session);
}

void outside_run(struct ui *ui, const char *const *arguments, char **environment, outside_ended done) {
    g_autoptr(GError) error = NULL;
    GPid pid = 0;
    input_pause(ui);
    tty_leave(ui->tty);
    ui->away = TRUE;
    if (!g_spawn_async(NULL, (char **)arguments, environment,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
                       to_foreground, NULL, &pid, &error)) {
        take_back(ui);
        ui_say_error(ui, NULL, error);
        return;
    }
    struct session *session = g_new0(struct session, 1);
    session->handle = ui_handle_ref(ui);
    session->pid = pid;
    session->ended = done;
    session->stop_timer = g_timeout_add(STOPPED_MS, wake_stopped, session);
    g_child_watch_add(pid, ended, session);
}
