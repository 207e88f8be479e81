/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "cli/cli.h"
#include "core/guest/report.h"

/* What `exec` ends with where it was not the guest's command that failed. */
#define STATUS_NOT_RUN 125

/* The exit status for an error of this command. */
int output_status(const struct cli *cli, const GError *error);

/* Says an error on stderr as CLI.md's contract has it, in words or JSON, and returns its exit status. */
int output_error(const struct cli *cli, const GError *error);

/* The same, and frees the error. */
int output_fail(const struct cli *cli, GError *error);

/* Prints one JSON document (one line when compact) and a newline. Takes the node. */
void output_json(JsonNode *root, gboolean compact);

/* Prints the builder's document. */
void output_builder(JsonBuilder *builder, gboolean compact);

/* Columns of the terminal on stdout; G_MAXINT where it is none. */
int output_columns(void);

/* What a word on stdout is to the eye, besides what it says. */
enum paint { PAINT_NONE, PAINT_GOOD, PAINT_MIDDLING, PAINT_BAD };

/* Whether $TERM is one that has neither colours nor more than ASCII: a vt100 and its kin. */
gboolean output_terminal_is_old(void);

/* Whether words may be painted: --color, NO_COLOR, and in the end whether stdout is a terminal. */
gboolean output_coloured(const struct cli *cli);

/* Prints the word with that paint, where words may be painted. */
void output_painted(const struct cli *cli, const char *word, enum paint paint);

/* Safe text after its label, which fills the indent, wrapped at words where the terminal ends. */
void output_wrapped(const struct cli *cli, int indent, const char *label, enum paint paint, const char *text);

/* A table on stdout: aligned and cut to the terminal's width; fields separated by tabs without headers. Cells
 * are made safe. */
struct table;
struct table *table_new(const char *const *headers,
                        const char *aligned_right /* one letter a column: l or r */);
void table_add(struct table *table, const char *const *cells);

/* Paints that cell of the row that was added last. */
void table_paint(struct table *table, guint column, enum paint paint);
void table_print(const struct cli *cli, struct table *table, gboolean headers);
void table_free(struct table *table);

/* JSON members with null for what is unknown. */
void member_string(JsonBuilder *builder, const char *name, const char *value);
void member_size(JsonBuilder *builder, const char *name, guint64 value);
void member_number(JsonBuilder *builder, const char *name, double value);
void member_count(JsonBuilder *builder, const char *name, gint64 value);
void member_boolean(JsonBuilder *builder, const char *name, gboolean value);
void member_strings(JsonBuilder *builder, const char *name, char *const *values);

/* "412M/2.0G": used of all; "-" for what is unknown, "~" before what QEMU
 * holds where the guest tells nothing. The caller's. */
char *output_memory(const struct guest *guest);

/* What a dry run would do, in words or JSON. */
void output_plan(const struct cli *cli, const struct outcome *outcome);

/* Its steps as objects of the array that is open in the builder. */
void output_steps(JsonBuilder *builder, const struct outcome *outcome);

/* What `show` asks for besides. */
struct guest_more {
    GPtrArray *disks;      /* struct guest_disk; NULL: what the definition says */
    struct report *report; /* NULL: the agent told nothing */
    char *report_problem;  /* why not; NULL: it has no channel for an agent */
};

/* One guest as an object; more, where it is not NULL, adds the rest of `show`. */
void json_guest(JsonBuilder *builder, const struct guest *guest, const struct guest_more *more);

/* The members "agent" and "agent_problem". */
void json_report(JsonBuilder *builder, const struct report *report, const char *problem);

/* The member "checks" of an object: an array of struct check. */
void json_checks(JsonBuilder *builder, GPtrArray *checks);

/* All its addresses: an array of {"address","prefix","source","mac"}. */
void json_addresses(JsonBuilder *builder, const struct guest *guest);
