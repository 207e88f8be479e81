/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* Something is read from the host for a question, a list or a form: a quiet job. */
struct reading {
    const char *title; /* "read the templates"; copied */
    const char *uuid;  /* the guest whose jobs it waits for; NULL: none */
    guint deadline_s;  /* 0: none */
    /* Reads it, on a worker: the result, or NULL and an error. */
    gpointer (*read)(struct operation *operation, gpointer about, GError **error);
    /* Takes it, borrowed, or NULL with the error. Main thread. */
    void (*told)(gpointer result, const GError *error, gpointer about);
    GDestroyNotify free_result;
    gpointer about; /* what it is about, for read and told; freed with g_free unless free_about says how */
    GDestroyNotify free_about;
};

/* Copies reading, takes its about. The job is borrowed and valid until told has returned. Main thread. */
struct job *reading_request(struct engine *engine, const struct reading *reading);
