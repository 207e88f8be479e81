/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cli.h"
#include "cli/complete_line.h"

/* A completion under way. */
struct completing {
    struct cli *cli; /* what the line says so far: the command, global options, options that were given */
    const struct complete_line *line;
    GPtrArray *operands; /* borrowed words, without the command's own */
    gboolean rest;       /* "--" stands before */
    gboolean for_bash;
    int asked_global, asked_param; /* the option whose value is under the cursor; -1: of none */
    char *before;                  /* what the word under the cursor has before the value: "--os=", or "" */
    GHashTable *offered;
};

/* Prints a candidate if it begins as the word does; about says what it is, or NULL. */
void completing_offer(struct completing *completing, const char *text, const char *about);

/* Leaves it to the shell. */
void completing_offer_files(struct completing *completing);

/* Offer what may stand as an option's value, or as the operand that the command's synopsis calls by that
 * word. What must be asked of libvirt is asked for a second at most; what does not come in time is not
 * offered. */
void values_of_global(struct completing *completing, int global);
void values_of_param(struct completing *completing, int param);
void values_of_operand(struct completing *completing, const char *word);
