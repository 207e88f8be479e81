/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/terminal.h"
#include "core/guest/console.h"
#include "tui/ui.h"

/* A console that was attached once, and goes on while nobody looks at it: its connection, its emulator, and
 * what became of them. It lives until it is closed, or innkeep ends. Main thread. */

enum session_phase {
    SESSION_OPENING,
    SESSION_LIVE,
    SESSION_OFF,    /* the guest is off: its last screen stays, the next start opens it again */
    SESSION_LOST,   /* the link to libvirt is gone: it opens again by itself */
    SESSION_IN_USE, /* another has it, and may be asked for it */
    SESSION_FAILED,
};

/* Who looks back in it: answers of its emulator. */
struct session_watch {
    void (*line)(guint64 line, const struct terminal_cell *cells, guint columns, gpointer data);
    void (*found)(gboolean found, guint64 line, guint column, guint columns, gpointer data);
    void (*changed)(gpointer data);
};

struct session {
    struct ui *ui;
    char *uuid, *name, *device; /* device NULL: the first serial one */
    enum session_phase phase;
    struct console *console;
    struct terminal *terminal; /* NULL: it died too often */
    char *message;             /* what is to be known of it, or NULL */
    gboolean forced;           /* taken over: a second refusal is no question of that */
    gboolean unseen;           /* it printed something while nobody looked */
    gboolean shown;            /* somebody looks */
    int guest_id;              /* the running guest it was opened for */
    gint64 retry_at;           /* monotonic, in microseconds */
    guint columns, rows;
    const struct session_watch *watch; /* NULL: nobody does */
    gpointer watcher;
    struct console_record *record; /* NULL: it is not logged */
    guint deaths;                  /* of its emulator, since deaths_since */
    gint64 deaths_since;
};

/* Opens the console. The emulator's failure to start is an error, and NULL. */
struct session *session_new(struct ui *ui, const struct guest *guest, const char *device, guint columns,
                            guint rows, GError **error);
void session_free(struct session *session);

/* Opens it again, from whoever has it with force. A dead emulator is started again. */
void session_open(struct session *session, gboolean force);

/* A new snapshot is there: what is off, lost or unexplained may have changed. */
void session_refresh(struct session *session, const struct snapshot *snapshot);

/* Text that was asked of its emulator is given to the clipboard, and said to be. */
void session_copy(struct session *session, guint64 from, guint from_column, guint64 to, guint to_column);

/* Begins to write what it prints to a file, or ends that; says where. */
void session_log(struct session *session);

/* To the guest, if it is there. */
void session_send(struct session *session, const guint8 *bytes, gsize length);

/* Alt-SysRq and a letter, on the guest's keyboard. */
void session_sysrq(struct session *session, char key);

void session_resize(struct session *session, guint columns, guint rows);

/* What a person is told about it; NULL: nothing. */
void session_say(struct session *session, const char *format, ...) G_GNUC_PRINTF(2, 3);
void session_said(struct session *session);
