/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/output.h"

/* What commands share that do one thing to each of several guests or templates: the plan and the question
 * before what takes something away, a line for each, or one JSON document. */
struct results {
    JsonBuilder *json; /* the one document: an object each, or the steps of all plans; NULL: lines */
    gboolean several, ran;
};

/* Begins the document where JSON is asked for. */
void results_begin(const struct cli *cli, struct results *results, gboolean several);

/* A target that could not be found, as its result. */
void results_missing(const struct cli *cli, struct results *results, const char *name, const GError *error);

/* Asks where the action's row says so (with a plan before), then carries out the requests (taken). The exit
 * status. */
int results_run(struct cli *cli, struct results *results, GPtrArray *requests, const char *question);

/* Ends and prints the document. */
void results_end(const struct cli *cli, struct results *results, int status);
