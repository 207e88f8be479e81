/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/handlers.h"

#include "tui/act.h"
#include "tui/command.h"
#include "tui/console/view.h"
#include "tui/console_log.h"
#include "tui/copy.h"
#include "tui/create.h"
#include "tui/details/details.h"
#include "tui/help.h"
#include "tui/hosts.h"
#include "tui/jobs_view.h"
#include "tui/leave.h"
#include "tui/manual.h"
#include "tui/palette.h"
#include "tui/picture.h"
#include "tui/set.h"
#include "tui/screen/view.h"
#include "tui/ssh.h"
#include "tui/template_fetch.h"
#include "tui/templates.h"

typedef void (*handler)(struct ui *ui, const struct action *action);

/* Every row of the table needs a handle_ID here, or the build fails. Commands alone have none; the keys of
 * the list do nothing on a screen that does not take them itself. */
#define handle_list          NULL
#define handle_top           NULL
#define handle_address       NULL
#define handle_wait          NULL
#define handle_template_list NULL
#define handle_template_show NULL
#define handle_snapshot_list NULL
#define handle_job_list      NULL
#define handle_job_wait      NULL
#define handle_job_cancel    NULL
#define handle_host          NULL
#define handle_setup         NULL
#define handle_events        NULL
#define handle_config_show   NULL
#define handle_config_path   NULL
#define handle_config_edit   NULL
#define handle_config_check  NULL
#define handle_completion    NULL

#define handle_filter       only_in_the_list
#define handle_filter_clear only_in_the_list
#define handle_mark         only_in_the_list
#define handle_mark_all     only_in_the_list
#define handle_mark_clear   only_in_the_list
#define handle_previous_tab only_in_the_list
#define handle_next_tab     only_in_the_list
#define handle_move_up      only_in_the_list
#define handle_move_down    only_in_the_list
#define handle_page_up      only_in_the_list
#define handle_page_down    only_in_the_list
#define handle_move_first   only_in_the_list
#define handle_move_last    only_in_the_list
#define handle_sort_left    only_in_the_list
#define handle_sort_right   only_in_the_list
#define handle_sort_invert  only_in_the_list

#define handle_start           act_change
#define handle_shutdown        act_change
#define handle_reboot          act_change
#define handle_reset           act_change
#define handle_poweroff        act_change
#define handle_pause           act_change
#define handle_resume          act_change
#define handle_save            act_change
#define handle_snapshot_create act_change
#define handle_freeze          act_change
#define handle_thaw            act_change
#define handle_delete          act_delete
#define handle_snapshot_revert details_snapshot
#define handle_snapshot_delete details_snapshot

#define handle_show             details_open
#define handle_console          console_view_attach
#define handle_console_log      console_log_open
#define handle_create           create_form
#define handle_create_now       create_now
#define handle_clone            clone_form
#define handle_clone_now        clone_now
#define handle_template_build   template_build
#define handle_template_fetch   template_fetch_form
#define handle_template_import  templates_import_form
#define handle_template_publish templates_publish_form
#define handle_template_verify  templates_act
#define handle_template_delete  templates_act
#define handle_template_prune   templates_act
#define handle_exec             command_open
#define handle_set              set_form
#define handle_ssh              ssh_into
#define handle_copy             copy_guest
#define handle_help             help_open
#define handle_manual           manual_open
#define handle_jobs             jobs_view_open
#define handle_messages         help_messages
#define handle_doctor           hosts_check
#define handle_mend             hosts_mend
#define handle_palette          palette_open
#define handle_theme            palette_theme
#define handle_interval_longer  picture_interval
#define handle_interval_shorter picture_interval
#define handle_freeze_picture   picture_freeze
#define handle_screen           screen_view_open
#define handle_tab              picture_screen
#define handle_redraw           picture_redraw
#define handle_cancel_job       picture_cancel_job
#define handle_suspend_console  leave_suspend
#define handle_back             leave_back
#define handle_quit             leave_quit

static void only_in_the_list(struct ui *ui, const struct action *action) {
    (void)ui;
    (void)action;
}

static const handler handlers[ACTION_COUNT] = {
#define ACTION(id, ...) [ACTION_##id] = handle_##id,
#include "core/action/actions.def"
#undef ACTION
};

void handlers_run(struct ui *ui, const struct action *action) {
    if (handlers[action->id] != NULL)
        handlers[action->id](ui, action);
}

gboolean handlers_has(enum action_id id) {
    return handlers[id] != NULL;
}
