/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays the bytes of standard input into a guest's terminal, as the console has it, on COLUMNS x ROWS, and
 * prints its screen, a line a cell: row, column, columns, characters, attributes, foreground, background. */
#include "core/confined/protocol.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINES_MOST 290

struct player {
    GMainLoop *loop;
    GString *lines[LINES_MOST]; /* of the terminal, those behind its screen too */
    int count, status;
};

static void on_changed(struct terminal *terminal, gpointer data) {
}

static void on_reply(struct terminal *terminal, const guint8 *bytes, gsize length, gpointer data) {
}

static void on_died(struct terminal *terminal, const char *why, gpointer data) {
    struct player *player = data;
    fprintf(stderr, "%s\n", why);
    player->status = 1;
    g_main_loop_quit(player->loop);
}

static void on_line(struct terminal *terminal, guint64 line, const struct terminal_cell *cells, guint columns,
                    gpointer data) {
    struct player *player = data;
    g_assert(line < LINES_MOST);
    GString *text = player->lines[line] = g_string_new(NULL);
    player->count = (int)line + 1;
    for (guint i = 0; i < columns; i++) {
        g_autoptr(GString) characters = g_string_new(NULL);
        cell_text(&cells[i], characters);
        if (cells[i].columns > 0)
            g_string_append_printf(text, "%u\t%u\t%s\t%u\t%d\t%d\n", i, cells[i].columns, characters->str,
                                   cells[i].attributes, cells[i].foreground, cells[i].background);
    }
}

static void on_found(struct terminal *terminal, gboolean found, guint64 line, guint column, guint columns,
                     gpointer data) {
    g_main_loop_quit(((struct player *)data)->loop);
}

static void print_screen(struct player *player, int rows) {
    for (int i = 0; i < rows; i++) {
        const GString *line = player->lines[player->count - rows + i];
        g_auto(GStrv) cells = g_strsplit(line->str, "\n", -1);
        for (char **cell = cells; *cell != NULL && **cell != '\0'; cell++)
            printf("%d\t%s\n", i, *cell);
    }
}

int main(int count, char **words) {
    static const struct terminal_events events = {on_changed, on_reply, on_died, on_line, on_found, NULL};
    struct player player = {.loop = g_main_loop_new(NULL, FALSE)};
    guint8 bytes[4096];
    ssize_t got;
    if (count > 1 && strcmp(words[1], TERMINAL_CHILD_ROLE) == 0)
        terminal_child_main(STDIN_FILENO, STDOUT_FILENO);
    guint64 columns = 0, rows = 0;
    if (count != 3 || !g_ascii_string_to_unsigned(words[1], 10, 1, COLUMNS_MAX, &columns, NULL) ||
        !g_ascii_string_to_unsigned(words[2], 10, 1, ROWS_MAX, &rows, NULL))
        return 2;
    struct terminal *terminal = terminal_new((guint)columns, (guint)rows, &events, &player, NULL);
    g_assert(terminal != NULL);
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        terminal_feed(terminal, bytes, (gsize)got);
    terminal_want(terminal, 0, LINES_MOST);
    terminal_find(terminal, 0, 0, 1, "\001"); /* stands nowhere: its answer comes when all else is done */
    g_main_loop_run(player.loop);
    if (player.status == 0)
        print_screen(&player, (int)rows);
    terminal_free(terminal);
    for (int i = 0; i < LINES_MOST; i++)
        if (player.lines[i] != NULL)
            g_string_free(player.lines[i], TRUE);
    g_main_loop_unref(player.loop);
    return player.status;
}
