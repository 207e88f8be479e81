/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/prefix.h"

#include <string.h>

#include "tui/console/keys.h"
#include "tui/console/scroll.h"

static void leave(struct console_view *view) {
    console_view_leave(view);
}

static void send_prefix(struct console_view *view) {
    g_autoptr(GByteArray) bytes = console_keys_of_name(&view->prefix);
    session_send(view->session, bytes->data, bytes->len);
}

static void step(struct console_view *view, int by) {
    struct session *other = consoles_step(view->view.ui->consoles, view->session, by);
    if (other == view->session)
        session_say(view->session, "this is the only console that is open");
    else
        console_view_turn(view, other);
}

static void next(struct console_view *view) {
    step(view, 1);
}

static void previous(struct console_view *view) {
    step(view, -1);
}

static void zoom(struct console_view *view) {
    console_view_zoom(view);
}

static void look_back(struct console_view *view) {
    if (view->scroll == NULL && view->session->terminal != NULL)
        view->scroll = scroll_new(view->session);
}

static void copy_screen(struct console_view *view) {
    if (view->session->terminal == NULL)
        return;
    const struct terminal_screen *screen = terminal_screen(view->session->terminal);
    session_copy(view->session, screen->end, 0, screen->end + screen->rows - 1, screen->columns);
}

static void log_to_file(struct console_view *view) {
    session_log(view->session);
}

static void ask_size(struct console_view *view) {
    view->question = QUESTION_SIZE;
    session_say(view->session, "y types 'stty rows %u cols %u' and Enter there", view->session->rows,
                view->session->columns);
}

static void ask_sysrq(struct console_view *view) {
    view->question = QUESTION_SYSRQ;
    session_say(view->session, "libvirt sends no break; a letter sends Alt-SysRq with it, Esc does not");
}

static void take_over(struct console_view *view) {
    session_open(view->session, view->session->phase != SESSION_FAILED);
}

static void close_console(struct console_view *view) {
    struct ui *ui = view->view.ui;
    struct session *session = view->session, *other = consoles_step(ui->consoles, session, 1);
    if (other != session)
        console_view_turn(view, other);
    else
        console_view_end(view);
    consoles_close(ui->consoles, session);
}

static void help(struct console_view *view) {
    view->help = TRUE;
}

static const struct {
    gunichar key;
    const char *help;
    void (*run)(struct console_view *view);
} keys[] = {
    {'q', "leave; the console stays open", leave},
    {'x', "close it for good", close_console},
    {'n', "the next console", next},
    {'p', "the one before", previous},
    {'z', "in a pane beside the list, or full", zoom},
    {'[', "look back; / looks for text", look_back},
    {'y', "copy what the screen shows", copy_screen},
    {'l', "log to a file, on and off", log_to_file},
    {'b', "break: Alt-SysRq and a letter", ask_sysrq},
    {'s', "tell the guest the window's size (stty)", ask_size},
    {'f', "take over, or open again", take_over},
    {']', "send the prefix's own byte", send_prefix},
    {'?', "this help", help},
};

void prefix_key(struct console_view *view, const struct input *input) {
    gunichar letter = input->code == INPUT_CHARACTER ? input->character : 0;
    session_said(view->session);
    if (key_name_matches(&view->prefix, input)) {
        leave(view);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].key == letter) {
            keys[i].run(view);
            return;
        }
    if (input->code != INPUT_ESCAPE)
        session_say(view->session, "no such key after the prefix; ? shows them");
}

static void type_size(struct console_view *view) {
    g_autofree char *line =
        g_strdup_printf("stty rows %u cols %u\r", view->session->rows, view->session->columns);
    session_send(view->session, (const guint8 *)line, strlen(line));
}

void prefix_answer(struct console_view *view, const struct input *input) {
    enum console_question question = view->question;
    gunichar letter = input->code == INPUT_CHARACTER ? g_unichar_tolower(input->character) : 0;
    gboolean sendable = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    view->question = QUESTION_NONE;
    session_said(view->session);
    if (question == QUESTION_SIZE && letter == 'y') {
        type_size(view);
    } else if (question == QUESTION_SYSRQ && sendable) {
        view->question = QUESTION_SYSRQ_SURE;
        view->sysrq = (char)letter;
        session_say(view->session,
                    "y presses Alt-SysRq-%c on the keyboard of %s; b boots it at once, c crashes it",
                    view->sysrq, view->session->name);
    } else if (question == QUESTION_SYSRQ_SURE && letter == 'y') {
        session_sysrq(view->session, view->sysrq);
    }
}

void prefix_help(const struct console_view *view, struct canvas *canvas, struct area area) {
    g_autofree char *prefix = key_name_text(&view->prefix);
    g_autofree char *title = g_strdup_printf("After %s (again: leave)", prefix);
    int rows = MIN(area.rows, (int)G_N_ELEMENTS(keys) + 2), width = MIN(area.columns, 52);
    struct area box = {area.row + (area.rows - rows) / 2, area.column + (area.columns - width) / 2, rows,
                       width};
    struct area inside = draw_box(canvas, box, title);
    for (int i = 0; i < (int)G_N_ELEMENTS(keys) && i < inside.rows; i++) {
        char letter[7] = "";
        g_unichar_to_utf8(keys[i].key, letter);
        draw_text(canvas, inside.row + i, inside.column, 2, STYLE_KEY, letter);
        draw_text(canvas, inside.row + i, inside.column + 3, inside.columns - 3, STYLE_NORMAL, keys[i].help);
    }
}
