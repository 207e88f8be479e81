/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

enum check_status { CHECK_OK, CHECK_WARNING, CHECK_FAILURE, CHECK_SKIPPED };

/* One check of this host. Plain data. */
struct check {
    const char *id, *title; /* static */
    enum check_status status;
    char *detail;    /* what was found */
    char *fix;       /* what to do, or NULL */
    const char *see; /* section of the manual; static */
};

const char *check_status_word(enum check_status status);

/* Runs all checks on a worker: done gets an array of struct check (borrowed). A host that cannot be reached
 * is a failed check, no error. Main thread. */
typedef void (*doctor_done)(GPtrArray *checks, gpointer data);
void doctor_request(struct engine *engine, doctor_done done, gpointer data);
