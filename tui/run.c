/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/tui.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <glib-unix.h>

#include "config/error.h"
#include "core/journal/event_log.h"
#include "core/guest/console.h"
#include "core/longjob/watch.h"
#include "tui/console/view.h"
#include "tui/guests.h"
#include "tui/input.h"
#include "tui/reload.h"

/* Jobs show how long they run, and a lost link for how long, once a second. */
#define TICK_S 1

/* For consoles to be given back to libvirt when the program ends, which a daemon that hangs holds up. */
#define CLOSING_MS 1000

static gboolean ended_by(gpointer data, const char *name) {
    struct ui *ui = data;
    if (ui->ended == NULL)
        error_set(&ui->ended, INNKEEP_ERROR_INTERRUPTED, NULL, "the console was ended by %s", name);
    ui_quit(ui);
    return G_SOURCE_CONTINUE;
}

static gboolean on_term(gpointer data) {
    return ended_by(data, "SIGTERM");
}

static gboolean on_hup(gpointer data) {
    return ended_by(data, "SIGHUP");
}

static gboolean on_int(gpointer data) {
    return ended_by(data, "SIGINT");
}

static gboolean on_winch(gpointer data) {
    struct ui *ui = data;
    tty_resize(ui->tty);
    ui_dirty(ui);
    return G_SOURCE_CONTINUE;
}

/* SIGTSTP and SIGCONT from elsewhere reach the loop through a pipe: GLib has no source for them. */
static int signal_pipe[2] = {-1, -1};

static void note_signal(int number) {
    int saved = errno;
    guint8 byte = (guint8)number;
    /* On whichever thread, while the main one may be closing it. */
    ssize_t ignored = write(g_atomic_int_get(&signal_pipe[1]), &byte, 1);
    (void)ignored;
    errno = saved;
}

static gboolean on_stop_or_continue(int fd, GIOCondition condition, gpointer data) {
    struct ui *ui = data;
    guint8 number;
    if (read(fd, &number, 1) != 1)
        return G_SOURCE_CONTINUE;
    if (number == SIGTSTP)
        input_suspend(ui);
    else
        input_continued(ui);
    return G_SOURCE_CONTINUE;
}

static gboolean tick(gpointer data) {
    struct ui *ui = data;
    if (tty_size_differs(ui->tty))
        on_winch(ui);
    if (jobs_active_count(ui->engine->jobs) > 0 || ui->snapshot->link == LINK_LOST)
        ui_dirty(ui);
    return G_SOURCE_CONTINUE;
}

static void host_changed(gpointer data) {
    struct ui *ui = data;
    if (!ui->frozen)
        ui_refresh(ui);
}

static void jobs_changed(gpointer data) {
    ui_dirty(data);
}

static void other_ended(struct job *job, const GError *error, gpointer data) {
    const char *result = job_result(job);
    if (error != NULL)
        ui_say_error(data, NULL, error);
    else
        ui_say(data, MESSAGE_DONE, "%s", result != NULL ? result : job_title(job));
}

static void load_theme(struct ui *ui) {
    g_autoptr(GError) error = NULL;
    const char *name = ui->options->theme != NULL ? ui->options->theme : ui->engine->settings->ui_theme;
    ui->theme = theme_load(name == NULL ? "default" : name, &error);
    if (ui->theme != NULL)
        return;
    ui_say_error(ui, NULL, error);
    ui->theme = theme_plain();
}

/* The sources that drive it. */
static GArray *add_sources(struct ui *ui) {
    GArray *sources = g_array_new(FALSE, FALSE, sizeof(guint));
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    guint ids[] = {g_unix_signal_add(SIGTERM, on_term, ui), g_unix_signal_add(SIGHUP, on_hup, ui),
                   g_unix_signal_add(SIGINT, on_int, ui), g_unix_signal_add(SIGWINCH, on_winch, ui),
                   g_timeout_add_seconds(TICK_S, tick, ui)};
    g_array_append_vals(sources, ids, G_N_ELEMENTS(ids));
    if (g_unix_open_pipe(signal_pipe, FD_CLOEXEC, NULL)) {
        guint id = g_unix_fd_add(signal_pipe[0], G_IO_IN, on_stop_or_continue, ui);
        g_array_append_val(sources, id);
        sigaction(SIGTSTP, &action, NULL);
        sigaction(SIGCONT, &action, NULL);
    }
    return sources;
}

static void remove_sources(GArray *sources) {
    for (guint i = 0; i < sources->len; i++)
        g_source_remove(g_array_index(sources, guint, i));
    g_array_unref(sources);
    signal(SIGTSTP, SIG_DFL);
    signal(SIGCONT, SIG_DFL);
    for (gsize i = 2; i > 0; i--) {
        int file = signal_pipe[i - 1];
        g_atomic_int_set(&signal_pipe[i - 1], -1);
        if (file >= 0)
            close(file);
    }
}

static void clear(struct ui *ui) {
    if (ui->pane != NULL)
        console_view_end((struct console_view *)ui->pane);
    for (guint i = ui->views->len; i > 0; i--) {
        struct view *view = g_ptr_array_index(ui->views, i - 1);
        g_ptr_array_remove_index(ui->views, i - 1);
        view->ops->free(view);
    }
    g_clear_pointer(&ui->consoles, consoles_free);
    if (ui->frame_source != 0)
        g_source_remove(ui->frame_source);
    ui->handle->ui = NULL;
    ui_handle_unref(ui->handle);
    g_ptr_array_unref(ui->views);
    canvas_free(ui->canvas);
    theme_free(ui->theme);
    keymap_free(ui->keymap);
    messages_free(ui->messages);
    snapshot_unref(ui->snapshot);
    g_main_loop_unref(ui->loop);
}

static void keep_event(const struct host_event *event, gpointer ui) {
    event_log_event(((struct ui *)ui)->engine->events, event);
}

static void run(struct ui *ui) {
    host_subscribe(ui->engine->host, host_changed, ui);
    host_set_listener(ui->engine->host, keep_event, ui);
    jobs_set_listener(ui->engine->jobs, jobs_changed, ui);
    struct job_watch *watch = job_watch_new(ui->engine, other_ended, ui);
    struct reload *reload = reload_new(ui);
    input_start(ui);
    ui_dirty(ui);
    g_main_loop_run(ui->loop);
    input_stop(ui);
    reload_free(reload);
    job_watch_free(watch);
    jobs_set_listener(ui->engine->jobs, NULL, NULL);
    host_set_listener(ui->engine->host, NULL, NULL);
    host_unsubscribe(ui->engine->host, ui);
}

gboolean tui_run(struct engine *engine, const struct tui_options *options, GError **error) {
    struct ui ui = {.engine = engine, .options = options};
    const struct tty_options tty_options = {
        .colour = options->colour, .mouse = engine->settings->ui_mouse, .ascii = engine->settings->ui_ascii};
    /* before the terminal is opened: ncurses leaves handlers alone that are there already */
    ui.loop = g_main_loop_new(NULL, FALSE);
    GArray *sources = add_sources(&ui);
    ui.tty = tty_open(&tty_options, error);
    if (ui.tty == NULL) {
        remove_sources(sources);
        g_main_loop_unref(ui.loop);
        return FALSE;
    }
    ui.handle = g_new0(struct ui_handle, 1);
    *ui.handle = (struct ui_handle){.references = 1, .ui = &ui};
    ui.messages = messages_new();
    ui.snapshot = host_snapshot(engine->host);
    ui.views = g_ptr_array_new();
    ui_set_keys(&ui);
    load_theme(&ui);
    ui.canvas = canvas_new(tty_capabilities(ui.tty), ui.theme);
    ui.consoles = consoles_new(&ui);
    struct guests *guests = guests_new(&ui);
    g_ptr_array_add(ui.views, guests);
    run(&ui);
    remove_sources(sources);
    tty_close(ui.tty);
    clear(&ui);
    console_wait_closed(CLOSING_MS);
    if (ui.ended == NULL)
        return TRUE;
    g_propagate_error(error, ui.ended);
    return FALSE;
}
