/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <glib-unix.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/output.h"
#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/provision/recovery.h"

#define CONNECT_LIMIT_MS 45000

/* How often, after Ctrl-C, it is looked whether what is left can end at all. */
#define GIVE_UP_LOOK_MS 250

/* What has fewer is a count and no number of bytes. */
#define BYTES_LEAST (1 << 20)

/* A second Ctrl-C does not wait for what has been begun to be undone. */
static int interrupts;

/* The terminal is gone: what has a process of its own goes on. */
static gboolean hung_up;

#define STATUS_HUNG_UP (128 + SIGHUP)

static gboolean on_interrupt(gpointer signal_number) {
    interrupts++;
    if (interrupts > 1)
        _exit(128 + GPOINTER_TO_INT(signal_number));
    return G_SOURCE_CONTINUE;
}

static gboolean on_hang_up(gpointer data) {
    hung_up = TRUE;
    return G_SOURCE_CONTINUE;
}

gboolean cli_interrupted(void) {
    return interrupts > 0 || hung_up;
}

int cli_interrupted_status(void) {
    return interrupts > 0 ? INNKEEP_ERROR_INTERRUPTED : hung_up ? STATUS_HUNG_UP : 0;
}

static void watch_signals(void) {
    static gboolean watched;
    if (watched)
        return;
    watched = TRUE;
    g_unix_signal_add(SIGINT, on_interrupt, GINT_TO_POINTER(SIGINT));
    g_unix_signal_add(SIGTERM, on_interrupt, GINT_TO_POINTER(SIGTERM));
    struct sigaction found;
    /* Not where nohup has it ignored. */
    if (sigaction(SIGHUP, NULL, &found) == 0 && found.sa_handler != SIG_IGN)
        g_unix_signal_add(SIGHUP, on_hang_up, NULL);
}

static gboolean time_is_up(gpointer data) {
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

gboolean cli_wait(gboolean *stop, guint milliseconds) {
    gboolean late = FALSE;
    guint source = milliseconds == 0 ? 0 : g_timeout_add(milliseconds, time_is_up, &late);
    watch_signals();
    while (!*stop && !late && !cli_interrupted())
        g_main_context_iteration(NULL, TRUE);
    if (source != 0 && !late)
        g_source_remove(source);
    return *stop;
}

static void note_recovery(struct job *job, const GError *error, gpointer data) {
    *(gboolean *)data = TRUE;
}

gboolean cli_connect(struct cli *cli, GError **error) {
    cli_engine(cli);
    /* Nothing has begun yet, so that Ctrl-C may simply end the program. */
    if (!host_wait_listed(cli->engine.host, CONNECT_LIMIT_MS, error))
        return FALSE;
    watch_signals();
    gboolean recovered = FALSE;
    if (recovery_request(&cli->engine, note_recovery, &recovered) != NULL)
        cli_wait(&recovered, 0);
    return TRUE;
}

static gboolean has_figures(struct cli *cli, gboolean cpu) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    if (snapshot->link != LINK_UP)
        return TRUE;
    gboolean any = FALSE;
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        gboolean wanted = guest_state_active(guest->state) && guest->responding;
        any = any || wanted;
        if (cpu && wanted && isnan(guest->cpu_percent))
            return FALSE;
    }
    return !any || snapshot->slow_rounds >= (cpu ? 2 : 1); /* rates of disks take two */
}

struct figures {
    struct cli *cli;
    gboolean cpu, there;
};

static void look(gpointer data) {
    struct figures *figures = data;
    figures->there = has_figures(figures->cli, figures->cpu);
}

void cli_wait_figures(struct cli *cli, gboolean cpu, guint limit_ms) {
    struct figures figures = {.cli = cli, .cpu = cpu};
    look(&figures);
    if (figures.there)
        return;
    host_subscribe(cli->engine.host, look, &figures);
    cli_wait(&figures.there, limit_ms);
    host_unsubscribe(cli->engine.host, &figures);
}

struct guest *cli_guest(struct cli *cli, const char *operand, GError **error) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    const struct guest *guest = snapshot_find(snapshot, operand, error);
    return guest == NULL ? NULL : guest_ref((struct guest *)guest);
}

static char *text(const struct cli *cli, enum param_id param) {
    return g_strdup(cli->texts[param]);
}

/* A copy, NULL-terminated; the caller's. */
static char **texts(const GPtrArray *given) {
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; i < given->len; i++)
        g_strv_builder_add(builder, g_ptr_array_index(given, i));
    return g_strv_builder_end(builder);
}

static guint seconds(const struct cli *cli, enum param_id param) {
    return cli_given(cli, param) ? (guint)CLAMP(cli->numbers[param] / 1000, 1, G_MAXINT / 1000) : 0;
}

struct request *cli_request(struct cli *cli, const struct guest *guest) {
    struct request *request = guest == NULL ? request_new(cli->action->id, NULL, NULL)
                                            : request_new(cli->action->id, guest->uuid, guest->name);
    request->template_name = text(cli, PARAM_template);
    request->network = text(cli, PARAM_network);
    request->storage = text(cli, PARAM_storage);
    request->wait_for = text(cli, cli_given(cli, PARAM_for) ? PARAM_for : PARAM_wait);
    request->user = text(cli, PARAM_user);
    request->kernel_package = text(cli, PARAM_kernel_package);
    request->description = text(cli, PARAM_description);
    request->user_data = text(cli, PARAM_user_data);
    request->iso = text(cli, PARAM_iso);
    request->import = text(cli, PARAM_import);
    request->kernel = text(cli, PARAM_kernel);
    request->initrd = text(cli, PARAM_initrd);
    request->cmdline = text(cli, PARAM_cmdline);
    request->os = text(cli, PARAM_os);
    request->address = text(cli, PARAM_address);
    request->gateway = text(cli, PARAM_gateway);
    request->dns = text(cli, PARAM_dns);
    request->firmware = text(cli, PARAM_firmware);
    request->pxe = cli_given(cli, PARAM_pxe);
    request->tpm = cli_given(cli, PARAM_tpm);
    request->no_disk = cli_given(cli, PARAM_disk) && cli->numbers[PARAM_disk] == 0;
    request->vcpus = (guint)cli->numbers[PARAM_vcpus];
    request->count = (guint)cli->numbers[PARAM_count];
    request->memory = cli->numbers[PARAM_memory];
    request->disk = cli->numbers[PARAM_disk];
    request->timeout_s = seconds(cli, PARAM_timeout);
    request->force = cli_given(cli, PARAM_force);
    request->keep_storage = cli_given(cli, PARAM_keep_storage);
    request->replace = cli_given(cli, PARAM_replace);
    request->external = cli_given(cli, PARAM_external);
    request->snapshot = text(cli, PARAM_snapshot);
    request->unused = cli_given(cli, PARAM_unused);
    request->dry_run = cli->dry_run;
    request->start = cli_given(cli, PARAM_no_start) ? 0 : cli_given(cli, PARAM_start) ? 1 : -1;
    request->linked = cli_given(cli, PARAM_full) ? 0 : cli_given(cli, PARAM_linked) ? 1 : -1;
    request->tags = texts(cli->tags);
    request->ssh_keys = texts(cli->ssh_keys);
    return request;
}

/* A request under way. */
struct running {
    struct job *job;
    guint told; /* of its steps, with --verbose */
};

/* Each request under way holds a reference: where Ctrl-C gave up waiting for a guest that does not answer,
 * its end may come when nobody listens any more. */
struct batch {
    guint references;
    gboolean over;
    struct cli *cli;
    GHashTable *running; /* struct request to struct running */
    cli_each each;
    gpointer data;
    guint left;
    gboolean ended;
    int status;
    gboolean progress_shown;
};

static void clear_progress(struct batch *batch) {
    if (batch->progress_shown)
        fputs("\r\033[K", stderr);
    batch->progress_shown = FALSE;
}

/* With --verbose: what is done, step by step, each on a line of its own. */
static void tell_steps(struct batch *batch, struct running *running) {
    if (!batch->cli->verbose || running == NULL)
        return;
    for (char *step; (step = job_step_at(running->job, running->told)) != NULL; running->told++) {
        g_autofree char *line = g_strdup_printf("%s: %s", job_title(running->job), step);
        g_autofree char *safe = text_safe(line, 1000, FALSE);
        clear_progress(batch);
        fprintf(stderr, "%s\n", safe);
        g_free(step);
    }
}

static void batch_unref(struct batch *batch) {
    if (--batch->references > 0)
        return;
    g_hash_table_unref(batch->running);
    g_free(batch);
}

static void one_ended(const struct request *request, const struct outcome *outcome, const GError *error,
                      gpointer data) {
    struct batch *batch = data;
    if (batch->over) {
        batch_unref(batch);
        return;
    }
    clear_progress(batch);
    tell_steps(batch, g_hash_table_lookup(batch->running, request));
    g_hash_table_remove(batch->running, request);
    if (error != NULL && batch->status == 0)
        batch->status = error_exit_status(error);
    batch->each(batch->cli, request, outcome, error, batch->data);
    batch->left--;
    batch->ended = batch->left == 0;
    batch_unref(batch);
}

/* " 48%  31M/s  3m 20s left", or nothing where it is not known; counts of steps have no rate worth reading.
 * The caller's. */
static char *progress_text(struct job *job) {
    guint64 done = 0, total = 0;
    double rate = 0;
    job_get_progress(job, &done, &total, &rate);
    if (total == 0)
        return g_strdup("");
    done = MIN(done, total);
    if (isnan(rate) || rate <= 0 || total < BYTES_LEAST)
        return g_strdup_printf(" %3.0f%%", 100.0 * (double)done / (double)total);
    g_autofree char *speed = units_format_size((guint64)rate);
    g_autofree char *left = units_format_duration((guint64)((double)(total - done) / rate));
    return g_strdup_printf(" %3.0f%%  %s/s  %s left", 100.0 * (double)done / (double)total, speed, left);
}

static void show_progress(gpointer data) {
    struct batch *batch = data;
    GHashTableIter iter;
    gpointer running;
    g_hash_table_iter_init(&iter, batch->running);
    while (g_hash_table_iter_next(&iter, NULL, &running))
        tell_steps(batch, running);
    if (batch->cli->quiet || !isatty(STDERR_FILENO))
        return;
    g_autoptr(GPtrArray) active = jobs_active(batch->cli->engine.jobs);
    if (active->len == 0)
        return;
    struct job *job = g_ptr_array_index(active, 0);
    g_autofree char *step = job_get_step(job);
    g_autofree char *percent = progress_text(job);
    g_autofree char *line =
        g_strdup_printf("%s: %s%s", job_title(job), step == NULL ? "waiting" : step, percent);
    g_autofree char *safe = text_safe(line, 78, FALSE);
    fprintf(stderr, "\r%s\033[K", safe);
    batch->progress_shown = TRUE;
}

static gboolean keep_going(gpointer data) {
    return G_SOURCE_CONTINUE;
}

/* Whether every job left waits for a guest that does not answer: nothing was begun there that could be
 * undone. */
static gboolean all_stuck(struct cli *cli) {
    g_autoptr(GPtrArray) active = jobs_active(cli->engine.jobs);
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    for (guint i = 0; i < active->len; i++) {
        const struct guest *guest = snapshot_guest(snapshot, job_uuid(g_ptr_array_index(active, i)));
        if (guest == NULL || guest->responding)
            return FALSE;
    }
    return TRUE;
}

/* After Ctrl-C: what was begun is undone, but nobody waits for a guest that does not answer. */
static void interrupt(struct batch *batch) {
    struct cli *cli = batch->cli;
    g_autoptr(GPtrArray) active = jobs_active(cli->engine.jobs);
    for (guint i = 0; i < active->len; i++)
        job_cancel(g_ptr_array_index(active, i));
    guint tick = g_timeout_add(GIVE_UP_LOOK_MS, keep_going, NULL);
    while (!batch->ended && !all_stuck(cli))
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(tick);
    if (!batch->ended)
        batch->status = INNKEEP_ERROR_INTERRUPTED;
}

static void submit(struct batch *batch, struct request *request) {
    struct running *running = g_new0(struct running, 1);
    batch->references++;
    running->job = request_submit(&batch->cli->engine, request, one_ended, batch);
    g_hash_table_insert(batch->running, request, running);
}

int cli_run(struct cli *cli, GPtrArray *requests, cli_each each, gpointer data) {
    struct batch *batch = g_new0(struct batch, 1);
    *batch = (struct batch){.references = 1, .cli = cli, .each = each, .data = data, .left = requests->len};
    batch->running = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    watch_signals();
    jobs_set_listener(cli->engine.jobs, show_progress, batch);
    for (guint i = 0; i < requests->len; i++)
        submit(batch, g_ptr_array_index(requests, i));
    if (requests->len > 0 && !cli_wait(&batch->ended, 0) && interrupts > 0)
        interrupt(batch);
    else if (!batch->ended && hung_up)
        batch->status = STATUS_HUNG_UP;
    clear_progress(batch);
    jobs_set_listener(cli->engine.jobs, NULL, NULL);
    int status = interrupts > 0 && batch->status != 0 ? INNKEEP_ERROR_INTERRUPTED : batch->status;
    batch->over = TRUE;
    batch_unref(batch);
    return status;
}

gboolean cli_check_change(struct cli *cli, GError **error) {
    if (!(cli->read_only || cli->settings->host_read_only) || cli->dry_run ||
        !(cli->action->flags & ACTION_CHANGES))
        return TRUE;
    error_set(error, INNKEEP_ERROR_REFUSED, NULL, "%s is refused: the connection is read-only",
              cli->action->name);
    return FALSE;
}

gboolean cli_one_operand(struct cli *cli, GError **error) {
    guint count = g_strv_length(cli->operands);
    if (count == 1)
        return TRUE;
    g_autofree char *usage = g_strdup_printf("innkeep %s %s", cli->action->name, cli->action->synopsis);
    error_set(error, INNKEEP_ERROR_USAGE, usage, "%s takes one operand, not %u", cli->action->name, count);
    return FALSE;
}

gboolean cli_confirm(struct cli *cli, const char *question, GError **error) {
    if (cli->yes)
        return TRUE;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        error_set(error, INNKEEP_ERROR_REFUSED, "give --yes to have it done without a question",
                  "not confirmed: %s", question);
        return FALSE;
    }
    char answer[16] = "";
    g_autofree char *safe = text_safe(question, 2000, FALSE);
    fprintf(stderr, "%s [y/N] ", safe);
    /* Nothing has begun yet, so that Ctrl-C may simply end the program. */
    void (*watched)(int) = signal(SIGINT, SIG_DFL), (*hang_up)(int) = signal(SIGHUP, SIG_DFL);
    if (hang_up == SIG_IGN)
        signal(SIGHUP, SIG_IGN);
    gboolean yes = fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
    signal(SIGINT, watched);
    signal(SIGHUP, hang_up);
    if (yes)
        return TRUE;
    error_set(error, INNKEEP_ERROR_REFUSED, NULL, "not confirmed");
    return FALSE;
}
