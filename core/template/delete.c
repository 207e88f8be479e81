/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/delete.h"

#include <string.h>

#include "config/units.h"
#include "core/template/image.h"
#include "core/template/place.h"
#include "core/provision/recovery.h"
#include "core/storage/pool.h"
#include "core/storage/uses.h"

/* What goes, and what is known of it. */
typedef struct removal {
    struct work *work;
    virStoragePoolPtr pool;
    struct uses *uses;
    GPtrArray *volumes; /* struct volume */
} removal_t;

static void removal_clear(removal_t *removal) {
    libvirt_pool_free(removal->pool);
    uses_free(removal->uses);
    g_clear_pointer(&removal->volumes, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(removal_t, removal_clear)

/* The volume of that name, or NULL, where it is gone already (without an error). The caller's. */
static struct volume *find(const struct removal *removal, const char *name, GError **error) {
    g_autoptr(virStorageVol) handle = volume_lookup(removal->pool, name, error);
    return handle == NULL ? NULL : volume_read(handle, error);
}

/* Adds the template's volume of that name, if it is there, and who depends on it. */
static gboolean add(struct removal *removal, const char *name, GPtrArray *users, GError **error) {
    GError *cause = NULL;
    struct volume *volume = find(removal, name, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    if (volume != NULL) {
        uses_add_dependants(removal->uses, volume->path, TRUE, users);
        g_ptr_array_add(removal->volumes, volume);
    }
    return TRUE;
}

/* "web, wiki"; the caller's. */
static char *list_text(GPtrArray *names) {
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

static gboolean choose_all(struct removal *removal, const char *name, GError **error) {
    virConnectPtr connection = removal->work->operation->connection;
    g_autoptr(image_t) image = image_read(connection, removal->pool, name, error);
    if (image == NULL)
        return FALSE;
    g_autoptr(GPtrArray) users = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *definition = g_strconcat(name, IMAGE_SUFFIX, NULL);
    g_auto(GStrv) volumes = image_volumes(image);
    gboolean well = add(removal, definition, users, error);
    for (char **volume = volumes; well && *volume != NULL; volume++)
        well = add(removal, *volume, users, error);
    if (well && users->len > 0) {
        g_autofree char *names = list_text(users);
        error_set(error, INNKEEP_ERROR_CONFLICT,
                  "delete them first; innkeep template delete --unused removes old versions alone",
                  "template '%s' is not deleted: on it depend: %s", name, names);
        return FALSE;
    }
    if (well && removal->volumes->len == 0) {
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "template '%s' has nothing in pool '%s'", name,
                  virStoragePoolGetName(removal->pool));
        return FALSE;
    }
    return well;
}

/* ---- earlier versions ---- */

/* Adds those of one template that nothing uses; *left (the caller's) are the others. */
static gboolean choose_unused(struct removal *removal, const struct template *record, GStrv *left,
                              GError **error) {
    g_autoptr(GStrvBuilder) staying = g_strv_builder_new();
    for (char **old = record->previous; old != NULL && *old != NULL; old++) {
        GError *cause = NULL;
        /* A definition in a pool may have been written elsewhere: it does not choose what is removed. */
        if (!place_is_version(record->name, *old)) {
            g_strv_builder_add(staying, *old);
            continue;
        }
        g_autoptr(volume_t) volume = find(removal, *old, &cause);
        if (cause != NULL) {
            g_propagate_error(error, cause);
            return FALSE;
        }
        g_autoptr(GPtrArray) users = g_ptr_array_new_with_free_func(g_free);
        if (volume != NULL)
            uses_add_dependants(removal->uses, volume->path, TRUE, users);
        if (users->len > 0) {
            g_autofree char *names = list_text(users);
            g_autofree char *why = g_strdup_printf("keep: on it depend %s", names);
            work_plan(removal->work, "volume", volume->path, why, UNKNOWN_SIZE);
            g_strv_builder_add(staying, *old);
        } else if (volume != NULL) {
            g_ptr_array_add(removal->volumes, g_steal_pointer(&volume));
        }
    }
    *left = g_strv_builder_end(staying);
    return TRUE;
}

/* The definition forgets what is gone. */
static gboolean forget(struct removal *removal, struct template *record, GStrv *left, GError **error) {
    struct work *work = removal->work;
    g_autofree char *title = g_strdup_printf("definition of template %s", record->name);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, error);
    if (journal == NULL)
        return FALSE;
    const struct place place = {
        .work = work, .made = work_made(work, record->name, NULL), .pool = removal->pool};
    work->journal = journal;
    g_strfreev(record->previous);
    record->previous = **left == NULL ? NULL : g_steal_pointer(left);
    gboolean well = work_finish(work, place_definition(&place, record, error), error);
    work->journal = NULL;
    g_ptr_array_set_size(work->outcome->made, 0);
    return well;
}

/* ---- doing it ---- */

static void plan(const struct removal *removal, guint from) {
    for (guint i = from; i < removal->volumes->len; i++) {
        const struct volume *volume = g_ptr_array_index(removal->volumes, i);
        work_plan(removal->work, "volume", volume->path, "delete", volume->allocation);
    }
}

/* From here on it goes forward: the journal ends what a kill cuts off. */
static gboolean remove_volumes(struct removal *removal, const char *name, GError **error) {
    g_autofree char *title = g_strdup_printf("delete template %s", name);
    g_autoptr(journal_t) journal = journal_begin(removal->work->operation->connection, title, error);
    if (journal == NULL)
        return FALSE;
    gboolean well = journal_removal(journal, NULL, name, removal->volumes, error);
    return journal_undo(journal, well ? error : NULL) && well;
}

static guint64 bytes_of(const struct removal *removal) {
    guint64 bytes = 0;
    for (guint i = 0; i < removal->volumes->len; i++)
        bytes += ((const struct volume *)g_ptr_array_index(removal->volumes, i))->allocation;
    return bytes;
}

static gboolean prune_one(struct removal *removal, const char *name, GError **error) {
    GError *cause = NULL;
    g_auto(GStrv) left = NULL;
    g_autoptr(template_t) record = image_record(removal->pool, name, &cause);
    guint before = removal->volumes->len;
    if (cause != NULL)
        g_propagate_error(error, cause);
    if (record == NULL || record->previous == NULL)
        return cause == NULL;
    if (!choose_unused(removal, record, &left, error))
        return FALSE;
    plan(removal, before);
    if (removal->work->request->dry_run || g_strv_length(left) == g_strv_length(record->previous))
        return TRUE;
    return remove_volumes(removal, name, error) && forget(removal, record, &left, error);
}

static gboolean prune(struct removal *removal, GError **error) {
    const struct request *request = removal->work->request;
    guint count = 0;
    guint64 bytes = 0;
    g_auto(GStrv) names = request->name != NULL ? g_strdupv((char *[]){request->name, NULL})
                                                : image_names(removal->pool, error);
    gboolean well = names != NULL;
    for (char **name = names; well && *name != NULL; name++) {
        g_ptr_array_set_size(removal->volumes, 0);
        well = prune_one(removal, *name, error);
        count += removal->volumes->len;
        bytes += bytes_of(removal);
    }
    g_autofree char *size = units_format_size(bytes);
    if (well)
        removal->work->outcome->message = count == 0 ? g_strdup("no earlier version of a template is unused")
                                                     : g_strdup_printf("%u earlier version%s deleted, %s",
                                                                       count, count == 1 ? "" : "s", size);
    return well;
}

static gboolean delete_all(struct removal *removal, const char *name, GError **error) {
    if (!choose_all(removal, name, error))
        return FALSE;
    plan(removal, 0);
    if (removal->work->request->dry_run)
        return TRUE;
    if (!remove_volumes(removal, name, error))
        return FALSE;
    g_autofree char *size = units_format_size(bytes_of(removal));
    removal->work->outcome->message = g_strdup_printf("%s: template deleted, %s", name, size);
    return TRUE;
}

gboolean provision_template_delete(struct operation *operation, const struct request *request,
                                   struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(removal_t) removal = {.work = &work,
                                 .volumes = g_ptr_array_new_with_free_func((GDestroyNotify)volume_free)};
    removal.pool = pool_choose(operation->connection, operation->settings, error);
    if (removal.pool == NULL)
        return FALSE;
    if (!request->dry_run)
        recovery_run(operation);
    removal.uses = uses_read(operation->connection, TRUE, error);
    if (removal.uses == NULL)
        return FALSE;
    return request->unused ? prune(&removal, error) : delete_all(&removal, request->name, error);
}
