/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guest/report.h"
#include "tui/details/details.h"
#include "tui/list.h"

enum details_tab { TAB_OVERVIEW, TAB_DISKS, TAB_NETWORK, TAB_SNAPSHOTS, TAB_AGENT, TAB_COUNT };

struct details {
    struct view view;
    enum details_tab tab;
    char *uuid;
    struct guest *guest; /* as last seen: what is shown when it is gone */
    gboolean gone;
    GPtrArray *disks;      /* struct guest_disk as the storage tells them; NULL: not known yet */
    struct report *report; /* what the guest's agent told; NULL: nothing yet, or report_problem says why */
    char *report_problem;
    gboolean report_asked;
    GPtrArray *snapshots; /* struct guest_snapshot; NULL: not known yet, or snapshots_problem says why */
    char *snapshots_problem;
    struct list *snapshot_list;
    int top, page, length; /* of a tab of lines */
};

/* The lines of a tab, for its picture; the caller's. */
GArray *overview_lines(const struct details *details);
GArray *disks_lines(const struct details *details);
GArray *network_lines(const struct details *details);
GArray *agent_lines(const struct details *details);

/* Graphs of the last minute above the overview. Returns the rows they took. */
int overview_graphs(const struct details *details, struct canvas *canvas, struct area area);

struct list *snapshots_list_new(void);

/* The tab of snapshots is a list with one of them selected. */
void snapshots_draw(struct details *details, struct canvas *canvas, struct area area);

/* TRUE when the action was for the snapshot under the cursor. */
gboolean snapshots_action(struct details *details, const struct action *action);

/* Asks the host: for what the storage, the agent and libvirt know beyond the definition. The answers come to
 * the guest's view if it is still open. */
void details_ask(struct details *details);
void details_ask_snapshots(struct details *details);

/* The view of that guest's details, or NULL. */
struct details *details_find(struct ui *ui, const char *uuid);

/* "860M", "-" where it is unknown. The caller's. */
char *details_size(guint64 bytes);
