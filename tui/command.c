/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/command.h"

#include <string.h>

#include "config/error.h"
#include "core/base/text.h"
#include "tui/act.h"
#include "tui/command-private.h"

#define TIMEOUT_S 60

/* What is kept of one guest: it is broken into lines anew when the terminal's width changes, in a frame. */
#define LINES_MAX 2000
#define BYTES_MAX (128 * 1024)

/* ---- what came of it ---- */

static void line_free(gpointer data) {
    struct run_line *line = data;
    g_free(line->text);
    g_free(line);
}

static void run_free(gpointer data) {
    struct run *run = data;
    g_free(run->uuid);
    g_free(run->name);
    g_free(run->verdict);
    g_ptr_array_unref(run->lines);
    g_clear_pointer(&run->cells, g_array_unref);
    g_free(run);
}

static void add_line(struct run *run, gboolean error, char *text) {
    struct run_line *line = g_new(struct run_line, 1);
    *line = (struct run_line){text, error};
    g_ptr_array_add(run->lines, line);
    g_clear_pointer(&run->cells, g_array_unref);
}

static void add_bytes(struct run *run, gboolean error, GBytes *bytes) {
    gsize left = 0;
    const char *at = g_bytes_get_data(bytes, &left);
    while (left > 0 && run->lines->len < LINES_MAX && run->bytes < BYTES_MAX) {
        const char *end = memchr(at, '\n', left);
        gsize length = end == NULL ? left : (gsize)(end - at), taken = end == NULL ? length : length + 1;
        add_line(run, error, exec_safe_line(at, MIN(length, BYTES_MAX)));
        run->bytes += length;
        at += taken;
        left -= taken;
    }
    if (left > 0)
        add_line(run, TRUE, g_strdup("… and more: innkeep exec prints all"));
}

static void take_error(struct run *run, const GError *error) {
    const char *hint = error_hint(error);
    run->state = RUN_FAILED;
    run->verdict = g_strdup(error_word(error));
    add_line(run, TRUE, text_safe(error->message, EXEC_SHOWN_MAX, FALSE));
    if (hint != NULL)
        add_line(run, TRUE, text_safe(hint, EXEC_SHOWN_MAX, FALSE));
}

static void take_result(struct run *run, const struct exec_result *result) {
    run->state = RUN_ENDED;
    run->good = result->signal == 0 && result->exit == 0;
    run->verdict = result->signal != 0 ? g_strdup_printf("signal %" G_GINT64_FORMAT, result->signal)
                                       : g_strdup_printf("exit %" G_GINT64_FORMAT, result->exit);
    add_bytes(run, FALSE, result->out);
    add_bytes(run, TRUE, result->err);
    if (result->truncated)
        add_line(run, TRUE, g_strdup("… its guest agent kept no more"));
}

/* ---- the guests ---- */

static struct runs *runs_new(struct ui *ui) {
    struct runs *runs = g_new0(struct runs, 1);
    runs->references = 1;
    runs->handle = ui_handle_ref(ui);
    runs->all = g_ptr_array_new_with_free_func(run_free);
    return runs;
}

static void runs_unref(struct runs *runs) {
    if (--runs->references > 0)
        return;
    g_ptr_array_unref(runs->all);
    g_strfreev(runs->words);
    ui_handle_unref(runs->handle);
    g_free(runs);
}

static void add_run(struct runs *runs, const char *uuid, const char *name) {
    struct run *run = g_new0(struct run, 1);
    *run = (struct run){.runs = runs, .uuid = g_strdup(uuid), .name = g_strdup(name)};
    run->lines = g_ptr_array_new_with_free_func(line_free);
    g_ptr_array_add(runs->all, run);
}

static void run_next(struct runs *runs);

static void told(struct exec_result *result, const GError *error, gpointer data) {
    struct run *run = data;
    struct runs *runs = run->runs;
    run->job = NULL;
    runs->going--;
    g_clear_pointer(&run->cells, g_array_unref);
    if (run->state == RUN_RUNS && error != NULL)
        take_error(run, error);
    else if (run->state == RUN_RUNS)
        take_result(run, result);
    if (runs->command != NULL) {
        run_next(runs);
        ui_dirty(runs->command->view.ui);
    }
    runs_unref(runs);
}

/* Each guest is looked at when its turn comes. */
static void begin(struct runs *runs, struct run *run) {
    struct ui *ui = runs->command->view.ui;
    g_autoptr(snapshot_t) now = ui_now(ui);
    g_autoptr(GError) error = NULL;
    const struct guest *guest = snapshot_guest(now, run->uuid);
    if (guest == NULL)
        error_set(&error, INNKEEP_ERROR_NOT_FOUND, NULL, "no such guest any more");
    if (guest == NULL || !exec_possible(guest, &error)) {
        take_error(run, error);
        return;
    }
    run->state = RUN_RUNS;
    g_clear_pointer(&run->cells, g_array_unref);
    runs->references++;
    runs->going++;
    run->job = exec_request(ui->engine, guest, &runs->spec, told, run);
}

static void run_next(struct runs *runs) {
    while (runs->going < EXEC_AT_ONCE && runs->begun < runs->all->len)
        begin(runs, g_ptr_array_index(runs->all, runs->begun++));
}

static void give_up(struct run *run) {
    run->verdict = g_strdup(run->state == RUN_RUNS ? "given up; it goes on there" : "not begun");
    run->state = RUN_FAILED;
    g_clear_pointer(&run->cells, g_array_unref);
    if (run->job != NULL)
        job_cancel(run->job);
}

/* Those that run and those that wait, at once: the worker may still wait for an agent that does not answer.
 */
static void cancel(struct runs *runs) {
    runs->begun = runs->all->len;
    for (guint i = 0; i < runs->all->len; i++) {
        struct run *run = g_ptr_array_index(runs->all, i);
        if (runs->spec.command != NULL && (run->state == RUN_RUNS || run->state == RUN_WAITS))
            give_up(run);
    }
}

static guint count_running(const struct runs *runs) {
    guint count = 0;
    for (guint i = 0; i < runs->all->len; i++)
        count += ((struct run *)g_ptr_array_index(runs->all, i))->state == RUN_RUNS;
    return count;
}

static void leave_runs(struct runs *runs) {
    cancel(runs);
    runs->command = NULL;
    runs_unref(runs);
}

/* ---- the screen ---- */

static void start(struct command *command) {
    struct ui *ui = command->view.ui;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = NULL;
    struct runs *before = command->runs;
    if (count_running(before) > 0) {
        ui_say(ui, MESSAGE_NOTE, "it still runs in %u of the guests", count_running(before));
        return;
    }
    if (!g_shell_parse_argv(edit_text(command->edit), NULL, &words, &error)) {
        ui_say(ui, MESSAGE_ERROR, "%s",
               g_error_matches(error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING) ? "which command?"
                                                                                 : error->message);
        return;
    }
    struct exec_spec spec = {.command = words, .timeout_s = TIMEOUT_S};
    if (!exec_check(&spec, &error)) {
        ui_say_error(ui, NULL, error);
        return;
    }
    struct runs *runs = runs_new(ui);
    for (guint i = 0; i < before->all->len; i++) {
        const struct run *run = g_ptr_array_index(before->all, i);
        add_run(runs, run->uuid, run->name);
    }
    runs->words = g_steal_pointer(&words);
    runs->spec = spec;
    runs->command = command;
    command->runs = runs;
    command->top = 0;
    command->typing = FALSE;
    leave_runs(before);
    run_next(runs);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct command *command = (struct command *)view;
    const GPtrArray *all = command->runs->all;
    const struct run *first = g_ptr_array_index(all, 0);
    int used =
        all->len == 1
            ? draw_format(canvas, area.row, 1, area.columns / 2, STYLE_TITLE, "Run in %s:", first->name)
            : draw_format(canvas, area.row, 1, area.columns / 2, STYLE_TITLE, "Run in %u guests:", all->len);
    edit_draw(command->edit, canvas, area.row, used + 2, area.columns - used - 3,
              command->typing ? STYLE_FIELD_ACTIVE : STYLE_FIELD, command->typing);
    command_draw_runs(command, canvas, (struct area){area.row + 1, area.column, area.rows - 1, area.columns});
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct command *command = (struct command *)view;
    if (input->code == INPUT_ESCAPE) {
        ui_close(view);
        return TRUE;
    }
    if (input->code == INPUT_MOUSE) {
        command->top += input->button == BUTTON_WHEEL_UP ? -3 : input->button == BUTTON_WHEEL_DOWN ? 3 : 0;
        return TRUE;
    }
    if (!command->typing) {
        command->typing = input->code == INPUT_ENTER;
        return command->typing;
    }
    if (input->code == INPUT_ENTER)
        start(command);
    else if (input->code == INPUT_UP || input->code == INPUT_DOWN || input->code == INPUT_TAB)
        command->typing = FALSE;
    else if (input->code == INPUT_PAGE_UP || input->code == INPUT_PAGE_DOWN)
        return FALSE;
    else if (!edit_key(command->edit, input))
        return input->code != INPUT_CONTROL;
    return TRUE;
}

static gboolean take_action(struct view *view, const struct action *action) {
    struct command *command = (struct command *)view;
    switch (action->id) {
    case ACTION_move_up:
        command->top--;
        return TRUE;
    case ACTION_move_down:
        command->top++;
        return TRUE;
    case ACTION_page_up:
        command->top -= command->page - 1;
        return TRUE;
    case ACTION_page_down:
        command->top += command->page - 1;
        return TRUE;
    case ACTION_move_first:
        command->top = 0;
        return TRUE;
    case ACTION_move_last:
        command->top = command->length;
        return TRUE;
    case ACTION_cancel_job:
        cancel(command->runs);
        return TRUE;
    case ACTION_exec:
        command->typing = TRUE;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean take_paste(struct view *view, const char *text) {
    struct command *command = (struct command *)view;
    if (!command->typing)
        return FALSE;
    edit_paste(command->edit, text);
    return TRUE;
}

static char *hints(struct view *view) {
    const struct command *command = (struct command *)view;
    const char *key = keymap_key(view->ui->keymap, ACTION_cancel_job);
    if (command->typing)
        return g_strdup("Enter run it  Down look around  Esc leave");
    g_autofree char *cancelling = *key == '\0' || count_running(command->runs) == 0
                                      ? g_strdup("")
                                      : g_strdup_printf("  %s give up waiting", key);
    return g_strdup_printf("Enter another command  Up/Down scroll%s  Esc leave", cancelling);
}

static void free_view(struct view *view) {
    struct command *command = (struct command *)view;
    leave_runs(command->runs);
    edit_free(command->edit);
    g_free(command);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Run a command",
    .manual = "innkeep-keys(7), GUESTS",
    .draw = draw,
    .key = take_key,
    .action = take_action,
    .paste = take_paste,
    .hints = hints,
    .free = free_view,
};

void command_open(struct ui *ui, const struct action *action) {
    struct targets *targets = targets_of(ui, action);
    if (targets == NULL)
        return;
    struct command *command = g_new0(struct command, 1);
    command->view.ops = &ops;
    command->edit = edit_new("");
    command->typing = TRUE;
    command->hidden = targets->hidden;
    command->runs = runs_new(ui);
    command->runs->command = command;
    for (guint i = 0; i < targets->uuids->len; i++)
        add_run(command->runs, g_ptr_array_index(targets->uuids, i), g_ptr_array_index(targets->names, i));
    targets_free(targets);
    ui_push(ui, &command->view);
}
