/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/draw.h"

/* What the console told the person: the newest lines above the hint bar, all of them in a list. */
struct messages;

enum message_kind { MESSAGE_NOTE, MESSAGE_DONE, MESSAGE_ERROR };

struct messages *messages_new(void);
void messages_free(struct messages *messages);

/* Adds a line (copied; untrusted text). */
void messages_add(struct messages *messages, enum message_kind kind, const char *text);

/* A key was pressed: what was there to be read goes away. */
void messages_key(struct messages *messages);

/* How many lines are to be shown, at most limit. */
int messages_lines(const struct messages *messages, int limit);
void messages_draw(const struct messages *messages, struct canvas *canvas, struct area area);

guint messages_count(const struct messages *messages);
enum message_kind messages_kind(const struct messages *messages, guint index);

/* Owned by the list, until the next one is added. */
const char *messages_text(const struct messages *messages, guint index);
