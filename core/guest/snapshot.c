/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/snapshot.h"

#include <string.h>

#include "config/suggest.h"
#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/base/xml.h"
#include "core/guest/frozen.h"
#include "core/guest/snapshot-private.h"
#include "core/host/connection.h"
#include "core/host/facts.h"

#define LIST_DEADLINE_S 30
#define NAME_BYTES_MAX  200

/* ---- reading ---- */

void guest_snapshot_free(struct guest_snapshot *snapshot) {
    if (snapshot == NULL)
        return;
    char *owned[] = {snapshot->name, snapshot->parent, snapshot->description, snapshot->state};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(snapshot);
}

struct guest_snapshot *snapshot_parse(const char *xml, GError **error) {
    g_autoptr(xmlDoc) document = xml_parse(xml, "snapshot", error);
    if (document == NULL)
        return NULL;
    xmlNode *root = xml_root(document);
    guint64 created = 0;
    struct guest_snapshot *snapshot = g_new0(struct guest_snapshot, 1);
    snapshot->name = xml_string(root, "name");
    snapshot->parent = xml_string(root, "parent/name");
    snapshot->description = xml_string(root, "description");
    snapshot->state = xml_string(root, "state");
    snapshot->created_at = xml_number(root, "creationTime", &created) ? (gint64)created : -1;
    snapshot->memory = xml_has(root, "memory[@snapshot!='no']");
    snapshot->external = xml_has(root, "disks/disk[@snapshot='external'] | memory[@snapshot='external']");
    return snapshot;
}

static int by_age(gconstpointer a, gconstpointer b) {
    const struct guest_snapshot *first = *(const struct guest_snapshot *const *)a;
    const struct guest_snapshot *second = *(const struct guest_snapshot *const *)b;
    if (first->created_at != second->created_at)
        return first->created_at < second->created_at ? -1 : 1;
    return g_strcmp0(first->name, second->name);
}

static gboolean read_one(GPtrArray *found, virDomainSnapshotPtr handle, GError **error) {
    char *text = virDomainSnapshotGetXMLDesc(handle, 0);
    if (text == NULL) {
        libvirt_error_set(error, "cannot read snapshot '%s'", virDomainSnapshotGetName(handle));
        return FALSE;
    }
    struct guest_snapshot *snapshot = snapshot_parse(text, error);
    free(text);
    if (snapshot == NULL)
        return FALSE;
    snapshot->current = virDomainSnapshotIsCurrent(handle, 0) == 1;
    g_ptr_array_add(found, snapshot);
    return TRUE;
}

static GPtrArray *read_all(virDomainPtr domain, GError **error) {
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)guest_snapshot_free);
    g_autoptr(GPtrArray) handles = frozen_all(domain, error);
    gboolean well = handles != NULL;
    for (guint i = 0; well && i < handles->len; i++)
        well = read_one(found, g_ptr_array_index(handles, i), error);
    g_ptr_array_sort(found, by_age);
    return well ? g_steal_pointer(&found) : NULL;
}

struct listing {
    char *uuid, *name;
    snapshot_list_done done;
    gpointer data;
};

static gpointer read_list(struct operation *operation, gpointer about, GError **error) {
    const struct listing *listing = about;
    g_autoptr(virDomain) domain = virDomainLookupByUUIDString(operation->connection, listing->uuid);
    if (domain == NULL)
        libvirt_error_set(error, "no such guest '%s'", listing->name);
    return domain == NULL ? NULL : read_all(domain, error);
}

static void tell_list(gpointer snapshots, const GError *error, gpointer about) {
    const struct listing *listing = about;
    listing->done(snapshots, error, listing->data);
}

static void free_listing(gpointer data) {
    struct listing *listing = data;
    g_free(listing->uuid);
    g_free(listing->name);
    g_free(listing);
}

void snapshot_list(struct engine *engine, const struct guest *guest, snapshot_list_done done, gpointer data) {
    struct listing *listing = g_new0(struct listing, 1);
    *listing = (struct listing){
        .uuid = g_strdup(guest->uuid), .name = g_strdup(guest->name), .done = done, .data = data};
    const struct reading reading = {.title = "list the snapshots",
                                    .uuid = listing->uuid,
                                    .deadline_s = LIST_DEADLINE_S,
                                    .read = read_list,
                                    .told = tell_list,
                                    .free_result = (GDestroyNotify)g_ptr_array_unref,
                                    .about = listing,
                                    .free_about = free_listing};
    reading_request(engine, &reading);
}

/* ---- changing ---- */

void snapshot_plan(const struct request *request, struct outcome *outcome, const char *name,
                   const char *action) {
    g_ptr_array_add(outcome->plan, step_new("snapshot", name, action, UNKNOWN_SIZE));
    outcome->message = g_strdup_printf("%s: would %s snapshot '%s'", request->name, action, name);
}

/* libvirt makes a file name of it. */
static gboolean name_fits(const char *name, GError **error) {
    gboolean plain = *name != '\0' && *name != '-' && *name != '.' && strlen(name) <= NAME_BYTES_MAX &&
                     g_utf8_validate(name, -1, NULL) && strchr(name, '/') == NULL;
    for (const char *at = name; plain && *at != '\0'; at = g_utf8_next_char(at))
        plain = g_unichar_isprint(g_utf8_get_char(at));
    if (!plain)
        error_set(error, INNKEEP_ERROR_USAGE, "a word such as before-upgrade", "'%s' is no snapshot's name",
                  name);
    return plain;
}

static struct guest_snapshot *named(GPtrArray *snapshots, const char *name) {
    for (guint i = 0; i < snapshots->len; i++)
        if (strcmp(((struct guest_snapshot *)g_ptr_array_index(snapshots, i))->name, name) == 0)
            return g_ptr_array_index(snapshots, i);
    return NULL;
}

/* The snapshot that the request names, as libvirt's; NULL and an error (not found) with the nearest name. */
static virDomainSnapshotPtr find(virDomainPtr domain, const struct request *request, gboolean *external,
                                 GError **error) {
    g_autoptr(GPtrArray) all = read_all(domain, error);
    if (all == NULL)
        return NULL;
    const struct guest_snapshot *wanted = named(all, request->snapshot);
    if (wanted != NULL) {
        *external = wanted->external;
        virDomainSnapshotPtr handle = virDomainSnapshotLookupByName(domain, request->snapshot, 0);
        if (handle == NULL)
            libvirt_error_set(error, "'%s' has no snapshot '%s'", request->name, request->snapshot);
        return handle;
    }
    g_autofree const char **names = g_new0(const char *, all->len + 1);
    for (guint i = 0; i < all->len; i++)
        names[i] = ((struct guest_snapshot *)g_ptr_array_index(all, i))->name;
    const char *near = suggest_nearest(request->snapshot, names);
    g_autofree char *hint = near != NULL ? g_strdup_printf("did you mean '%s'?", near)
                                         : g_strdup_printf("innkeep snapshot list '%s'", request->name);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "'%s' has no snapshot '%s'", request->name,
              request->snapshot);
    return NULL;
}

/* Inside the disks there is room for it only in qcow2. */
static gboolean disks_fit(virDomainPtr domain, const struct request *request, GError **error) {
    char *text = virDomainGetXMLDesc(domain, 0);
    if (text == NULL) {
        libvirt_error_set(error, "cannot look at guest '%s'", request->name);
        return FALSE;
    }
    struct guest_facts *facts = guest_facts_parse(text, request->uuid);
    free(text);
    gboolean fit = TRUE;
    guint disks = 0;
    for (guint i = 0; i < facts->disks->len && fit; i++) {
        const struct guest_disk *disk = g_ptr_array_index(facts->disks, i);
        if (strcmp(disk->device, "disk") != 0 || disk->read_only)
            continue;
        disks++;
        fit = g_strcmp0(disk->format, "qcow2") == 0;
        if (!fit)
            error_set(error, INNKEEP_ERROR_CONFLICT, NULL,
                      "cannot make a snapshot of '%s': disk %s is %s, and only qcow2 keeps snapshots",
                      request->name, disk->target,
                      disk->format == NULL ? "of no known format" : disk->format);
    }
    guest_facts_unref(facts);
    if (fit && disks == 0)
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "'%s' has no disk of which to make a snapshot",
                  request->name);
    return fit && disks > 0;
}

gboolean snapshot_not_saved(virDomainPtr domain, const struct request *request, GError **error) {
    if (virDomainHasManagedSaveImage(domain, 0) != 1)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep start '%s'", request->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint, "cannot do that to '%s': its memory is saved",
              request->name);
    return FALSE;
}

static gboolean is_free(virDomainPtr domain, const struct request *request, const char *name,
                        GError **error) {
    g_autoptr(GPtrArray) all = read_all(domain, error);
    if (all == NULL)
        return FALSE;
    if (named(all, name) != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "'%s' has a snapshot '%s' already", request->name,
                  name);
    return named(all, name) == NULL;
}

static gboolean make(virDomainPtr domain, const struct request *request, const char *name, GError **error) {
    g_autoptr(xmlDoc) document = xml_new("domainsnapshot");
    xml_add(xml_root(document), "name", name);
    g_autofree char *text = xml_text(document);
    g_autoptr(virDomainSnapshot) made = virDomainSnapshotCreateXML(domain, text, 0);
    if (made == NULL)
        libvirt_error_set(error, "cannot make a snapshot of '%s'", request->name);
    return made != NULL;
}

char *snapshot_new_name(virDomainPtr domain, const struct request *request, GError **error) {
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *name =
        request->snapshot != NULL ? g_strdup(request->snapshot) : g_date_time_format(now, "%Y%m%d-%H%M%S");
    gboolean fits = name_fits(name, error) && snapshot_not_saved(domain, request, error) &&
                    is_free(domain, request, name, error);
    return fits ? g_steal_pointer(&name) : NULL;
}

gboolean snapshot_is_external(virDomainPtr domain, const struct request *request, gboolean *external,
                              GError **error) {
    g_autoptr(virDomainSnapshot) snapshot = find(domain, request, external, error);
    return snapshot != NULL;
}

gboolean snapshot_create(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    g_autoptr(virDomain) domain = operation_domain(operation, request, error);
    g_autofree char *name = domain == NULL ? NULL : snapshot_new_name(domain, request, error);
    if (name == NULL || !disks_fit(domain, request, error))
        return FALSE;
    if (request->dry_run) {
        snapshot_plan(request, outcome, name, "create");
        return TRUE;
    }
    if (!make(domain, request, name, error))
        return FALSE;
    outcome->object = g_steal_pointer(&name);
    outcome->message = g_strdup_printf("%s: snapshot '%s' made", request->name, outcome->object);
    return TRUE;
}

/* What both do: call is made on the snapshot that the request names. */
static gboolean on_snapshot(struct operation *operation, const struct request *request,
                            struct outcome *outcome, const char *action, const char *done,
                            int (*call)(virDomainSnapshotPtr snapshot, unsigned int flags), guint flags,
                            GError **error) {
    gboolean external = FALSE;
    g_autoptr(virDomain) domain = operation_domain(operation, request, error);
    g_autoptr(virDomainSnapshot) snapshot = domain == NULL ? NULL : find(domain, request, &external, error);
    if (snapshot == NULL || (request->action == ACTION_snapshot_revert &&
                             (!snapshot_not_saved(domain, request, error) ||
                              !frozen_none_between(domain, request->snapshot, error))))
        return FALSE;
    if (request->dry_run) {
        snapshot_plan(request, outcome, request->snapshot, action);
        return TRUE;
    }
    if (call(snapshot, flags) < 0) {
        libvirt_error_set(error, "cannot %s snapshot '%s' of '%s'", action, request->snapshot, request->name);
        return FALSE;
    }
    outcome->object = g_strdup(request->snapshot);
    outcome->message = g_strdup_printf("%s: %s snapshot '%s'", request->name, done, request->snapshot);
    return TRUE;
}

gboolean snapshot_revert(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    guint flags = request->force ? VIR_DOMAIN_SNAPSHOT_REVERT_FORCE : 0;
    return on_snapshot(operation, request, outcome, "revert to", "taken back to", virDomainRevertToSnapshot,
                       flags, error);
}

gboolean snapshot_delete(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    return on_snapshot(operation, request, outcome, "delete", "deleted", virDomainSnapshotDelete, 0, error);
}
