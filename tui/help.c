/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/help.h"

#include "tui/act.h"
#include "tui/hosts.h"
#include "tui/pager.h"
#include "tui/templates.h"

static const struct {
    enum action_scope scope;
    const char *title;
} sections[] = {
    {SCOPE_GUEST, "The guest under the cursor, or the marked ones"},
    {SCOPE_HOST, "The host"},
    {SCOPE_TEMPLATE, "Templates"},
    {SCOPE_VIEW, "The screen"},
};

enum { SECTION_GUEST, SECTION_HOST, SECTION_TEMPLATES };

static void add_section(struct ui *ui, GArray *lines, guint section) {
    if (lines->len > 0)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    pager_add(lines, STYLE_COLUMNS, NULL, "%s", sections[section].title);
    for (guint id = 0; id < ACTION_COUNT; id++) {
        const struct action *action = &actions[id];
        if (action->scope != sections[section].scope || (action->flags & ACTION_TUI) == 0)
            continue;
        const char *keys = keymap_keys(ui->keymap, action->id);
        g_autofree char *typed =
            *keys != '\0' ? g_strdup(keys)
                          : g_strdup_printf("%s%s", keymap_key(ui->keymap, ACTION_palette), action->name);
        pager_add(lines, STYLE_NORMAL, typed, "%s%s", action->help,
                  act_asks(ui, action) ? " (asks first)" : "");
    }
}

void help_open(struct ui *ui, const struct action *action) {
    GArray *lines = pager_lines();
    const struct view *screen = ui_screen(ui);
    g_autofree char *title = g_strdup_printf("Help: %s", screen->ops->title);
    gboolean templates = screen->ops->tab == TEMPLATES_TAB;
    guint first = templates                       ? SECTION_TEMPLATES
                  : screen->ops->tab == HOSTS_TAB ? SECTION_HOST
                                                  : SECTION_GUEST;
    add_section(ui, lines, first);
    if (templates) {
        pager_add(lines, STYLE_NORMAL, NULL,
                  "Keys of one guest that have a sense here (open, new guest, clone,");
        pager_add(lines, STYLE_NORMAL, NULL, "delete) go to the template under the cursor.");
    }
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
        if (i != first)
            add_section(ui, lines, i);
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    pager_add(lines, STYLE_NORMAL, keymap_keys(ui->keymap, ACTION_manual),
              "more: the manual, innkeep-keys(7)");
    pager_open(ui, title, lines, FALSE);
}

void help_messages(struct ui *ui, const struct action *action) {
    GArray *lines = pager_lines();
    for (guint i = 0; i < messages_count(ui->messages); i++)
        pager_add(lines, messages_kind(ui->messages, i) == MESSAGE_ERROR ? STYLE_ERROR : STYLE_NORMAL, NULL,
                  "%s", messages_text(ui->messages, i));
    if (lines->len == 0)
        pager_add(lines, STYLE_NORMAL, NULL, "nothing was said yet");
    pager_open(ui, "Messages", lines, TRUE);
}
