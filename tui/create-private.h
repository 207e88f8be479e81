/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/provision/headroom.h"
#include "tui/form.h"

/* The form of a new guest: shared by create.c, which opens and sends it, and create_values.c, which fills it
 * in and says what is wrong with it. */
enum {
    ROW_FROM,
    ROW_FILE,
    ROW_NAME,
    ROW_VCPUS,
    ROW_MEMORY,
    ROW_DISK,
    ROW_NETWORK,
    ROW_KEY,
    ROW_FIRMWARE,
    ROW_TPM,
    ROW_COUNT_,
    ROW_START,
    ROWS
};

enum from { FROM_TEMPLATE, FROM_MEDIUM, FROM_DISK, FROM_NETWORK, FROM_COUNT };

/* What a guest can come from: a template, of which the form needs this after the catalogue's list is gone, or
 * one of the other sources. */
struct choice {
    enum from from;
    char *name, *network, *description;
    gboolean ready, seeds; /* seeds: cloud-init sets its guests up */
    guint vcpus;
    guint64 memory, disk, least_disk;
};

/* The form's own, and that of a look at the host or a trial under way: the form may be closed meanwhile. */
struct creation {
    guint references;
    struct form *form;         /* NULL: closed */
    GArray *choices;           /* struct choice */
    char *proposed;            /* the name that was filled in */
    struct request *tried;     /* is looked at by a worker before the form closes; NULL: none */
    struct headroom *headroom; /* NULL: not known (yet) */
};

/* Of the values in the form what can be read. */
struct asked {
    guint vcpus, count;
    guint64 memory, disk; /* bytes; 0: not given */
};

const struct choice *create_chosen(struct form *form, const struct creation *creation);

/* Reads the numbers; a problem is said beside each that is none. */
void create_asked(struct form *form, struct asked *asked);

/* The text of a row without the spaces around it; the caller's. */
char *create_text(struct form *form, guint row);

/* A source was chosen (row ROW_FROM): its values, and a name of its own unless the person typed one. */
void create_fill(struct form *form, guint row, gpointer creation);

/* What is wrong with the values, and what the host has left. */
void create_values_check(struct form *form, gpointer creation);
