/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Guests that an action goes to, by UUID, with their names as they were when it was asked for. */
struct targets {
    GPtrArray *uuids, *names;
    guint hidden;    /* marked guests that the filter hides: left out */
    gboolean marked; /* they were marked, not merely selected */
};

/* From the screen: the marked guests for an action that takes several, else the guest under the cursor. Says
 * so and returns NULL when there is none. The caller's. */
struct targets *targets_of(struct ui *ui, const struct action *action);
void targets_free(struct targets *targets);

/* "web", or "3 guests: web, wiki-db, build", with how many were left out. The caller's. */
char *targets_text(const struct targets *targets);

/* The one guest under the cursor, as it is now; NULL (and said so) when it is gone. Borrowed from *snapshot,
 * which is the caller's reference. */
const struct guest *act_guest(struct ui *ui, struct snapshot **snapshot);

/* Whether the person wants to be asked before such an action. */
gboolean act_asks(struct ui *ui, const struct action *action);

/* Sends a request and reports what came of it, the new guest selected. Takes the request. */
void act_submit(struct ui *ui, struct request *request);

/* Reads the templates, then calls with them, an array of struct template_info (borrowed) that is not empty,
 * and data, which must outlive the console or be static. What went wrong is said. */
void act_with_templates(struct ui *ui, void (*then)(struct ui *ui, GPtrArray *templates, char *name),
                        const char *name);

/* Start, shut down, reboot, … of the targets. */
void act_change(struct ui *ui, const struct action *action);

void act_delete(struct ui *ui, const struct action *action);
