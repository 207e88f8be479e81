/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* Whether the request makes its guests without a template. Any thread. */
gboolean create_is_blank(const struct request *request);

/* What can be said of a request to create before anything of the host is known: two sources, options that do
 * not go with its source, no name where none follows from a template. FALSE and a usage error. Any thread. */
gboolean create_check(const struct request *request, GError **error);
