/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/exec.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"

#define TIMEOUT_S 60

/* Guests among which it runs, and what became of it. Each that is under way holds a reference: where Ctrl-C
 * gave up waiting, its end may come when nobody listens any more. */
struct execution {
    guint references;
    gboolean over, ended;
    struct cli *cli;
    struct exec_spec spec;
    GPtrArray *runs;    /* struct run, as named */
    guint begun, going; /* of runs */
};

/* One of them. */
struct run {
    struct execution *execution;
    char *name;
    struct guest *guest; /* NULL: there is none */
    struct exec_result *result;
    GError *error;
};

static void run_free(gpointer data) {
    struct run *run = data;
    g_free(run->name);
    g_clear_pointer(&run->guest, guest_unref);
    g_clear_pointer(&run->result, exec_result_unref);
    g_clear_error(&run->error);
    g_free(run);
}

static void execution_unref(struct execution *execution) {
    if (--execution->references > 0)
        return;
    g_ptr_array_unref(execution->runs);
    g_clear_pointer(&execution->spec.input, g_bytes_unref);
    g_free(execution);
}

/* ---- what the guest said ---- */

static void print_line(FILE *file, const char *label, const char *line, gsize length, gboolean safe) {
    if (label != NULL)
        fprintf(file, "%s: ", label);
    if (safe) {
        g_autofree char *text = exec_safe_line(line, length);
        fputs(text, file);
    } else {
        fwrite(line, 1, length, file);
    }
}

/* Bytes as they are, or, on a terminal, safe ones; with a label before each line where there are several
 * guests. */
static void print_bytes(FILE *file, const char *label, GBytes *bytes) {
    gboolean safe = isatty(fileno(file));
    gsize left = 0;
    const char *at = g_bytes_get_data(bytes, &left);
    if (label == NULL && !safe) {
        fwrite(at, 1, left, file);
        return;
    }
    while (left > 0) {
        const char *end = memchr(at, '\n', left);
        gsize length = end == NULL ? left : (gsize)(end - at);
        print_line(file, label, at, length, safe);
        if (end != NULL || label != NULL)
            putc('\n', file);
        gsize taken = end == NULL ? length : length + 1;
        at += taken;
        left -= taken;
    }
}

static void print_run(struct cli *cli, const struct run *run, gboolean several) {
    if (run->error != NULL) {
        output_error(cli, run->error);
        return;
    }
    g_autofree char *label = several ? text_safe(run->name, -1, FALSE) : NULL;
    print_bytes(stdout, label, run->result->out);
    fflush(stdout);
    print_bytes(stderr, label, run->result->err);
    if (run->result->truncated) {
        g_autofree char *name = text_safe(run->name, -1, FALSE);
        fprintf(stderr, "innkeep: '%s' wrote more than its guest agent keeps; the rest is lost\n", name);
    }
}

/* JSON has text alone: what is no UTF-8, or has a zero byte, is told as base64 instead. */
static void member_bytes(JsonBuilder *builder, const char *name, GBytes *bytes) {
    g_autofree char *as_base64 = g_strconcat(name, "_base64", NULL);
    gsize length = 0;
    const char *data = bytes == NULL ? NULL : g_bytes_get_data(bytes, &length);
    gboolean is_text = length == 0 || g_utf8_validate(data, (gssize)length, NULL);
    g_autofree char *text = bytes == NULL || !is_text ? NULL : g_strndup(length == 0 ? "" : data, length);
    g_autofree char *base64 = is_text ? NULL : g_base64_encode((const guchar *)data, length);
    member_string(builder, name, text);
    member_string(builder, as_base64, base64);
}

static int run_status(const struct cli *cli, const struct run *run) {
    return run->error != NULL ? output_status(cli, run->error) : exec_status(run->result);
}

static void json_run(JsonBuilder *builder, const struct cli *cli, const struct run *run) {
    const struct exec_result *result = run->result;
    json_builder_begin_object(builder);
    member_string(builder, "name", run->name);
    member_count(builder, "exit", result == NULL ? -1 : result->exit);
    member_count(builder, "signal", result == NULL || result->signal == 0 ? -1 : result->signal);
    member_bytes(builder, "stdout", result == NULL ? NULL : result->out);
    member_bytes(builder, "stderr", result == NULL ? NULL : result->err);
    member_boolean(builder, "truncated", result != NULL && result->truncated);
    member_boolean(builder, "ok", run_status(cli, run) == 0);
    member_string(builder, "error", run->error == NULL ? NULL : run->error->message);
    json_builder_end_object(builder);
}

/* The one failure of a single guest is an error, as with every command. */
static void print_json(struct cli *cli, const struct execution *execution) {
    const struct run *first = g_ptr_array_index(execution->runs, 0);
    if (execution->runs->len == 1 && first->error != NULL) {
        output_error(cli, first->error);
        return;
    }
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < execution->runs->len; i++)
        json_run(builder, cli, g_ptr_array_index(execution->runs, i));
    json_builder_end_array(builder);
    output_builder(builder, FALSE);
}

/* ---- input ---- */

struct input {
    GByteArray *bytes;
    gboolean ended, large;
};

static gboolean on_input(gint fd, GIOCondition condition, gpointer data) {
    struct input *input = data;
    guint8 bytes[65536];
    ssize_t count = read(fd, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (count > 0)
        g_byte_array_append(input->bytes, bytes, (guint)count);
    input->large = input->bytes->len > EXEC_INPUT_MAX;
    input->ended = count <= 0 || input->large;
    return input->ended ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean check_input(const struct input *input, guint timeout_s, GError **error) {
    if (cli_interrupted()) {
        error_set(error, INNKEEP_ERROR_INTERRUPTED, NULL, "exec: interrupted");
    } else if (!input->ended) {
        error_set(error, INNKEEP_ERROR_TIMEOUT, "</dev/null gives none; --timeout waits longer",
                  "exec: the input has not ended after %u s", timeout_s);
    } else if (input->large) {
        g_autofree char *most = units_format_size(EXEC_INPUT_MAX);
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep ssh takes any amount",
                  "exec: the input is longer than %s, which is what a guest agent can be handed", most);
    }
    return input->ended && !input->large && !cli_interrupted();
}

/* All of stdin, where it is no terminal or asked for. */
static gboolean read_input(struct cli *cli, struct exec_spec *spec, GError **error) {
    if (!cli_given(cli, PARAM_stdin) && isatty(STDIN_FILENO))
        return TRUE;
    struct input input = {.bytes = g_byte_array_new()};
    guint source = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL, on_input, &input);
    cli_wait(&input.ended, spec->timeout_s * 1000);
    if (!input.ended)
        g_source_remove(source);
    gboolean fine = check_input(&input, spec->timeout_s, error);
    GBytes *bytes = g_byte_array_free_to_bytes(input.bytes);
    spec->input = fine && g_bytes_get_size(bytes) > 0 ? g_bytes_ref(bytes) : NULL;
    g_bytes_unref(bytes);
    return fine;
}

/* ---- the guests ---- */

static gboolean is_named(const struct execution *execution, const struct guest *guest) {
    for (guint i = 0; i < execution->runs->len; i++) {
        const struct run *run = g_ptr_array_index(execution->runs, i);
        if (run->guest != NULL && strcmp(run->guest->uuid, guest->uuid) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The guests that the operands name, each once. */
static void find_guests(struct execution *execution) {
    struct cli *cli = execution->cli;
    for (gsize i = 0; cli->operands[i] != NULL; i++) {
        GError *error = NULL;
        g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[i], &error);
        if (guest != NULL && is_named(execution, guest))
            continue;
        if (guest != NULL)
            exec_possible(guest, &error);
        struct run *run = g_new0(struct run, 1);
        run->execution = execution;
        run->name = g_strdup(guest == NULL ? cli->operands[i] : guest->name);
        run->guest = g_steal_pointer(&guest);
        run->error = error;
        g_ptr_array_add(execution->runs, run);
    }
}

static void run_next(struct execution *execution);

static void told(struct exec_result *result, const GError *error, gpointer data) {
    struct run *run = data;
    struct execution *execution = run->execution;
    if (!execution->over) {
        run->result = result == NULL ? NULL : exec_result_ref(result);
        run->error = error == NULL ? NULL : g_error_copy(error);
        if (!execution->cli->json)
            print_run(execution->cli, run, execution->runs->len > 1);
        execution->going--;
        run_next(execution);
    }
    execution_unref(execution);
}

/* As many at a time as there are workers, so that each has all of its time. */
static void run_next(struct execution *execution) {
    while (execution->going < EXEC_AT_ONCE && execution->begun < execution->runs->len) {
        struct run *run = g_ptr_array_index(execution->runs, execution->begun++);
        if (run->error != NULL) {
            if (!execution->cli->json)
                print_run(execution->cli, run, TRUE);
            continue;
        }
        execution->references++;
        execution->going++;
        exec_request(&execution->cli->engine, run->guest, &execution->spec, told, run);
    }
    execution->ended = execution->going == 0;
}

static void plan(struct cli *cli, const struct execution *execution) {
    g_autoptr(outcome_t) outcome = outcome_new();
    g_autofree char *exact = g_strjoinv(" ", (char **)execution->spec.command);
    g_autofree char *words = cli->json ? g_strdup(exact) : text_safe(exact, EXEC_SHOWN_MAX, FALSE);
    for (guint i = 0; i < execution->runs->len; i++) {
        const struct run *run = g_ptr_array_index(execution->runs, i);
        if (run->error != NULL)
            output_error(cli, run->error);
        else
            g_ptr_array_add(outcome->plan, step_new("command", run->name, words, UNKNOWN_SIZE));
    }
    if (outcome->plan->len > 0)
        output_plan(cli, outcome);
}

/* The status of the first, as named, in which it did not go well. */
static int first_failure(const struct execution *execution) {
    for (guint i = 0; i < execution->runs->len; i++) {
        const struct run *run = g_ptr_array_index(execution->runs, i);
        int status = run->error == NULL && run->result == NULL ? 0 : run_status(execution->cli, run);
        if (status != 0)
            return status;
    }
    return 0;
}

static gboolean anything_to_do(const struct execution *execution) {
    for (guint i = 0; i < execution->runs->len; i++)
        if (((struct run *)g_ptr_array_index(execution->runs, i))->error == NULL)
            return TRUE;
    return FALSE;
}

static int carry_out(struct execution *execution) {
    struct cli *cli = execution->cli;
    GError *error = NULL;
    if (cli->dry_run) {
        plan(cli, execution);
        return first_failure(execution);
    }
    if (anything_to_do(execution) && !read_input(cli, &execution->spec, &error))
        return output_fail(cli, error);
    run_next(execution);
    if (!cli_wait(&execution->ended, 0)) {
        error_set(&error, INNKEEP_ERROR_INTERRUPTED, NULL,
                  "interrupted; commands that were begun go on in their guests");
        output_fail(cli, error);
        return cli_interrupted_status();
    }
    if (cli->json)
        print_json(cli, execution);
    return first_failure(execution);
}

int command_exec(struct cli *cli) {
    GError *error = NULL;
    struct exec_spec spec = {.command = cli->rest, .timeout_s = TIMEOUT_S};
    if (cli_given(cli, PARAM_timeout))
        spec.timeout_s = (guint)CLAMP(cli->numbers[PARAM_timeout] / 1000, 1, 86400);
    if (cli->operands[0] == NULL)
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep exec GUEST... -- CMD [ARG...]",
                  "exec: in which guest?");
    if (error != NULL || !exec_check(&spec, &error) || !cli_check_change(cli, &error) ||
        !cli_connect(cli, &error))
        return output_fail(cli, error);
    struct execution *execution = g_new0(struct execution, 1);
    *execution = (struct execution){.references = 1, .cli = cli, .spec = spec};
    execution->runs = g_ptr_array_new_with_free_func(run_free);
    find_guests(execution);
    int status = carry_out(execution);
    execution->over = TRUE;
    execution_unref(execution);
    return status;
}
