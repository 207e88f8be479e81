/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/libvirt.h"

#include <string.h>

static const struct {
    int libvirt;
    enum innkeep_error code;
    const char *hint;
} meanings[] = {
    {VIR_ERR_NO_DOMAIN, INNKEEP_ERROR_NOT_FOUND, NULL},
    {VIR_ERR_NO_NETWORK, INNKEEP_ERROR_NOT_FOUND, NULL},
    {VIR_ERR_NO_STORAGE_POOL, INNKEEP_ERROR_NOT_FOUND, NULL},
    {VIR_ERR_NO_STORAGE_VOL, INNKEEP_ERROR_NOT_FOUND, NULL},
    {VIR_ERR_AUTH_FAILED, INNKEEP_ERROR_REFUSED, NULL},
    {VIR_ERR_AUTH_CANCELLED, INNKEEP_ERROR_REFUSED, NULL},
    {VIR_ERR_AUTH_UNAVAILABLE, INNKEEP_ERROR_REFUSED, NULL},
    {VIR_ERR_ACCESS_DENIED, INNKEEP_ERROR_REFUSED, NULL},
    {VIR_ERR_OPERATION_DENIED, INNKEEP_ERROR_REFUSED, NULL},
    {VIR_ERR_DOM_EXIST, INNKEEP_ERROR_CONFLICT, NULL},
    {VIR_ERR_STORAGE_VOL_EXIST, INNKEEP_ERROR_CONFLICT, NULL},
    {VIR_ERR_OPERATION_INVALID, INNKEEP_ERROR_CONFLICT, NULL},
    {VIR_ERR_RESOURCE_BUSY, INNKEEP_ERROR_CONFLICT, NULL},
    {VIR_ERR_OPERATION_TIMEOUT, INNKEEP_ERROR_TIMEOUT, NULL},
    {VIR_ERR_AGENT_UNRESPONSIVE, INNKEEP_ERROR_TIMEOUT, "is qemu-guest-agent running in the guest?"},
    {VIR_ERR_OPERATION_ABORTED, INNKEEP_ERROR_INTERRUPTED, NULL},
    {VIR_ERR_NO_CONNECT, INNKEEP_ERROR_NO_CONNECTION, NULL},
    {VIR_ERR_INVALID_CONN, INNKEEP_ERROR_NO_CONNECTION, NULL},
    {VIR_ERR_RPC, INNKEEP_ERROR_NO_CONNECTION, NULL},
};

/* Of a program that libvirt ran, what that program said: its command line helps nobody. Borrowed. */
static const char *essence(const char *words) {
    static const char began[] = "internal error: Child process (", status[] = ") unexpected exit status ";
    const char *said = g_str_has_prefix(words, began) ? strstr(words, status) : NULL;
    said = said == NULL ? NULL : strstr(said + strlen(status), ": ");
    return said == NULL || said[2] == '\0' ? words : said + 2;
}

void libvirt_error_take(GError **error, virErrorPtr last, const char *format, ...) {
    enum innkeep_error code = INNKEEP_ERROR_FAILED;
    const char *hint = NULL;
    for (gsize i = 0; last != NULL && i < G_N_ELEMENTS(meanings); i++)
        if (meanings[i].libvirt == last->code) {
            code = meanings[i].code;
            hint = meanings[i].hint;
        }
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *tried = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *words =
        g_strdup(last == NULL || last->message == NULL ? "unknown error" : last->message);
    if (strstr(words, "No space left on device") != NULL)
        hint = "free space in the pool, or choose another: storage-pool under [host] in innkeep.ini";
    if (strstr(words, "Cannot access ") != NULL && strstr(words, "No such file or directory") != NULL)
        hint = "put that file back where it was: what stands on it is incomplete without it";
    error_set(error, code, hint, "%s: %s", tried, essence(g_strstrip(words)));
    virFreeError(last);
}

static void ignore_error(void *data, virErrorPtr error) {
    (void)data;
    (void)error;
}

void libvirt_quiet(void) {
    virSetErrorFunc(NULL, ignore_error);
}
