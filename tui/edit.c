/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/edit.h"

#include <string.h>

#include "core/base/text.h"

#define EDIT_MAX 1024 /* bytes */

struct edit {
    GString *text;
    gsize cursor; /* byte offset */
};

struct edit *edit_new(const char *text) {
    struct edit *edit = g_new0(struct edit, 1);
    edit->text = g_string_new(NULL);
    edit_set(edit, text == NULL ? "" : text);
    return edit;
}

void edit_free(struct edit *edit) {
    if (edit == NULL)
        return;
    explicit_bzero(edit->text->str, edit->text->len); /* it may be a password */
    g_string_free(edit->text, TRUE);
    g_free(edit);
}

const char *edit_text(const struct edit *edit) {
    return edit->text->str;
}

void edit_set(struct edit *edit, const char *text) {
    g_string_truncate(edit->text, 0);
    edit->cursor = 0;
    edit_paste(edit, text);
}

static void insert(struct edit *edit, gunichar character) {
    char utf8[7];
    int length = g_unichar_to_utf8(character, utf8);
    utf8[length] = '\0';
    g_autofree char *safe = text_safe(utf8, 2, FALSE);
    /* what would be drawn as a stand-in is not what the person meant to type */
    if (strcmp(safe, utf8) != 0 || edit->text->len + (gsize)length > EDIT_MAX)
        return;
    g_string_insert_len(edit->text, (gssize)edit->cursor, utf8, length);
    edit->cursor += (gsize)length;
}

static gsize before(const struct edit *edit) {
    return edit->cursor == 0 ? 0
                             : (gsize)(g_utf8_prev_char(edit->text->str + edit->cursor) - edit->text->str);
}

static gsize after(const struct edit *edit) {
    return edit->cursor == edit->text->len
               ? edit->cursor
               : (gsize)(g_utf8_next_char(edit->text->str + edit->cursor) - edit->text->str);
}

static void erase_to(struct edit *edit, gsize from, gsize to) {
    g_string_erase(edit->text, (gssize)from, (gssize)(to - from));
    edit->cursor = from;
}

static gsize word_before(const struct edit *edit) {
    gsize at = edit->cursor;
    while (at > 0 && edit->text->str[at - 1] == ' ')
        at--;
    while (at > 0 && edit->text->str[at - 1] != ' ')
        at--;
    return at;
}

/* The keys of every shell's line. */
static gboolean control(struct edit *edit, gunichar letter) {
    switch (letter) {
    case 'a':
        edit->cursor = 0;
        return TRUE;
    case 'e':
        edit->cursor = edit->text->len;
        return TRUE;
    case 'u':
        erase_to(edit, 0, edit->cursor);
        return TRUE;
    case 'k':
        g_string_truncate(edit->text, edit->cursor);
        return TRUE;
    case 'w':
        erase_to(edit, word_before(edit), edit->cursor);
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean edit_key(struct edit *edit, const struct input *input) {
    switch (input->code) {
    case INPUT_CHARACTER:
        insert(edit, input->character);
        return TRUE;
    case INPUT_CONTROL:
        return control(edit, input->character);
    case INPUT_BACKSPACE:
        erase_to(edit, before(edit), edit->cursor);
        return TRUE;
    case INPUT_DELETE:
        g_string_erase(edit->text, (gssize)edit->cursor, (gssize)(after(edit) - edit->cursor));
        return TRUE;
    case INPUT_LEFT:
        edit->cursor = before(edit);
        return TRUE;
    case INPUT_RIGHT:
        edit->cursor = after(edit);
        return TRUE;
    case INPUT_HOME:
        edit->cursor = 0;
        return TRUE;
    case INPUT_END:
        edit->cursor = edit->text->len;
        return TRUE;
    default:
        return FALSE;
    }
}

void edit_paste(struct edit *edit, const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at != '\0' && *at != '\n' && *at != '\r'; at = g_utf8_next_char(at))
        insert(edit, g_utf8_get_char(at));
}

void edit_draw(const struct edit *edit, struct canvas *canvas, int row, int column, int columns,
               enum style style, gboolean active) {
    g_autofree char *head = g_strndup(edit->text->str, edit->cursor);
    const char *from = edit->text->str;
    int ahead = text_columns(head);
    while (ahead >= columns && *from != '\0') {
        ahead -= text_character_columns(g_utf8_get_char(from));
        from = g_utf8_next_char(from);
    }
    draw_fit(canvas, row, column, columns, style, FALSE, from);
    if (active)
        canvas_cursor(canvas, row, column + ahead);
}
