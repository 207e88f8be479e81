/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/error.h"

#include <gio/gio.h>

typedef struct {
    char *hint;
} InnkeepErrorPrivate;

static void innkeep_error_private_init(InnkeepErrorPrivate *priv) {
    priv->hint = NULL;
}

static void innkeep_error_private_copy(const InnkeepErrorPrivate *from, InnkeepErrorPrivate *to) {
    to->hint = g_strdup(from->hint);
}

static void innkeep_error_private_clear(InnkeepErrorPrivate *priv) {
    g_free(priv->hint);
}

G_DEFINE_EXTENDED_ERROR(InnkeepError, innkeep_error)

static const struct {
    enum innkeep_error code;
    const char *word;
} words[] = {
    {INNKEEP_ERROR_FAILED, "failed"},
    {INNKEEP_ERROR_USAGE, "usage"},
    {INNKEEP_ERROR_NOT_FOUND, "not-found"},
    {INNKEEP_ERROR_REFUSED, "refused"},
    {INNKEEP_ERROR_NO_CONNECTION, "no-connection"},
    {INNKEEP_ERROR_CONFLICT, "conflict"},
    {INNKEEP_ERROR_TIMEOUT, "timeout"},
    {INNKEEP_ERROR_WRONG, "wrong"},
    {INNKEEP_ERROR_INTERRUPTED, "interrupted"},
};

void error_set(GError **error, enum innkeep_error code, const char *hint, const char *format, ...) {
    if (error == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    *error = g_error_new_valist(INNKEEP_ERROR, code, format, arguments);
    va_end(arguments);
    innkeep_error_get_private(*error)->hint = g_strdup(hint);
}

const char *error_hint(const GError *error) {
    return error->domain == INNKEEP_ERROR ? innkeep_error_get_private(error)->hint : NULL;
}

const char *error_word(const GError *error) {
    int status = error_exit_status(error);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if ((int)words[i].code == status)
            return words[i].word;
    return "failed";
}

int error_exit_status(const GError *error) {
    if (error->domain == G_IO_ERROR && error->code == G_IO_ERROR_CANCELLED)
        return INNKEEP_ERROR_INTERRUPTED;
    if (error->domain == G_IO_ERROR && error->code == G_IO_ERROR_TIMED_OUT)
        return INNKEEP_ERROR_TIMEOUT;
    return error->domain == INNKEEP_ERROR ? error->code : INNKEEP_ERROR_FAILED;
}
