/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/screen.h"

#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/output.h"
#include "config/error.h"
#include "core/base/text.h"
#include "core/confined/picture.h"
#include "core/screen/sketch.h"

/* For a guest that answers it is a matter of milliseconds; one that does not, never will. */
#define LOOK_LIMIT_MS 30000
#define KEYS_LIMIT_MS 300000

/* One look at a screen, or some keys typed. */
struct look {
    struct cli *cli;
    struct guest *guest;
    struct guest_screen *screen;
    struct picture *picture;
    struct sketch_terminal terminal;
    const char *output; /* --output; NULL: it is shown */
    gboolean ended;
    GError *error;
};

static void fail(struct look *look, enum innkeep_error code, const char *why) {
    if (look->error == NULL)
        error_set(&look->error, code, NULL, "cannot show the screen of '%s': %s", look->guest->name, why);
    look->ended = TRUE;
}

/* ---- what is shown ---- */

static gboolean is_utf8(void) {
    gboolean old = isatty(STDOUT_FILENO) && output_terminal_is_old();
    return !old && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Grey on black is what a terminal has of itself; all else is said. */
static void append_colours(GString *text, const struct text_cell *cell) {
    if (cell->foreground == 7 && cell->background == 0)
        g_string_append(text, "\033[0m");
    else
        g_string_append_printf(text, "\033[%d;%dm",
                               cell->foreground < 8 ? 30 + cell->foreground : 82 + cell->foreground,
                               cell->background < 8 ? 40 + cell->background : 92 + cell->background);
}

static gboolean same_colours(const struct text_cell *a, const struct text_cell *b) {
    return a->foreground == b->foreground && a->background == b->background;
}

static void print_row(const struct text_screen *screen, guint row, guint columns, gboolean ascii) {
    static const struct text_cell usual = {' ', 7, 0};
    const struct text_cell *last = &usual;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < columns; i++) {
        const struct text_cell *cell = &screen->cells[row * screen->columns + i];
        if (!same_colours(cell, last))
            append_colours(text, cell);
        last = cell;
        g_string_append_unichar(text, ascii ? (guchar)text_screen_ascii(cell->character) : cell->character);
    }
    if (!same_colours(last, &usual))
        g_string_append(text, "\033[0m");
    puts(text->str);
}

/* Rows up to the last one with anything in it. */
static guint rows_used(const struct text_screen *screen) {
    for (guint row = screen->rows; row > 0; row--)
        for (guint i = 0; i < screen->columns; i++) {
            const struct text_cell *cell = &screen->cells[(row - 1) * screen->columns + i];
            if (cell->character != ' ' || cell->background != 0)
                return row;
        }
    return 0;
}

static void print_text(struct cli *cli, const struct text_screen *screen) {
    guint rows = rows_used(screen);
    gboolean coloured = output_coloured(cli), ascii = !is_utf8();
    for (guint row = 0; row < rows; row++) {
        if (coloured) {
            print_row(screen, row, MIN(screen->columns, (guint)output_columns()), ascii);
        } else {
            g_autofree char *line = text_screen_line(screen, row, ascii);
            puts(line);
        }
    }
}

static void print_json(const struct picture_seen *seen) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    member_count(builder, "width", seen->width);
    member_count(builder, "height", seen->height);
    member_string(builder, "kind", seen->is_text ? "text" : "graphics");
    json_builder_set_member_name(builder, "text");
    if (seen->is_text)
        json_builder_begin_array(builder);
    else
        json_builder_add_null_value(builder);
    for (guint row = 0; seen->is_text && row < seen->text.rows; row++) {
        g_autofree char *line = text_screen_line(&seen->text, row, FALSE);
        json_builder_add_string_value(builder, line);
    }
    if (seen->is_text)
        json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_builder(builder, FALSE);
}

/* A file that is there is replaced, in one step: a picture is never half there. */
static void save(struct look *look, const struct pixels *pixels) {
    g_autoptr(GBytes) png = pixels_png(pixels);
    g_autoptr(GError) local = NULL;
    gsize length = 0;
    const char *bytes = png == NULL ? NULL : g_bytes_get_data(png, &length);
    if (bytes == NULL) {
        fail(look, INNKEEP_ERROR_FAILED, "it could not be made a PNG");
    } else if (strcmp(look->output, "-") == 0) {
        fwrite(bytes, 1, length, stdout);
    } else if (!g_file_set_contents_full(look->output, bytes, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT,
                                         0666, &local)) {
        error_set(&look->error, INNKEEP_ERROR_FAILED, NULL, "cannot save the picture: %s", local->message);
    }
}

static void on_seen(struct picture *picture, const struct picture_seen *seen, gpointer data) {
    struct look *look = data;
    look->ended = TRUE;
    if (look->output != NULL) {
        save(look, &seen->pixels);
    } else if (look->cli->json) {
        print_json(seen);
    } else if (seen->is_text) {
        print_text(look->cli, &seen->text);
    } else {
        g_auto(GStrv) environment = g_get_environ();
        g_autofree char *drawn = sketch_pixels(&seen->pixels, &look->terminal, environment);
        fputs(drawn, stdout);
    }
}

static void on_unreadable(struct picture *picture, const char *why, gpointer data) {
    fail(data, INNKEEP_ERROR_FAILED, why);
}

static const struct picture_events picture_events = {on_seen, on_unreadable, on_unreadable};

/* ---- the guest ---- */

static void on_picture(struct guest_screen *screen, GBytes *file, gpointer data) {
    struct look *look = data;
    guint width = 0, height = 0;
    if (look->output == NULL)
        sketch_box(&look->terminal, &width, &height);
    if (file != NULL)
        picture_read(look->picture, file, width, height, look->output == NULL);
}

static void on_typed(struct guest_screen *screen, gpointer data) {
    ((struct look *)data)->ended = TRUE;
}

static void on_failed(struct guest_screen *screen, const GError *error, gpointer data) {
    struct look *look = data;
    look->ended = TRUE;
    if (look->error == NULL)
        look->error = g_error_copy(error);
}

static const struct guest_screen_events screen_events = {on_picture, on_typed, on_failed};

/* Until it has ended, within the limit. */
static void wait_for(struct look *look, guint limit_ms) {
    if (cli_wait(&look->ended, limit_ms) || look->error != NULL)
        return;
    if (cli_interrupted())
        error_set(&look->error, INNKEEP_ERROR_INTERRUPTED, NULL, "interrupted");
    else
        error_set(&look->error, INNKEEP_ERROR_TIMEOUT, NULL, "'%s' does not answer", look->guest->name);
}

static void find_terminal(struct look *look) {
    struct winsize size = {0};
    gboolean terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
                        size.ws_col > 0 && size.ws_row > 1;
    look->terminal = (struct sketch_terminal){.columns = terminal ? size.ws_col : 80,
                                              .rows = terminal ? size.ws_row - 1u : 24,
                                              .colour = output_coloured(look->cli),
                                              .utf8 = is_utf8(),
                                              .pictures = terminal};
    if (terminal && size.ws_xpixel > size.ws_col && size.ws_ypixel > size.ws_row) {
        look->terminal.cell_width = size.ws_xpixel / size.ws_col;
        look->terminal.cell_height = size.ws_ypixel / size.ws_row;
    }
}

static void show(struct look *look) {
    find_terminal(look);
    look->picture = picture_new(&picture_events, look, &look->error);
    if (look->picture == NULL)
        return;
    look->screen = guest_screen_open(look->cli->engine.host, look->guest, &screen_events, look);
    guest_screen_look(look->screen);
    wait_for(look, LOOK_LIMIT_MS);
}

static void told_typed(struct cli *cli, const struct guest *guest, guint count) {
    g_autofree char *name = text_safe(guest->name, -1, FALSE);
    if (!cli->json) {
        if (!cli->quiet)
            printf("%s: %u keys typed\n", name, count);
        return;
    }
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    json_builder_begin_object(builder);
    member_string(builder, "name", guest->name);
    member_boolean(builder, "ok", TRUE);
    member_string(builder, "error", NULL);
    json_builder_end_object(builder);
    json_builder_end_array(builder);
    output_builder(builder, FALSE);
}

static void type(struct look *look, const GArray *keys) {
    struct cli *cli = look->cli;
    if (cli->dry_run) {
        g_autoptr(outcome_t) outcome = outcome_new();
        g_ptr_array_add(outcome->plan, step_new("keys", look->guest->name, "type", UNKNOWN_SIZE));
        output_plan(cli, outcome);
        return;
    }
    look->screen = guest_screen_open(cli->engine.host, look->guest, &screen_events, look);
    guest_screen_type(look->screen, &g_array_index(keys, struct key_press, 0), keys->len);
    wait_for(look, KEYS_LIMIT_MS);
    if (look->error == NULL)
        told_typed(cli, look->guest, keys->len);
}

static gboolean check(struct cli *cli, GError **error) {
    if (!cli_one_operand(cli, error))
        return FALSE;
    if (cli_given(cli, PARAM_keys) && cli_given(cli, PARAM_output))
        error_set(error, INNKEEP_ERROR_USAGE, "look after the keys have done something",
                  "--keys and --output exclude each other");
    else if (cli_given(cli, PARAM_output) && strcmp(cli->texts[PARAM_output], "-") == 0 &&
             isatty(STDOUT_FILENO))
        error_set(error, INNKEEP_ERROR_USAGE, "without --output it is drawn",
                  "a PNG is nothing for a terminal");
    else
        return TRUE;
    return FALSE;
}

static GArray *parse_keys(struct cli *cli, GError **error) {
    GArray *keys = keyboard_parse(cli->texts[PARAM_keys], error);
    if (keys != NULL && keys->len > 0 && keys->len <= GUEST_SCREEN_KEYS_MAX)
        return keys;
    if (keys != NULL)
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "from 1 to %d keys can be typed, not %u",
                  GUEST_SCREEN_KEYS_MAX, keys->len);
    g_clear_pointer(&keys, g_array_unref);
    return NULL;
}

static gboolean can_look(const struct guest *guest, GError **error) {
    const char *why = NULL;
    if (action_legal(&actions[ACTION_screen], guest, &why))
        return TRUE;
    error_set(error, INNKEEP_ERROR_CONFLICT, "innkeep start starts it",
              "cannot look at the screen of '%s': %s", guest->name, why);
    return FALSE;
}

int command_screen(struct cli *cli) {
    GError *error = NULL;
    g_autoptr(GArray) keys = NULL;
    if (!check(cli, &error) || (cli_given(cli, PARAM_keys) && (keys = parse_keys(cli, &error)) == NULL) ||
        !cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    if (guest == NULL || !can_look(guest, &error))
        return output_fail(cli, error);
    struct look look = {.cli = cli, .guest = guest, .output = cli->texts[PARAM_output]};
    if (keys != NULL)
        type(&look, keys);
    else
        show(&look);
    guest_screen_close(look.screen);
    picture_free(look.picture);
    return look.error == NULL ? 0 : output_fail(cli, look.error);
}
