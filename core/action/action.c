/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/action.h"

#include <string.h>

enum {
    S_RUNNING = 1 << GUEST_RUNNING,
    S_PAUSED = 1 << GUEST_PAUSED,
    S_SHUTTING = 1 << GUEST_SHUTTING_DOWN,
    S_SHUT_OFF = 1 << GUEST_SHUT_OFF,
    S_CRASHED = 1 << GUEST_CRASHED,
    S_SUSPENDED = 1 << GUEST_PMSUSPENDED,
    S_SAVED = 1 << GUEST_SAVED,
    S_ANY = (1 << GUEST_STATE_COUNT) - 1,
    S_LIVE = S_RUNNING | S_SHUTTING | S_SUSPENDED,
    S_ACTIVE = S_LIVE | S_PAUSED | S_CRASHED,
    S_OFF = S_SHUT_OFF | S_SAVED,
    S_HELD = S_PAUSED | S_SUSPENDED,
};

/* Wider than an int: a set of options does not fit in 32 bits. */
#define PARAM(id, ...) P_##id = PARAM_BIT(PARAM_##id),
__extension__ enum {
#include "core/action/params.def"
};
#undef PARAM

#define CHANGES ACTION_CHANGES
#define BULK    ACTION_BULK
#define CLI     ACTION_CLI
#define TUI     ACTION_TUI
#define HINT    ACTION_HINT
#define LONG    ACTION_LONG

const struct action actions[ACTION_COUNT] = {
#define ACTION(id_, name_, alias_, synopsis_, keys_, scope_, states_, flags_, confirm_, params_, help_)      \
    [ACTION_##id_] = {.id = ACTION_##id_,                                                                    \
                      .name = name_,                                                                         \
                      .alias = alias_,                                                                       \
                      .synopsis = synopsis_,                                                                 \
                      .keys = keys_,                                                                         \
                      .scope = SCOPE_##scope_,                                                               \
                      .states = states_,                                                                     \
                      .flags = flags_,                                                                       \
                      .confirm = CONFIRM_##confirm_,                                                         \
                      .params = params_,                                                                     \
                      .help = help_},
#include "core/action/actions.def"
#undef ACTION
};

const struct param params[PARAM_COUNT] = {
#define PARAM(id_, name_, type_, metavar_, help_)                                                            \
    [PARAM_##id_] = {.name = name_, .type = PARAM_TYPE_##type_, .metavar = metavar_, .help = help_},
#include "core/action/params.def"
#undef PARAM
};

const struct action *action_by_name(const char *name) {
    for (guint i = 0; i < ACTION_COUNT; i++)
        if (strcmp(actions[i].name, name) == 0 || g_strcmp0(actions[i].alias, name) == 0)
            return &actions[i];
    return NULL;
}

static const char *why_not[GUEST_STATE_COUNT] = {
    [GUEST_RUNNING] = "it is running",
    [GUEST_PAUSED] = "it is paused",
    [GUEST_SHUTTING_DOWN] = "it is shutting down",
    [GUEST_SHUT_OFF] = "it is shut off",
    [GUEST_CRASHED] = "it has crashed",
    [GUEST_PMSUSPENDED] = "it is suspended",
    [GUEST_SAVED] = "it is saved",
};

gboolean action_legal(const struct action *action, const struct guest *guest, const char **why) {
    const char *reason = NULL;
    if ((action->states & (1u << guest->state)) == 0)
        reason = why_not[guest->state];
    else if (guest->going_down && (action->flags & ACTION_CHANGES) != 0)
        reason = "it is being powered off";
    if (why != NULL)
        *why = reason;
    return reason == NULL;
}

gboolean action_is_there(const struct action *action, const struct guest *guest) {
    switch (action->id) {
    case ACTION_start:
        return guest->state == GUEST_RUNNING;
    case ACTION_shutdown:
    case ACTION_poweroff:
        return guest->state == GUEST_SHUT_OFF || guest->state == GUEST_SAVED;
    case ACTION_pause:
        return guest->state == GUEST_PAUSED;
    case ACTION_resume:
        return guest->state == GUEST_RUNNING;
    case ACTION_save:
        return guest->state == GUEST_SAVED;
    default:
        return FALSE;
    }
}
