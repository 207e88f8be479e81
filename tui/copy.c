/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/copy.h"

#include <string.h>

#include "core/base/text.h"
#include "tui/act.h"
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

void copy_guest(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    g_autofree char *line = ssh_line(ui, guest);
    const char *address = guest_address(guest);
    const char *best = line != NULL ? line : guest->name;
    gboolean copied = to_clipboard(ui, best);
    ui_say(ui, MESSAGE_NOTE, "%s  %s  %s%s%s", guest->name, address == NULL ? "no address" : address,
           line == NULL ? "" : line, copied ? "  copied: " : "",
           copied ? (line != NULL ? "ssh line" : "name") : "");
}
