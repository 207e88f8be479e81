/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/doctor/doctor.h"

/* Whether a program can run this check's fix: it has commands, and root's are run by root or through sudo(8).
 */
gboolean mend_possible(const struct check *check);

/* Arguments of one of its commands as it is to be run now; "innkeep" is this very program. NULL after the
 * last. The caller's. */
GStrv mend_arguments(const struct check *check, guint index);
