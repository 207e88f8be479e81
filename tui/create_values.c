/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "config/template.h"
#include "config/units.h"
#include "tui/create-private.h"

#define COUNT_MAX 100
#define VCPUS_MAX 512

/* What is said of the sources that are no template. */
static const char *const notes[FROM_COUNT] = {
    [FROM_MEDIUM] = "installed from this medium; empty sizes: as its system wants",
    [FROM_DISK] = "made around this disk, which stays where it is",
    [FROM_NETWORK] = "installed over the network: its disk is empty, so PXE comes next",
};

/* Rows that mean nothing for a source. */
static const struct {
    guint row;
    gboolean hidden[FROM_COUNT];
} rows_of[] = {
    {ROW_FILE, {[FROM_TEMPLATE] = TRUE, [FROM_NETWORK] = TRUE}},
    {ROW_DISK, {[FROM_DISK] = TRUE}},
    {ROW_KEY, {[FROM_MEDIUM] = TRUE, [FROM_DISK] = TRUE, [FROM_NETWORK] = TRUE}},
    {ROW_COUNT_, {[FROM_DISK] = TRUE}},
};

const struct choice *create_chosen(struct form *form, const struct creation *creation) {
    return &g_array_index(creation->choices, struct choice, form_choice(form, ROW_FROM));
}

char *create_text(struct form *form, guint row) {
    return g_strstrip(g_strdup(form_text(form, row)));
}

void create_asked(struct form *form, struct asked *asked) {
    g_autofree char *vcpus = create_text(form, ROW_VCPUS);
    *asked = (struct asked){.count = 1};
    if (*vcpus != '\0')
        form_count(form, ROW_VCPUS, 1, VCPUS_MAX, &asked->vcpus);
    form_size(form, ROW_MEMORY, &asked->memory);
    form_size(form, ROW_DISK, &asked->disk);
    form_count(form, ROW_COUNT_, 1, COUNT_MAX, &asked->count);
}

/* ---- what a source brings ---- */

static void fill_size(struct form *form, guint row, guint64 bytes) {
    g_autofree char *text = NULL;
    if (bytes == 0 || bytes == UNKNOWN_SIZE)
        text = g_strdup("");
    else if (bytes % (1 << 30) == 0)
        text = g_strdup_printf("%" G_GUINT64_FORMAT "G", bytes >> 30);
    else
        text = g_strdup_printf("%" G_GUINT64_FORMAT "M", bytes >> 20);
    form_set_text(form, row, text);
}

static void fill_name(struct form *form, struct creation *creation, const struct choice *choice) {
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    if (creation->proposed != NULL && strcmp(form_text(form, ROW_NAME), creation->proposed) != 0)
        return;
    g_free(creation->proposed);
    creation->proposed =
        choice->from == FROM_TEMPLATE ? request_propose_name(now, choice->name, TRUE) : g_strdup("");
    form_set_text(form, ROW_NAME, creation->proposed);
}

static void fill_note(struct form *form, const struct choice *choice) {
    g_autofree char *note =
        g_strdup_printf("%s%s", choice->description == NULL ? choice->name : choice->description,
                        !choice->ready  ? " (not in the pool yet)"
                        : choice->seeds ? "; an empty SSH key: your own"
                                        : "");
    form_set_note(form, choice->from == FROM_TEMPLATE ? note : notes[choice->from]);
}

void create_fill(struct form *form, guint row, gpointer data) {
    struct creation *creation = data;
    if (row != ROW_FROM)
        return;
    const struct choice *choice = create_chosen(form, creation);
    g_autofree char *vcpus = choice->vcpus == 0 ? g_strdup("") : g_strdup_printf("%u", choice->vcpus);
    fill_name(form, creation, choice);
    form_set_text(form, ROW_VCPUS, vcpus);
    fill_size(form, ROW_MEMORY, choice->memory);
    fill_size(form, ROW_DISK, choice->disk);
    form_set_text(form, ROW_NETWORK, choice->network);
    fill_note(form, choice);
    for (gsize i = 0; i < G_N_ELEMENTS(rows_of); i++)
        form_hide(form, rows_of[i].row, rows_of[i].hidden[choice->from]);
}

/* ---- what is wrong, and what is left ---- */

static gboolean is_whole(const char *path) {
    return *path == '/' || strcmp(path, "~") == 0 || g_str_has_prefix(path, "~/");
}

/* A file of public keys, or empty. What is in it a worker looks at: no disk is touched here. */
static void check_key(struct form *form, const struct choice *choice) {
    g_autofree char *path = create_text(form, ROW_KEY);
    if (choice->from == FROM_TEMPLATE && *path != '\0' && !(choice->seeds && is_whole(path)))
        form_problem(form, ROW_KEY,
                     is_whole(path) ? "cloud-init has no part in it" : "a file, with its whole path");
}

/* A file of this machine, or a volume. */
static void check_file(struct form *form, const struct choice *choice) {
    g_autofree char *path = create_text(form, ROW_FILE);
    if ((choice->from == FROM_MEDIUM || choice->from == FROM_DISK) && !is_whole(path) &&
        strchr(path, '/') == NULL)
        form_problem(form, ROW_FILE, "a whole path, or POOL/VOLUME");
}

static void check_network(struct form *form, const struct creation *creation) {
    g_autofree char *network = create_text(form, ROW_NETWORK);
    const char *problem = creation->headroom == NULL ? NULL
                                                     : headroom_network_problem(creation->headroom, network,
                                                                                form_switch(form, ROW_START));
    if (problem != NULL)
        form_problem(form, ROW_NETWORK, "%s", problem);
}

static void check_sizes(struct form *form, const struct choice *choice, const struct asked *asked) {
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    if (asked->memory > now->host.memory_total && now->host.memory_total > 0)
        form_problem(form, ROW_MEMORY, "more than the host has");
    if (asked->disk > HEADROOM_DISK_MAX)
        form_problem(form, ROW_DISK, "more than 256T");
    else if (asked->disk > 0 && choice->least_disk != UNKNOWN_SIZE && asked->disk < choice->least_disk)
        form_problem(form, ROW_DISK, "smaller than the template's");
}

/* Of so many guests; what is beyond counting is the most that can be counted. */
static guint64 all_of_them(guint64 bytes, guint count) {
    guint64 all = 0;
    return g_uint64_checked_mul(&all, bytes, count) ? all : G_MAXUINT64;
}

/* "host has 1.2G free", and "only" where that is less than what is asked. */
static void aside_size(struct form *form, guint row, const char *of, guint64 asked, guint64 left) {
    if (left == UNKNOWN_SIZE)
        return;
    g_autofree char *size = units_format_size(left);
    g_autofree char *text = g_strdup_printf("%s has %s%s free", of, asked > left ? "only " : "", size);
    form_aside(form, row, asked > left, text);
}

static void show_left(struct form *form, const struct creation *creation, const struct asked *asked) {
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    guint promised = headroom_vcpus_promised(now);
    gboolean many = asked->vcpus > now->host.cpus;
    g_autofree char *vcpus =
        g_strdup_printf("host has %s%u, guests run %u", many ? "only " : "", now->host.cpus, promised);
    if (now->host.cpus > 0)
        form_aside(form, ROW_VCPUS, many, vcpus);
    aside_size(form, ROW_MEMORY, "host", all_of_them(asked->memory, asked->count),
               now->host.memory_available);
    if (creation->headroom == NULL || creation->headroom->pool == NULL)
        return;
    g_autofree char *pool = g_strdup_printf("pool %s", creation->headroom->pool);
    aside_size(form, ROW_DISK, pool, all_of_them(asked->disk, asked->count),
               creation->headroom->pool_available);
}

void create_values_check(struct form *form, gpointer data) {
    const struct creation *creation = data;
    struct asked asked;
    const struct choice *choice = create_chosen(form, creation);
    g_autofree char *name = create_text(form, ROW_NAME);
    if (!choice->ready)
        form_problem(form, ROW_FROM, "not there yet (f on screen 2)");
    check_file(form, choice);
    form_new_name(form, ROW_NAME, name);
    create_asked(form, &asked);
    check_sizes(form, choice, &asked);
    check_network(form, creation);
    check_key(form, choice);
    show_left(form, creation, &asked);
}
