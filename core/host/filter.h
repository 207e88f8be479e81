/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* The filter language of `list` and of '/': words that must all hold; a plain word is a substring of the name
 * (case folded); state=running, tag=x, role=x, service=x, template=x, managed=no, cpu>50, memory>2G; !=
 * inverts. */
struct filter;

/* Parses words (NULL-terminated). NULL and a usage error that names the word. The caller frees. */
struct filter *filter_parse(const char *const *words, GError **error);

/* The same from one line, split at white space ("double quotes" keep a word whole). */
struct filter *filter_parse_line(const char *line, GError **error);

/* Names of the fields, and the words that a field takes or, with NULL, takes any word or number;
 * NULL-terminated. */
const char *const *filter_fields(void);
const char *const *filter_field_words(const char *field);

/* Whether the field is a figure, which is compared by < and >. */
gboolean filter_field_is_figure(const char *field);

gboolean filter_matches(const struct filter *filter, const struct guest *guest);
void filter_free(struct filter *filter);

typedef struct filter filter_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(filter_t, filter_free)
