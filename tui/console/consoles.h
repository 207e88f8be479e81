/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/console/session.h"

/* All consoles that are open in this innkeep, in the order in which they were opened. Main thread. */
struct consoles;

struct consoles *consoles_new(struct ui *ui);
void consoles_free(struct consoles *consoles);

/* The console of that guest, of the device (NULL: whichever was attached first), or NULL. */
struct session *consoles_find(const struct consoles *consoles, const char *uuid, const char *device);

/* Takes the session. */
void consoles_add(struct consoles *consoles, struct session *session);

/* Closes it for good. */
void consoles_close(struct consoles *consoles, struct session *session);

/* The one after (or, step -1, before) this one, round; itself when it is the only one. */
struct session *consoles_step(const struct consoles *consoles, const struct session *session, int step);

guint consoles_count(const struct consoles *consoles);

/* Its number, from 1. */
guint consoles_number(const struct consoles *consoles, const struct session *session);

/* What the list shows behind a guest's name: "" none is open, ":" one is, "#" and it printed something since
 * somebody looked. */
const char *consoles_mark(const struct consoles *consoles, const char *uuid);
