/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "core/action/request.h"

/* A request on its way to the process that carries it out, and its outcome on its way back. Any thread.
 * Objects and what is read from them are the caller's; what an object does not say, or says in a type that it
 * cannot have, is as if it was not given. */
JsonObject *request_to_json(const struct request *request);

/* NULL when it names no action that there is. */
struct request *request_from_json(JsonObject *object);

/* Without passwords, what a guest's console takes is left out. */
JsonObject *outcome_to_json(const struct outcome *outcome, gboolean passwords);
struct outcome *outcome_from_json(JsonObject *object);

/* Arrays of strings; NULL is none. json_strings() gives NULL where the member is no array. */
void json_add_strings(JsonObject *object, const char *name, char *const *strings);
GStrv json_strings(JsonObject *object, const char *name);

/* Members of one value; what is there in another type is as if it was not. The text is borrowed. */
const char *json_text(JsonObject *object, const char *name, const char *fallback);
gint64 json_number(JsonObject *object, const char *name, gint64 fallback);
double json_real(JsonObject *object, const char *name, double fallback);
gboolean json_truth(JsonObject *object, const char *name);

/* The member that is an object, or NULL; borrowed. */
JsonObject *json_member_object(JsonObject *object, const char *name);
