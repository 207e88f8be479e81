/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

enum check_status { CHECK_OK, CHECK_WARNING, CHECK_FAILURE, CHECK_SKIPPED };

/* Who can mend what a check finds. */
enum check_mend { MEND_NOTHING, MEND_PERSON, MEND_COMMANDS, MEND_CAREFUL };

/* Bits of a check's needs. ONLY_WALK: none, but only the guided walk makes it. */
enum { NEED_CONNECTION = 1, NEED_HERE = 2, NEED_SYSTEM = 4, NEED_QEMU = 8, ONLY_WALK = 16 };

/* A row of checks.def; static. */
struct check_kind {
    const char *id, *title;
    const char *section, *see; /* "NETWORKS", "innkeep-setup(7), NETWORKS" */
    guint needs;
    enum check_mend mend;
    const char *about; /* what it means: sentences */
};

/* All of them, in the order of a guided walk. */
extern const struct check_kind check_kinds[];
extern const guint check_kind_count;

/* What one check of this host found. Plain data; details hold names that others gave. */
struct check {
    const struct check_kind *kind;
    enum check_status status;
    char *detail; /* what was found */
    char *fix;    /* what a person types or does, made of the commands where there are any; NULL: nothing */
    GPtrArray *commands; /* GStrv: the fix as argument vectors in their order; NULL: only a person can */
    gboolean needs_root; /* they are root's to run */
    gboolean careful;    /* they change what is there: nothing to agree to by pressing Enter */
    char *then;          /* what is left to a person after the commands: "log in again"; NULL: nothing */
};

const char *check_status_word(enum check_status status);

/* The commands as one line for a shell, with sudo where the caller is not root; NULL: there are none. The
 * caller's. Any thread. */
char *check_commands(const struct check *check);

/* Runs all checks on a worker, with walk those too that only the guided walk makes: done gets an array of
 * struct check (borrowed; it may be kept by a reference). A host that cannot be reached is a failed check, no
 * error; one that hangs is given up after ten seconds. Main thread. */
typedef void (*doctor_done)(GPtrArray *checks, gpointer data);
void doctor_request(struct engine *engine, gboolean walk, doctor_done done, gpointer data);
