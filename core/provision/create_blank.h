/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/provision/machine.h"
#include "core/provision/work.h"

/* New guests that no template makes: installed from a medium or over the network, made around a disk that is
 * there, or booted by a kernel. What the files are that a person named is looked at before anything is made;
 * they stay where they are and are never innkeep's to remove. Workers only. */
struct blank;

/* What the guests of the request shall be, checked against the host; pool is where their disks go. NULL and
 * an error; the caller frees. */
struct blank *blank_prepare(struct operation *operation, const struct request *request,
                            virStoragePoolPtr pool, GError **error);

/* Makes one of them, journalled, in steps of made, and starts it where that was asked for. Several at once
 * are fine. */
gboolean blank_make(struct work *work, const struct blank *blank, virStoragePoolPtr pool, struct made *made,
                    GError **error);

/* Notes the steps of blank_make(). */
void blank_plan(struct work *work, const struct blank *blank, const char *name);

/* "debian.iso, Debian GNU/Linux 12": for a message; borrowed. */
const char *blank_from(const struct blank *blank);

/* What a person should know of it, or NULL; borrowed. */
const char *blank_note(const struct blank *blank);

/* Borrowed. */
const struct machine *blank_machine(const struct blank *blank);

void blank_free(struct blank *blank);
typedef struct blank blank_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(blank_t, blank_free)
