/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* What a guest's agent knows of its guest: reference-counted, atomically. All of it is the guest's word:
 * bounded, and believed in nothing; its texts are made safe where they are shown. */

/* More than so many are not looked at; a guest says what it likes. */
#define REPORT_USERS_MAX        64
#define REPORT_FILE_SYSTEMS_MAX 64
#define REPORT_DISKS_MAX        16  /* of one file system */
#define REPORT_TEXT_MAX         512 /* bytes of each text */

/* Seconds that the agent has for each answer, and for all of them. */
#define REPORT_ANSWER_S 2
#define REPORT_ALL_S    6

struct report_user {
    char *name;
    gint64 since; /* Unix seconds; -1: not told */
};

struct report_file_system {
    char *mount_point, *type, *device; /* NULL: not told */
    guint64 total, used;               /* bytes; UNKNOWN_SIZE: not told, or no sense */
    char **disks;                      /* "vda"; never NULL */
};

struct report {
    char *os, *kernel, *hostname, *timezone; /* NULL: not told */
    gint64 utc_offset_s;                     /* with a time zone */
    double skew_s;                           /* its clock before this machine's; NAN: not told */
    double skew_error_s;             /* most that skew_s is wrong: half of the time that asking took */
    gboolean frozen;                 /* its file systems are; nothing else is told then */
    GPtrArray *users, *file_systems; /* never NULL */
};

struct report *report_ref(struct report *report);
void report_unref(struct report *report);

/* Whether there is anything to ask: it has a channel, runs, and answers. FALSE and, in *why, words for a
 * person (static), or NULL where it has no channel for an agent at all. Any thread. */
gboolean report_possible(const struct guest *guest, gboolean read_only, const char **why);

/* Asks, as a quiet job: done gets the report (borrowed) or an error, within REPORT_ALL_S. Main thread. */
typedef void (*report_done)(struct report *report, const GError *error, gpointer data);
void report_request(struct engine *engine, const struct guest *guest, report_done done, gpointer data);

/* Lines for a person, label and text by turns: the same on the command line and in the console. The caller's;
 * not safe to draw yet. Any thread. */
GStrv report_lines(const struct report *report);
