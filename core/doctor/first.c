/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/doctor/examine.h"
#include "core/storage/volume.h"

#define TEMPLATE_SUFFIX ".template"
#define FIRST           "first"

static gboolean has_template(struct examination *examination) {
    GPtrArray *pools = examine_pools(examination);
    for (guint i = 0; i < pools->len; i++) {
        const struct seen_pool *pool = g_ptr_array_index(pools, i);
        for (guint j = 0; j < pool->volumes->len; j++)
            if (g_str_has_suffix(((struct volume *)g_ptr_array_index(pool->volumes, j))->name,
                                 TEMPLATE_SUFFIX))
                return TRUE;
    }
    return FALSE;
}

void probe_template(struct examination *examination, struct check *check) {
    if (has_template(examination)) {
        check_say(check, CHECK_OK, "guests can be made of one");
        return;
    }
    check_say(check, CHECK_WARNING,
              "none is ready; tiny is built of this distribution's kernel, in a minute");
    check_command(check, SELF, "-c", examination->uri, "template", "build", "tiny", NULL);
}

void probe_first_guest(struct examination *examination, struct check *check) {
    GPtrArray *guests = examine_guests(examination);
    if (guests->len > 0) {
        check_say(check, CHECK_OK, "%u guest%s", guests->len, guests->len == 1 ? "" : "s");
        return;
    }
    check_say(check, CHECK_WARNING, "there is none yet");
    if (has_template(examination))
        check_command(check, SELF, "-c", examination->uri, "create", FIRST, "-t", "tiny", "--wait", "address",
                      NULL);
}
