/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/session.h"

#include <string.h>

#include "config/error.h"
#include "core/guest/console_record.h"
#include "tui/copy.h"

/* An emulator that dies more often than this within a minute is not started again by itself. */
#define DEATHS_MAX 5

/* How long a console that could not be opened again rests. */
#define RETRY_US (2 * G_USEC_PER_SEC)

static void vsay(struct session *session, const char *format, va_list arguments) {
    g_free(session->message);
    session->message = g_strdup_vprintf(format, arguments);
    ui_dirty(session->ui);
}

void session_say(struct session *session, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsay(session, format, arguments);
    va_end(arguments);
}

void session_said(struct session *session) {
    if (session->message == NULL)
        return;
    g_clear_pointer(&session->message, g_free);
    ui_dirty(session->ui);
}

/* A line of ours among what the guest printed: "TEXT at 12:34:56". */
static void mark(struct session *session, const char *text) {
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = now == NULL ? NULL : g_date_time_format(now, "%H:%M:%S");
    g_autofree char *line =
        g_strdup_printf("[%s at %s; output may be missing]", text, time == NULL ? "?" : time);
    if (session->terminal != NULL)
        terminal_mark(session->terminal, line);
}

static const struct guest *guest_now(struct session *session, const struct snapshot *snapshot) {
    return snapshot_guest(snapshot, session->uuid);
}

static void on_opened(struct console *console, gpointer data) {
    struct session *session = data;
    g_autoptr(snapshot_t) now = ui_now(session->ui);
    const struct guest *guest = guest_now(session, now);
    (void)console;
    session->phase = SESSION_LIVE;
    if (guest != NULL && guest->id >= 0)
        session->guest_id = guest->id;
    session_said(session);
    ui_dirty(session->ui);
}

static void on_output(struct console *console, const guint8 *bytes, gsize length, gpointer data) {
    struct session *session = data;
    (void)console;
    if (session->terminal != NULL)
        terminal_feed(session->terminal, bytes, length);
    if (session->record != NULL)
        console_record_add(session->record, bytes, length);
    if (session->shown || session->unseen)
        return;
    session->unseen = TRUE;
    ui_dirty(session->ui);
}

static void refused(struct session *session, const GError *error) {
    gboolean conflict =
        error != NULL && error->domain == INNKEEP_ERROR && error->code == INNKEEP_ERROR_CONFLICT;
    if (conflict && !session->forced) {
        session->phase = SESSION_IN_USE;
        session_say(session, "in use, by whom libvirt does not tell: f takes it over");
    } else {
        session->phase = SESSION_FAILED;
        session_say(session, "%s; f tries again", error == NULL ? "it could not be opened" : error->message);
    }
}

static void on_ended(struct console *console, enum console_end end, const GError *error, gpointer data) {
    struct session *session = data;
    gboolean again = session->phase == SESSION_LOST || session->phase == SESSION_OFF;
    (void)console;
    if (end == CONSOLE_REFUSED && again) { /* the daemon, or the guest, is not back yet */
        session->retry_at = g_get_monotonic_time() + RETRY_US;
    } else if (end == CONSOLE_REFUSED) {
        refused(session, error);
    } else if (end == CONSOLE_LOST) {
        if (session->phase == SESSION_LIVE)
            mark(session, "the link to libvirt was lost");
        session->phase = SESSION_LOST;
        session->retry_at = g_get_monotonic_time() + RETRY_US;
        session_say(session, "the link to libvirt was lost; the console opens again by itself");
    } else {
        session->phase = SESSION_OFF;
        session->retry_at = 0;
        session_say(session, "the console ended: the guest went off, or another took it; f takes it back");
        host_refresh(session->ui->engine->host);
    }
    ui_dirty(session->ui);
}

static void on_pressed(struct console *console, const GError *error, gpointer data) {
    (void)console;
    if (error != NULL)
        session_say(data, "%s", error->message);
    else
        session_say(data, "Alt-SysRq was pressed; whether the guest listens is its kernel.sysrq's affair");
}

static const struct console_events console_events = {on_opened, on_output, on_ended, on_pressed};

static void on_changed(struct terminal *terminal, gpointer data) {
    const struct session *session = data;
    (void)terminal;
    if (!session->shown)
        return;
    ui_dirty(session->ui);
    if (session->watch != NULL)
        session->watch->changed(session->watcher);
}

static void on_line(struct terminal *terminal, guint64 line, const struct terminal_cell *cells, guint columns,
                    gpointer data) {
    const struct session *session = data;
    (void)terminal;
    if (session->watch != NULL)
        session->watch->line(line, cells, columns, session->watcher);
    ui_dirty(session->ui);
}

static void on_found(struct terminal *terminal, gboolean found, guint64 line, guint column, guint columns,
                     gpointer data) {
    const struct session *session = data;
    (void)terminal;
    if (session->watch != NULL)
        session->watch->found(found, line, column, columns, session->watcher);
    ui_dirty(session->ui);
}

static void on_text(struct terminal *terminal, const char *text, gpointer data) {
    struct session *session = data;
    (void)terminal;
    copy_lines(session->ui, text);
    g_autofree char *first = g_strndup(text, strcspn(text, "\n"));
    guint lines = 1;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n' && at[1] != '\0';
    if (*text == '\0')
        session_say(session, "there is no text to copy");
    else if (!canvas_capabilities(session->ui->canvas)->clipboard)
        session_say(session, "this terminal takes no copy; the text was: %s%s", first,
                    lines > 1 ? " ..." : "");
    else if (lines > 1)
        session_say(session, "copied %u lines: %s ...", lines, first);
    else
        session_say(session, "copied: %s", first);
}

void session_copy(struct session *session, guint64 from, guint from_column, guint64 to, guint to_column) {
    if (session->terminal != NULL)
        terminal_copy(session->terminal, from, from_column, to, to_column);
}

static void on_reply(struct terminal *terminal, const guint8 *bytes, gsize length, gpointer data) {
    struct session *session = data;
    (void)terminal;
    if (session->phase == SESSION_LIVE)
        console_send(session->console, bytes, length);
}

static gboolean start_emulator(struct session *session, GError **error);

/* The connection stays: what the guest printed meanwhile waits there. */
static void on_died(struct terminal *terminal, const char *why, gpointer data) {
    struct session *session = data;
    g_autoptr(GError) error = NULL;
    gint64 now = g_get_monotonic_time();
    if (now - session->deaths_since > G_TIME_SPAN_MINUTE) {
        session->deaths_since = now;
        session->deaths = 0;
    }
    session->deaths++;
    session->terminal = NULL;
    terminal_free(terminal);
    if (session->deaths > DEATHS_MAX) {
        session_say(session, "its emulator died %u times; f starts it again (%s)", session->deaths, why);
    } else if (!start_emulator(session, &error)) {
        session_say(session, "its emulator died; f starts it again (%s)", error->message);
    } else {
        mark(session, "the emulator died and was started again");
        session_say(session, "its emulator was started again: %s", why);
    }
}

static const struct terminal_events terminal_events = {on_changed, on_reply, on_died,
                                                       on_line,    on_found, on_text};

static gboolean start_emulator(struct session *session, GError **error) {
    session->terminal = terminal_new(session->columns, session->rows, &terminal_events, session, error);
    return session->terminal != NULL;
}

/* The phase stays as it was, so that a refusal of what is tried by itself is no news. */
static void open_console(struct session *session, gboolean force) {
    g_clear_pointer(&session->console, console_close);
    session->forced = force;
    session->console = console_open(session->ui->engine->host, session->uuid, session->device, force,
                                    &console_events, session);
}

void session_open(struct session *session, gboolean force) {
    g_autoptr(GError) error = NULL;
    if (session->terminal == NULL && !start_emulator(session, &error)) {
        session_say(session, "%s", error->message);
        return;
    }
    if (session->phase == SESSION_LIVE && !force)
        return;
    session->phase = SESSION_OPENING;
    session_say(session, "opening the console of %s", session->name);
    open_console(session, force);
}

void session_refresh(struct session *session, const struct snapshot *snapshot) {
    const struct guest *guest = guest_now(session, snapshot);
    gboolean active = guest != NULL && guest_state_active(guest->state);
    if (guest != NULL && g_strcmp0(guest->name, session->name) != 0) {
        g_free(session->name);
        session->name = g_strdup(guest->name);
    }
    if (snapshot->link != LINK_UP || g_get_monotonic_time() < session->retry_at)
        return;
    if (session->phase == SESSION_LOST && active) {
        session->retry_at = g_get_monotonic_time() + RETRY_US;
        open_console(session, FALSE);
    } else if (session->phase == SESSION_OFF && active && guest->id != session->guest_id) {
        session->retry_at = g_get_monotonic_time() + RETRY_US;
        open_console(session, FALSE);
    } else if ((session->phase == SESSION_OFF || session->phase == SESSION_LOST) && !active &&
               snapshot->listed) {
        session->phase = SESSION_OFF;
        session->guest_id = -1;
        session_say(session, "%s is %s; this was its last screen, its next start opens it again",
                    session->name, guest == NULL ? "gone" : guest_state_screen(guest->state));
    }
}

static void on_record_end(const char *why, gpointer data) {
    struct session *session = data;
    session_say(session, "no longer logged: %s", why);
    g_clear_pointer(&session->record, console_record_free);
}

void session_log(struct session *session) {
    g_autoptr(GError) error = NULL;
    if (session->record != NULL) {
        session_say(session, "logged up to here: %s", console_record_path(session->record));
        g_clear_pointer(&session->record, console_record_free);
        return;
    }
    session->record = console_record_new(session->name, on_record_end, session, &error);
    if (session->record == NULL)
        session_say(session, "%s", error->message);
    else
        session_say(session, "logged as plain text: %s", console_record_path(session->record));
}

void session_send(struct session *session, const guint8 *bytes, gsize length) {
    if (session->phase != SESSION_LIVE || length == 0)
        return;
    if (!console_send(session->console, bytes, length))
        session_say(session, "the guest does not read what is typed: some of it was dropped");
    else
        session_said(session);
}

void session_sysrq(struct session *session, char key) {
    if (session->phase != SESSION_LIVE || !console_sysrq(session->console, key))
        session_say(session, "no key can be pressed now");
}

void session_resize(struct session *session, guint columns, guint rows) {
    if (session->columns == columns && session->rows == rows)
        return;
    session->columns = columns;
    session->rows = rows;
    if (session->terminal != NULL)
        terminal_resize(session->terminal, columns, rows);
}

struct session *session_new(struct ui *ui, const struct guest *guest, const char *device, guint columns,
                            guint rows, GError **error) {
    struct session *session = g_new0(struct session, 1);
    session->ui = ui;
    session->uuid = g_strdup(guest->uuid);
    session->name = g_strdup(guest->name);
    session->device = g_strdup(device);
    session->columns = columns;
    session->rows = rows;
    session->guest_id = guest->id;
    if (!start_emulator(session, error)) {
        session_free(session);
        return NULL;
    }
    session_open(session, FALSE);
    return session;
}

void session_free(struct session *session) {
    if (session == NULL)
        return;
    g_clear_pointer(&session->console, console_close);
    g_clear_pointer(&session->terminal, terminal_free);
    g_clear_pointer(&session->record, console_record_free);
    g_free(session->uuid);
    g_free(session->name);
    g_free(session->device);
    g_free(session->message);
    g_free(session);
}
