/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/host/model.h"
#include "core/provision/journal.h"
#include "core/template/place.h"
#include "core/storage/uses.h"
#include "core/storage/volume.h"

#define TEMPLATE_SUFFIX ".template"
#define SEED_SUFFIX     "-seed.iso"

/* Only what surely is not there: a folder that this user may not enter hides the rest. */
static gboolean gone(const char *path) {
    return path != NULL && *path == '/' && g_access(path, F_OK) < 0 && errno == ENOENT;
}

/* ---- chains ---- */

static gboolean look_at_guests(struct examination *examination, struct check *check) {
    GPtrArray *guests = examine_guests(examination);
    for (guint i = 0; i < guests->len; i++) {
        struct seen_guest *guest = g_ptr_array_index(guests, i);
        for (guint j = 0; j < guest->facts->disks->len; j++) {
            const struct guest_disk *disk = g_ptr_array_index(guest->facts->disks, j);
            if (!gone(disk->path) || g_strcmp0(disk->type, "file") != 0)
                continue;
            check_say(check, CHECK_FAILURE, "guest '%s': its disk %s, the file %s, is gone", guest->name,
                      disk->target, disk->path);
            check_fix(check, "put that file back from a backup, or take the disk out of the guest");
            return TRUE;
        }
    }
    return FALSE;
}

static void say_broken(struct examination *examination, struct check *check, const struct volume *volume) {
    g_autoptr(GError) error = NULL;
    g_autoptr(uses_t) uses = uses_read(examination->connection, FALSE, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (uses != NULL)
        uses_add_dependants(uses, volume->path, FALSE, names);
    g_autofree char *text = names->len == 0 ? NULL : examine_names(names);
    check_say(check, CHECK_FAILURE, "%s of pool '%s' stands on %s, which is gone%s%s", volume->name,
              volume->pool, volume->backing, text == NULL ? "" : ": ", text == NULL ? "" : text);
    check_fix(check,
              "put that file back from a backup or fetch its template again; without it what stands on it is "
              "lost");
}

void probe_backing(struct examination *examination, struct check *check) {
    GPtrArray *pools = examine_pools(examination);
    guint chains = 0;
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        for (guint j = 0; j < pool->volumes->len; j++) {
            const struct volume *volume = g_ptr_array_index(pool->volumes, j);
            chains += volume->backing != NULL;
            if (gone(volume->backing)) {
                say_broken(examination, check, volume);
                return;
            }
        }
    }
    if (!look_at_guests(examination, check))
        check_say(check, CHECK_OK, "%u overlay%s", chains, chains == 1 ? "" : "s");
}

/* ---- what is left behind ---- */

/* Whether the volume is the image of a template whose definition lies in that pool. */
static gboolean of_template(const struct seen_pool *pool, const char *path) {
    g_autofree char *name = path == NULL ? NULL : g_path_get_basename(path);
    for (guint i = 0; name != NULL && i < pool->volumes->len; i++) {
        const struct volume *volume = g_ptr_array_index(pool->volumes, i);
        if (!g_str_has_suffix(volume->name, TEMPLATE_SUFFIX))
            continue;
        g_autofree char *template = g_strndup(volume->name, strlen(volume->name) - strlen(TEMPLATE_SUFFIX));
        if (place_is_version(template, name))
            return TRUE;
    }
    return FALSE;
}

/* Whether another volume stands on it. */
static gboolean is_below(GPtrArray *pools, const char *path) {
    for (guint i = 0; i < pools->len; i++) {
        const struct seen_pool *pool = g_ptr_array_index(pools, i);
        for (guint j = 0; j < pool->volumes->len; j++)
            if (g_strcmp0(((struct volume *)g_ptr_array_index(pool->volumes, j))->backing, path) == 0)
                return TRUE;
    }
    return FALSE;
}

static gboolean is_orphan(GPtrArray *pools, const struct uses *uses, const struct seen_pool *pool,
                          const struct volume *volume) {
    if (!g_str_has_suffix(volume->name, SEED_SUFFIX) &&
        (volume->backing == NULL || !of_template(pool, volume->backing)))
        return FALSE;
    g_autoptr(GPtrArray) found = uses_by_others(uses, volume->path, NULL);
    return found->len == 0 && !is_below(pools, volume->path);
}

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp((*(struct volume *const *)a)->name, (*(struct volume *const *)b)->name);
}

/* The caller's array of borrowed struct volume. */
static GPtrArray *find_orphans(struct examination *examination, const struct uses *uses) {
    GPtrArray *pools = examine_pools(examination), *orphans = g_ptr_array_new();
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        for (guint j = 0; j < pool->volumes->len; j++)
            if (is_orphan(pools, uses, pool, g_ptr_array_index(pool->volumes, j)))
                g_ptr_array_add(orphans, g_ptr_array_index(pool->volumes, j));
    }
    g_ptr_array_sort(orphans, by_name);
    return orphans;
}

void probe_orphans(struct examination *examination, struct check *check) {
    g_autoptr(GError) error = NULL;
    g_autoptr(uses_t) uses = uses_read(examination->connection, FALSE, &error);
    if (uses == NULL) {
        check_say(check, CHECK_SKIPPED, "%s", error->message);
        return;
    }
    g_autoptr(GPtrArray) orphans = find_orphans(examination, uses), names = g_ptr_array_new();
    for (guint i = 0; i < orphans->len; i++)
        g_ptr_array_add(names, ((struct volume *)g_ptr_array_index(orphans, i))->name);
    if (orphans->len == 0) {
        check_say(check, CHECK_OK, "every overlay and seed has its guest");
        return;
    }
    const struct volume *first = g_ptr_array_index(orphans, 0);
    g_autofree char *text = examine_names(names);
    g_autofree char *uri = command_word(examination->uri), *pool = command_word(first->pool);
    g_autofree char *name = command_word(first->name);
    check_say(check, CHECK_WARNING, "no guest uses %s", text);
    check_fix(check, "look at each, and delete what nobody needs: virsh -c %s vol-delete --pool %s %s", uri,
              pool, name);
}

void probe_journals(struct examination *examination, struct check *check) {
    guint left = journal_left(examination->connection);
    if (left == 0) {
        check_say(check, CHECK_OK, "no journal waits");
        return;
    }
    check_say(check, CHECK_WARNING, "%u journal%s of work that was cut short", left, left == 1 ? "" : "s");
    check_fix(check, "open the console (innkeep), which takes back what they tell of");
}
