/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/os_info.h"

#include "config/error.h"

/* Built without libosinfo: no system is known. */

gboolean os_info_available(void) {
    return FALSE;
}

struct os_info *os_info_find(const char *id, GError **error) {
    error_set(error, INNKEEP_ERROR_FAILED, "build it with libosinfo, or leave --os out",
              "this innkeep was built without libosinfo and knows no system '%s'", id);
    return NULL;
}

struct os_info *os_info_detect(GBytes *head) {
    return NULL;
}

GPtrArray *os_info_ids(const char *prefix) {
    return g_ptr_array_new_with_free_func(g_free);
}

void os_info_free(struct os_info *os) {
}
