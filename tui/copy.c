/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/copy.h"

#include <string.h>

#include "core/base/text.h"
#include "core/guest/viewer.h"
#include "tui/act.h"
#include "tui/pager.h"
#include "tui/ssh.h"

#define CLIPBOARD_MAX 512

/* OSC 52. */
gboolean copy_lines(struct ui *ui, const char *text) {
    if (!canvas_capabilities(ui->canvas)->clipboard || *text == '\0')
        return FALSE;
    g_autofree char *encoded = g_base64_encode((const guchar *)text, strlen(text));
    g_autofree char *sequence = g_strdup_printf("\033]52;c;%s\a", encoded);
    tty_write_raw(sequence);
    return TRUE;
}

/* Only text that is safe to draw goes out. */
static gboolean to_clipboard(struct ui *ui, const char *text) {
    g_autofree char *safe = text_safe(text, CLIPBOARD_MAX, FALSE);
    return strcmp(safe, text) == 0 && copy_lines(ui, text);
}

void copy_text(struct ui *ui, const char *text) {
    ui_say(ui, MESSAGE_NOTE, to_clipboard(ui, text) ? "copied: %s" : "%s", text);
}

/* A display has an address and a line of its own, more than fits into a message. */
static void show_all(struct ui *ui, const struct guest *guest, const char *line, const char *copied) {
    GArray *lines = pager_lines();
    const char *address = guest_address(guest);
    g_autofree char *hint = viewer_hint(guest);
    g_auto(GStrv) parts = g_strsplit(hint, "; ", -1); /* a line each: they are copied from here */
    pager_add(lines, STYLE_NORMAL, NULL, "%s  %s", guest->name, address == NULL ? "no address" : address);
    if (line != NULL)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", line);
    for (char **part = parts; *part != NULL; part++)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", *part);
    if (copied != NULL)
        pager_add(lines, STYLE_NORMAL, NULL, "copied: %s", copied);
    pager_open(ui, "Addresses", lines, FALSE);
}

void copy_guest(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    g_autofree char *line = ssh_line(ui, guest);
    const char *address = guest_address(guest);
    const char *best = line != NULL ? line : guest->name;
    gboolean copied = to_clipboard(ui, best);
    const char *what = line != NULL ? "ssh line" : "name";
    if (guest->facts->graphics != NULL && guest->facts->graphics_port > 0) {
        show_all(ui, guest, line, copied ? what : NULL);
        return;
    }
    ui_say(ui, MESSAGE_NOTE, "%s  %s  %s%s%s", guest->name, address == NULL ? "no address" : address,
           line == NULL ? "" : line, copied ? "  copied: " : "", copied ? what : "");
}
