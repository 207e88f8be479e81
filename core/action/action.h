/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* The table of actions, read-only. See actions.def. */
enum action_id {
#define ACTION(id, ...) ACTION_##id,
#include "core/action/actions.def"
#undef ACTION
    ACTION_COUNT
};

enum param_id {
#define PARAM(id, ...) PARAM_##id,
#include "core/action/params.def"
#undef PARAM
    PARAM_COUNT
};

/* An option as a member of a set of them: guint64. */
#define PARAM_BIT(id) (G_GUINT64_CONSTANT(1) << (id))
G_STATIC_ASSERT(PARAM_COUNT <= 64);

enum action_scope { SCOPE_GUEST, SCOPE_TEMPLATE, SCOPE_HOST, SCOPE_VIEW };
enum action_confirm { CONFIRM_NONE, CONFIRM_DISRUPTIVE, CONFIRM_DESTRUCTIVE };
enum action_flags {
    ACTION_CHANGES = 1 << 0,
    ACTION_BULK = 1 << 1,
    ACTION_CLI = 1 << 2,
    ACTION_TUI = 1 << 3,
    ACTION_HINT = 1 << 4,
    ACTION_LONG = 1 << 5,
};
enum param_type {
    PARAM_TYPE_flag,
    PARAM_TYPE_text,
    PARAM_TYPE_count,
    PARAM_TYPE_size,
    PARAM_TYPE_seconds,
    PARAM_TYPE_tags
};

struct action {
    enum action_id id;
    const char *name, *alias, *synopsis, *keys;
    enum action_scope scope;
    guint states; /* bits 1 << enum guest_state */
    guint flags;
    enum action_confirm confirm;
    guint64 params; /* bits PARAM_BIT(enum param_id) */
    const char *help;
};

struct param {
    const char *name; /* "no-start" */
    enum param_type type;
    const char *metavar, *help;
};

extern const struct action actions[ACTION_COUNT];
extern const struct param params[PARAM_COUNT];

/* By command name or alias ("template list", "stop"); NULL if there is none. */
const struct action *action_by_name(const char *name);

/* Whether the action is legal for the guest as it is now; if not, *why (static text, may be NULL) says why.
 */
gboolean action_legal(const struct action *action, const struct guest *guest, const char **why);

/* TRUE when being in the guest's state already is success: start of a running guest, shutdown of one that is
 * off. */
gboolean action_is_there(const struct action *action, const struct guest *guest);
