/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* The one error domain. A code is the exit status of the command line, so that it travels unchanged. */
enum innkeep_error {
    INNKEEP_ERROR_FAILED = 1,
    INNKEEP_ERROR_USAGE = 2,
    INNKEEP_ERROR_NOT_FOUND = 3,
    INNKEEP_ERROR_REFUSED = 4,
    INNKEEP_ERROR_NO_CONNECTION = 5,
    INNKEEP_ERROR_CONFLICT = 6,
    INNKEEP_ERROR_TIMEOUT = 7,
    INNKEEP_ERROR_WRONG = 8,
    INNKEEP_ERROR_INTERRUPTED = 130,
};

#define INNKEEP_ERROR (innkeep_error_quark())
GQuark innkeep_error_quark(void);

/* Sets *error (when error is not NULL) to a message that says what was tried, on what, and why it failed.
 * hint is what to do about it, or NULL; it is copied. Any thread. */
void error_set(GError **error, enum innkeep_error code, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The hint that travels with the error, or NULL. Owned by the error. */
const char *error_hint(const GError *error);

/* The word that JSON output uses for a code: "conflict" for INNKEEP_ERROR_CONFLICT. Errors of other domains
 * count as "failed". */
const char *error_word(const GError *error);

/* The exit status for an error: its code, 130 for a cancelled and 7 for a timed-out GIO operation, 1 for
 * other domains. */
int error_exit_status(const GError *error);
