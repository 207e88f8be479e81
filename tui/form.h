/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* A form: filled in when it opens, Enter does it. The problem with a value stands beside its field. */
struct form;

/* A secret is a text of which only its length is drawn. */
enum form_kind { FORM_TEXT, FORM_SECRET, FORM_CHOICE, FORM_SWITCH };

struct form_row {
    const char *label;
    enum form_kind kind;
};

struct form_spec {
    const char *title; /* copied */
    const struct form_row *rows;
    guint count;
    /* A value was changed by the person. May be NULL. */
    void (*changed)(struct form *form, guint row, gpointer data);
    /* Says what is wrong with any value, by form_problem(): after each change, and at Enter, which goes no
     * further where something is. What is wrong with fields that were not touched yet is not shown while
     * typing. May be NULL. */
    void (*check)(struct form *form, gpointer data);
    /* Enter: TRUE when it was taken and the form closes. */
    gboolean (*submit)(struct form *form, gpointer data);
    gpointer data;
    GDestroyNotify free_data;
};

struct form *form_open(struct ui *ui, const struct form_spec *spec);
struct ui *form_ui(struct form *form);

/* Closes and frees it, as after a submit() that took it. */
void form_close(struct form *form);

void form_set_text(struct form *form, guint row, const char *text);
const char *form_text(struct form *form, guint row);

/* Choices of a row, by name; one is chosen. */
void form_set_choices(struct form *form, guint row, const char *const *names, guint chosen);
guint form_choice(struct form *form, guint row);
const char *form_choice_name(struct form *form, guint row);
void form_set_switch(struct form *form, guint row, gboolean on);
gboolean form_switch(struct form *form, guint row);

/* A row that means nothing for what is chosen is not there. */
void form_hide(struct form *form, guint row, gboolean hidden);

/* A line under the fields: what is known of the choice. */
void form_set_note(struct form *form, const char *note);

/* What a person should know when filling in the field: stands beside it where nothing is wrong with it.
 * alarm: it should be looked at. text NULL: nothing. */
void form_aside(struct form *form, guint row, gboolean alarm, const char *text);

/* Stands beside the field until a value changes; outside check() the cursor goes there. */
void form_problem(struct form *form, guint row, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Runs check() again: what it stands on has changed. */
void form_check(struct form *form);

/* A count from least to most, a size (empty: 0), from a row's text; a problem is shown. */
gboolean form_count(struct form *form, guint row, guint least, guint most, guint *count);
gboolean form_size(struct form *form, guint row, guint64 *bytes);

/* Whether a new guest may have this name: none of the host has it. A problem is shown. */
gboolean form_new_name(struct form *form, guint row, const char *name);
