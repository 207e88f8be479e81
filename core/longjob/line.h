/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* What the process of a long job and those who look at it say to each other: one JSON object a line. Both
 * ends may be of different versions of the program, so that what is not known is not an error. */
enum job_line_kind {
    JOB_LINE_START, /* first of all, from who starts it: uri, config, read_only, request */
    JOB_LINE_HELLO, /* to each who comes: id, title, … ; the steps so far and the progress follow, then NOW */
    JOB_LINE_STEP,       /* text, at */
    JOB_LINE_PROGRESS,   /* done, total */
    JOB_LINE_NOW,        /* what comes from here on is new */
    JOB_LINE_CANCEL,     /* to the process */
    JOB_LINE_CANCELLING, /* somebody asked for it */
    JOB_LINE_END,        /* outcome, error */
    JOB_LINE_COUNT
};

/* Times are microseconds of CLOCK_MONOTONIC, which all processes of a machine share. What a line does not say
 * is zero. */
struct job_line {
    enum job_line_kind kind;
    char *id, *title, *uri, *began_at; /* began_at: RFC 3339 in UTC */
    char *config;                      /* the file of settings that is read; NULL: defaults alone */
    char *text;
    gint64 pid, read_only, began, at, done, total, cancelling;
    GStrv asked;
    struct request *request;
    struct outcome *outcome;
    GError *error;
};

enum {
    JOB_LINE_MAX = 1 << 20,   /* bytes of one line */
    JOB_LINE_MAX_SAID = 4096, /* of one that is said to the process, but START */
    JOB_LINE_DEPTH_MAX = 16,  /* objects and arrays within each other */
};

struct job_line *job_line_new(enum job_line_kind kind);
void job_line_free(struct job_line *line);

/* Its text with the newline; passwords: with what is told to who started it alone. The caller's. */
char *job_line_text(const struct job_line *line, gboolean passwords);

/* The line that the text (without its newline) says; NULL where it says nothing that is known. Any bytes. */
struct job_line *job_line_parse(const char *text, gsize length);

/* Takes the first whole line out of what was heard, of at most limit bytes; the caller's. NULL: there is none
 * yet, or, with *bad, never will be: it is too long. Empty ones and those that say nothing known are left
 * out. */
struct job_line *job_line_take(GByteArray *heard, gsize limit, gboolean *bad);

typedef struct job_line job_line_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(job_line_t, job_line_free)
