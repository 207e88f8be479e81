/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/event_words.h"

#include <glib.h>
#include <libvirt/libvirt.h>

#define DETAILS_MAX 12

/* The order of libvirt/libvirt-domain.h, which never changes. */
static const struct {
    const char *action, *details[DETAILS_MAX];
} words[] = {
    [VIR_DOMAIN_EVENT_DEFINED] = {"defined", {"added", "updated", "renamed", "from-snapshot"}},
    [VIR_DOMAIN_EVENT_UNDEFINED] = {"undefined", {"removed", "renamed"}},
    [VIR_DOMAIN_EVENT_STARTED] = {"started",
                                  {"booted", "migrated", "restored", "from-snapshot", "wakeup", "recovered"}},
    [VIR_DOMAIN_EVENT_SUSPENDED] = {"paused",
                                    {"paused", "migrated", "io-error", "watchdog", "restored",
                                     "from-snapshot", "api-error", "postcopy", "postcopy-failed"}},
    [VIR_DOMAIN_EVENT_RESUMED] = {"resumed",
                                  {"unpaused", "migrated", "from-snapshot", "postcopy", "postcopy-failed"}},
    [VIR_DOMAIN_EVENT_STOPPED] = {"stopped",
                                  {"shutdown", "destroyed", "crashed", "migrated", "saved", "failed",
                                   "from-snapshot", "recovered"}},
    [VIR_DOMAIN_EVENT_SHUTDOWN] = {"shutting-down", {"finished", "guest", "host"}},
    [VIR_DOMAIN_EVENT_PMSUSPENDED] = {"pmsuspended", {"memory", "disk"}},
    [VIR_DOMAIN_EVENT_CRASHED] = {"crashed", {"panicked", "crashloaded"}},
};

const char *event_action_word(int event) {
    return event >= 0 && event < (int)G_N_ELEMENTS(words) ? words[event].action : "unknown";
}

const char *event_detail_word(int event, int detail) {
    gboolean known = event >= 0 && event < (int)G_N_ELEMENTS(words) && detail >= 0 && detail < DETAILS_MAX;
    return known ? words[event].details[detail] : NULL;
}
