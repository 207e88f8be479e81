/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <glib-unix.h>

#include "config/error.h"

#define READ_MAX 4096

/* There is one terminal. */
static guint fd_source, timer_source;

static void arm_timer(struct ui *ui);

static void hung_up(struct ui *ui) {
    if (ui->ended == NULL)
        error_set(&ui->ended, INNKEEP_ERROR_INTERRUPTED, NULL, "the terminal was closed");
    ui_quit(ui);
}

/* FALSE when the terminal is gone. */
static gboolean read_keys(struct ui *ui) {
    guint8 bytes[READ_MAX];
    ssize_t length = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (length < 0 && (errno == EINTR || errno == EAGAIN))
        return TRUE;
    if (length <= 0) {
        hung_up(ui);
        return FALSE;
    }
    key_decoder_feed(ui->decoder, bytes, (gsize)length, g_get_monotonic_time());
    arm_timer(ui);
    return TRUE;
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data) {
    struct ui *ui = data;
    gboolean alive = (condition & G_IO_IN) != 0 && read_keys(ui);
    if (alive && (condition & (G_IO_HUP | G_IO_ERR | G_IO_NVAL)) == 0)
        return fd_source != 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    if (alive) /* what was typed before the line broke was read; now it is broken */
        hung_up(ui);
    else if ((condition & G_IO_IN) == 0)
        hung_up(ui);
    fd_source = 0;
    return G_SOURCE_REMOVE;
}

/* Bytes that wait already are older than the timer: they come first. */
static gboolean on_timer(gpointer data) {
    struct ui *ui = data;
    struct pollfd waiting = {.fd = STDIN_FILENO, .events = POLLIN};
    timer_source = 0;
    if (poll(&waiting, 1, 0) > 0)
        read_keys(ui);
    else
        key_decoder_tick(ui->decoder, g_get_monotonic_time());
    arm_timer(ui);
    return G_SOURCE_REMOVE;
}

static void arm_timer(struct ui *ui) {
    gint64 deadline = ui->decoder == NULL || fd_source == 0 ? -1 : key_decoder_deadline(ui->decoder);
    if (timer_source != 0)
        g_source_remove(timer_source);
    timer_source = 0;
    if (deadline < 0)
        return;
    gint64 wait = MAX(0, deadline - g_get_monotonic_time());
    timer_source = g_timeout_add((guint)((wait + 999) / 1000), on_timer, ui);
}

static void emit(const struct input *input, gpointer data) {
    ui_key(data, input);
}

void input_start(struct ui *ui) {
    ui->decoder = key_decoder_new(emit, ui);
    input_resume(ui);
}

void input_pause(struct ui *ui) {
    if (fd_source != 0)
        g_source_remove(fd_source);
    if (timer_source != 0)
        g_source_remove(timer_source);
    fd_source = timer_source = 0;
}

void input_resume(struct ui *ui) {
    if (fd_source != 0)
        return;
    fd_source = g_unix_fd_add_full(G_PRIORITY_HIGH, STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable,
                                   ui, NULL);
}

void input_stop(struct ui *ui) {
    input_pause(ui);
    g_clear_pointer(&ui->decoder, key_decoder_free);
}

void input_suspend(struct ui *ui) {
    if (ui->away)
        return;
    tty_suspend(ui->tty);
    canvas_redraw(ui->canvas);
    ui_dirty(ui);
}

void input_continued(struct ui *ui) {
    if (ui->away)
        return;
    tty_leave(ui->tty);
    tty_enter(ui->tty);
    tty_resize(ui->tty);
    canvas_redraw(ui->canvas);
    ui_dirty(ui);
}
