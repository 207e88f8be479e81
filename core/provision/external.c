/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/external.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/freeze.h"
#include "core/guest/frozen.h"
#include "core/guest/identity.h"
#include "core/guest/merge.h"
#include "core/guest/remove.h"
#include "core/guest/snapshot-private.h"
#include "core/host/facts.h"
#include "core/provision/live.h"
#include "core/provision/merge_at_rest.h"
#include "core/provision/overlay.h"
#include "core/provision/recovery.h"
#include "core/provision/source.h"

#define CHAIN_MAX 64

/* Ends the transaction that make() did; the outcome has no new guests. */
static gboolean finish(struct work *work, gboolean well, GError **error) {
    well = work_finish(work, well, error);
    g_ptr_array_set_size(work->outcome->made, 0);
    return well;
}

/* The same of what is done once the guest is defined, or merged: what is used by then stays, and what was
 * forgone goes. */
static gboolean conclude(struct work *work, gboolean well, GError **error) {
    if (!well)
        return finish(work, FALSE, error);
    g_ptr_array_set_size(work->outcome->made, 0);
    return journal_undo(work->journal, error);
}

static struct journal *begin(struct work *work, const char *what, const char *snapshot, const char *guest,
                             GError **error) {
    g_autofree char *title = g_strdup_printf("%s snapshot %s of %s", what, snapshot, guest);
    recovery_run(work->operation);
    work->journal = journal_begin(work->operation->connection, title, error);
    return work->journal;
}

/* ---- making one ---- */

static const char *format_of(const struct source *source, const struct source_disk *copied) {
    for (guint i = 0; i < source->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(source->facts->disks, i);
        if (g_strcmp0(disk->target, copied->target) == 0 && disk->format != NULL)
            return disk->format;
    }
    return copied->volume->format;
}

/* What libvirt is told: these disks into these files, which are there, and no other disk. */
static xmlDoc *describe(const struct source *source, const char *name, GStrv paths) {
    xmlDoc *document = xml_new("domainsnapshot");
    xml_add(xml_root(document), "name", name);
    xmlNode *list = xml_add(xml_root(document), "disks", NULL);
    guint made = 0;
    for (guint i = 0; i < source->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(source->facts->disks, i);
        const struct source_disk *copied =
            made < source->disks->len ? g_ptr_array_index(source->disks, made) : NULL;
        gboolean frozen = copied != NULL && g_strcmp0(copied->target, disk->target) == 0;
        xmlNode *one = xml_add_with(list, "disk", "name", disk->target, "snapshot",
                                    frozen ? "external" : "no", "type", frozen ? "file" : NULL, NULL);
        if (!frozen)
            continue;
        xml_add_with(one, "driver", "type", "qcow2", NULL);
        xml_add_with(one, "source", "file", paths[made++], NULL);
    }
    return document;
}

/* With the file systems frozen where the guest agent does that; *note: why it did not. */
static gboolean take(const struct source *source, xmlDoc *document, char **note, GError **error) {
    guint flags = VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |
                  VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT;
    g_autofree char *text = xml_text(document);
    *note = source->active ? live_note(source->domain) : NULL;
    if (source->active && *note == NULL) {
        g_autoptr(virDomainSnapshot) quiet =
            virDomainSnapshotCreateXML(source->domain, text, flags | VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE);
        if (quiet != NULL)
            return TRUE;
        *note = g_strdup_printf("crash-consistent: %s", virGetLastErrorMessage());
        freeze_end(source->domain, NULL, NULL);
    }
    g_autoptr(virDomainSnapshot) made = virDomainSnapshotCreateXML(source->domain, text, flags);
    if (made == NULL)
        libvirt_error_set(error, "cannot make a snapshot of '%s'", source->name);
    return made != NULL;
}

static gboolean make(struct work *work, const struct source *source, const char *name, char **note,
                     GError **error) {
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    struct made *made = work_made(work, source->name, work->request->uuid);
    for (guint i = 0; i < source->disks->len; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        g_autofree char *path =
            overlay_make(work, made, source->domain, disk->handle, format_of(source, disk), name,
                         i == 0 ? NULL : disk->target, error);
        if (path == NULL)
            return FALSE;
        g_strv_builder_add(builder, path);
    }
    g_auto(GStrv) paths = g_strv_builder_end(builder);
    g_autoptr(xmlDoc) document = describe(source, name, paths);
    if (!work_begin(work, made, "snapshot", name, "make snapshot", error) ||
        !take(source, document, note, error))
        return FALSE;
    work_end(made);
    return TRUE;
}

gboolean external_create(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    if (!request->external)
        return snapshot_create(operation, request, outcome, error);
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(source_t) source = {.verb = "make a snapshot of"};
    if (!source_read(&source, operation, request, error))
        return FALSE;
    g_autofree char *name = snapshot_new_name(source.domain, request, error);
    if (name == NULL)
        return FALSE;
    if (source.disks->len == 0) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "'%s' has no disk of which to make a snapshot",
                  request->name);
        return FALSE;
    }
    if (request->dry_run) {
        snapshot_plan(request, outcome, name, "create");
        return TRUE;
    }
    g_autofree char *note = NULL;
    g_autoptr(journal_t) journal = begin(&work, "create", name, source.name, error);
    if (journal == NULL || !finish(&work, make(&work, &source, name, &note, error), error))
        return FALSE;
    outcome->object = g_steal_pointer(&name);
    outcome->message = g_strdup_printf("%s: snapshot '%s' made in files of its own%s%s", request->name,
                                       outcome->object, note == NULL ? "" : "; ", note == NULL ? "" : note);
    outcome->note = g_steal_pointer(&note);
    return TRUE;
}

/* ---- what both others look at ---- */

/* One snapshot of a guest. */
typedef struct subject {
    virDomainPtr domain;
    const char *name; /* the snapshot's */
    GPtrArray *frozen;
    struct guest_facts *facts; /* of the guest as it is defined */
    xmlDoc *definition;
} subject_t;

static void subject_clear(subject_t *subject) {
    g_clear_pointer(&subject->frozen, g_ptr_array_unref);
    guest_facts_unref(subject->facts);
    g_clear_pointer(&subject->definition, xmlFreeDoc);
    libvirt_domain_free(subject->domain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(subject_t, subject_clear)

static gboolean read_subject(struct subject *subject, const struct request *request, GError **error) {
    subject->name = request->snapshot;
    subject->frozen = frozen_read(subject->domain, subject->name, error);
    char *text = subject->frozen == NULL
                     ? NULL
                     : virDomainGetXMLDesc(subject->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (subject->frozen != NULL && text == NULL)
        libvirt_error_set(error, "cannot read the definition of '%s'", request->name);
    if (text == NULL)
        return FALSE;
    subject->facts = guest_facts_parse(text, request->uuid);
    subject->definition = xml_parse(text, request->name, error);
    free(text);
    return subject->definition != NULL;
}

/* The file that the guest's disk at target is now; borrowed, or NULL. */
static const char *disk_path(const struct subject *subject, const char *target) {
    for (guint i = 0; i < subject->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(subject->facts->disks, i);
        if (g_strcmp0(disk->target, target) == 0)
            return disk->path;
    }
    return NULL;
}

static gboolean is_own(const struct subject *subject, const char *path) {
    return g_strv_contains((const char *const *)subject->facts->volumes, path);
}

static gboolean dispatch(struct operation *operation, const struct request *request, struct subject *subject,
                         gboolean *external, GError **error) {
    subject->domain = operation_domain(operation, request, error);
    return subject->domain != NULL && snapshot_is_external(subject->domain, request, external, error) &&
           (!*external || read_subject(subject, request, error));
}

/* A snapshot inside a file that goes would go with it. */
static gboolean none_inside(const struct subject *subject, const char *path, GError **error) {
    g_autofree char *inside = NULL;
    if (!frozen_inside(subject->domain, path, &inside, error))
        return FALSE;
    if (inside == NULL)
        return TRUE;
    g_autofree char *hint =
        g_strdup_printf("innkeep snapshot delete '%s' '%s'", virDomainGetName(subject->domain), inside);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "snapshot '%s' of '%s' lies inside %s, and would be lost with it", inside,
              virDomainGetName(subject->domain), path);
    return FALSE;
}

/* ---- going back ---- */

/* What the guest wrote last goes, unless a snapshot froze it. */
static gboolean goes(const struct subject *subject, const char *path) {
    return is_own(subject, path) && !frozen_file(subject->domain, path);
}

static gboolean can_go_back(const struct subject *subject, const struct request *request, GError **error) {
    for (guint i = 0; i < subject->frozen->len; i++) {
        const struct frozen *one = g_ptr_array_index(subject->frozen, i);
        const char *path = disk_path(subject, one->target);
        if (path != NULL && goes(subject, path) && !none_inside(subject, path, error))
            return FALSE;
        if (path != NULL)
            continue;
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot take '%s' back: it has no disk %s any more",
                  request->name, one->target);
        return FALSE;
    }
    if (virDomainIsActive(subject->domain) == 0 || request->force)
        return snapshot_not_saved(subject->domain, request, error);
    error_set(error, INNKEEP_ERROR_CONFLICT, "shut it down; --force powers it off",
              "cannot take '%s' back to snapshot '%s' while it runs: that snapshot is in files of its own",
              request->name, subject->name);
    return FALSE;
}

static gboolean forgo(struct work *work, const struct subject *subject, const char *path, GError **error) {
    return !goes(subject, path) || overlay_forgo(work, subject->domain, path, error);
}

/* New overlays, and the definition that goes on from them: one step. */
static gboolean go_back(struct work *work, struct subject *subject, GError **error) {
    virConnectPtr connection = work->operation->connection;
    struct made *made = work_made(work, work->request->name, work->request->uuid);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    if (!remove_power_off(subject->domain, error))
        return FALSE;
    for (guint i = 0; i < subject->frozen->len; i++) {
        const struct frozen *one = g_ptr_array_index(subject->frozen, i);
        g_autoptr(virStorageVol) below = volume_lookup_path(connection, one->path, error);
        char *path = below == NULL ? NULL
                                   : overlay_make(work, made, subject->domain, below, one->format,
                                                  subject->name, i == 0 ? NULL : one->target, error);
        if (path == NULL) {
            if (error != NULL && *error == NULL)
                error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "what snapshot '%s' froze is gone: %s",
                          subject->name, one->path);
            return FALSE;
        }
        g_ptr_array_add(paths, path);
        if (!forgo(work, subject, disk_path(subject, one->target), error))
            return FALSE;
    }
    /* With what is noted by now. */
    char *text = virDomainGetXMLDesc(subject->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    g_autoptr(xmlDoc) definition = text == NULL ? NULL : xml_parse(text, work->request->name, error);
    free(text);
    for (guint i = 0; definition != NULL && i < paths->len; i++)
        identity_set_disk(definition, ((const struct frozen *)g_ptr_array_index(subject->frozen, i))->target,
                          g_ptr_array_index(paths, i), "qcow2");
    if (definition == NULL || !work_begin(work, made, "define", made->name, "define", error))
        return FALSE;
    g_autofree char *changed = xml_text(definition);
    g_autoptr(virDomain) again = virDomainDefineXML(connection, changed);
    if (again == NULL)
        libvirt_error_set(error, "cannot define guest '%s'", made->name);
    else
        work_end(made);
    return again != NULL;
}

gboolean external_revert(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(subject_t) subject = {0};
    g_autoptr(GError) current = NULL;
    gboolean external = FALSE;
    if (!dispatch(operation, request, &subject, &external, error))
        return FALSE;
    if (!external)
        return snapshot_revert(operation, request, outcome, error);
    if (!can_go_back(&subject, request, error))
        return FALSE;
    if (request->dry_run) {
        snapshot_plan(request, outcome, subject.name, "revert to");
        return TRUE;
    }
    g_autoptr(journal_t) journal = begin(&work, "go back to", subject.name, request->name, error);
    if (journal == NULL)
        return FALSE;
    gboolean well = go_back(&work, &subject, error);
    if (well && !frozen_set_current(subject.domain, subject.name, &current))
        g_debug("%s", current->message);
    if (!conclude(&work, well, error))
        return FALSE;
    outcome->object = g_strdup(request->snapshot);
    outcome->message =
        g_strdup_printf("%s: taken back to snapshot '%s'; it is shut off", request->name, subject.name);
    return TRUE;
}

/* ---- forgetting ---- */

/* The layer of the disk that stands on below: path of it, NULL where the guest does not stand on below;
 * *above: that which stands on the layer, NULL: nothing. The caller's. */
static char *layer_on(virConnectPtr connection, const char *top, const char *below, char **above) {
    g_autofree char *path = g_strdup(top), *before = NULL;
    for (int depth = 0; path != NULL && depth < CHAIN_MAX; depth++) {
        g_autoptr(virStorageVol) handle = volume_lookup_path(connection, path, NULL);
        g_autoptr(volume_t) volume = handle == NULL ? NULL : volume_read(handle, NULL);
        if (volume != NULL && g_strcmp0(volume->backing, below) == 0) {
            *above = g_steal_pointer(&before);
            return g_steal_pointer(&path);
        }
        g_free(before);
        before = g_steal_pointer(&path);
        path = volume == NULL ? NULL : g_strdup(volume->backing);
    }
    return NULL;
}

/* Nobody but the guest itself, and the layer above, stands on the file. */
static gboolean stands_alone(const struct uses *uses, const struct request *request, const char *path,
                             const char *above, GError **error) {
    g_autoptr(GPtrArray) found = uses_by_others(uses, path, request->uuid);
    for (guint i = found->len; i > 0; i--)
        if (above != NULL &&
            g_strcmp0(((const struct use *)g_ptr_array_index(found, i - 1))->via, above) == 0)
            g_ptr_array_remove_index(found, i - 1);
    if (found->len == 0)
        return TRUE;
    g_autofree char *names = uses_names(found);
    error_set(error, INNKEEP_ERROR_CONFLICT, "delete those first",
              "snapshot '%s' of '%s' is not deleted: on its file %s depend: %s", request->snapshot,
              request->name, path, names);
    return FALSE;
}

/* A merge: of overlay into below, at target. */
struct merge {
    const struct frozen *frozen;
    char *overlay; /* NULL: the guest does not stand on what is frozen, so that nothing is to be merged */
    char *above;   /* stands on the overlay; NULL: nothing */
};

static void merge_free(gpointer data) {
    struct merge *merge = data;
    g_free(merge->overlay);
    g_free(merge->above);
    g_free(merge);
}

/* Whether they can be done while the guest is shut off. */
static gboolean can_at_rest(const struct subject *subject, const struct request *request,
                            const GPtrArray *merges, GError **error) {
    const char *why = NULL;
    gboolean any = FALSE;
    for (guint i = 0; i < merges->len && why == NULL; i++) {
        const struct merge *merge = g_ptr_array_index(merges, i);
        any = any || merge->overlay != NULL;
        if (merge->overlay != NULL)
            merge_at_rest_can(virDomainGetConnect(subject->domain), merge->frozen, merge->overlay,
                              merge->above, &why);
    }
    if (why == NULL)
        return !any || snapshot_not_saved(subject->domain, request, error);
    g_autofree char *hint = g_strdup_printf("innkeep start '%s': a running guest merges it", request->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot delete snapshot '%s' of '%s' while it is shut off: %s", request->snapshot,
              request->name, why);
    return FALSE;
}

static GPtrArray *find_merges(const struct subject *subject, const struct request *request, GError **error) {
    virConnectPtr connection = virDomainGetConnect(subject->domain);
    g_autoptr(GPtrArray) merges = g_ptr_array_new_with_free_func(merge_free);
    g_autoptr(uses_t) uses = uses_read(connection, TRUE, error);
    gboolean well = uses != NULL;
    for (guint i = 0; well && i < subject->frozen->len; i++) {
        struct merge *merge = g_new0(struct merge, 1);
        g_ptr_array_add(merges, merge);
        merge->frozen = g_ptr_array_index(subject->frozen, i);
        merge->overlay = layer_on(connection, disk_path(subject, merge->frozen->target), merge->frozen->path,
                                  &merge->above);
        /* Off the guest's own line another snapshot's branch may stand on it, which keeps it. */
        well = merge->overlay == NULL
                   ? !is_own(subject, merge->frozen->path) || none_inside(subject, merge->frozen->path, error)
                   : stands_alone(uses, request, merge->frozen->path, merge->overlay, error) &&
                         stands_alone(uses, request, merge->overlay, merge->above, error) &&
                         none_inside(subject, merge->overlay, error);
    }
    well = well && (virDomainIsActive(subject->domain) == 1 || can_at_rest(subject, request, merges, error));
    return well ? g_steal_pointer(&merges) : NULL;
}

/* Forgotten first: while it is merged, what was frozen is neither the one nor the other. */
static gboolean forget(const struct subject *subject, GError **error) {
    g_autoptr(virDomainSnapshot) snapshot = virDomainSnapshotLookupByName(subject->domain, subject->name, 0);
    if (snapshot != NULL && virDomainSnapshotDelete(snapshot, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY) == 0)
        return TRUE;
    libvirt_error_set(error, "cannot delete snapshot '%s'", subject->name);
    return FALSE;
}

static gboolean merge_all(struct work *work, const struct subject *subject, const GPtrArray *merges,
                          GError **error) {
    struct made *made = work_made(work, work->request->name, work->request->uuid);
    struct transfer transfer = work_transfer(work);
    for (guint i = 0; i < merges->len; i++) {
        const struct merge *merge = g_ptr_array_index(merges, i);
        const struct frozen *frozen = merge->frozen;
        if (merge->overlay == NULL)
            continue;
        if (!work_begin(work, made, "merge", frozen->target, "merge", error) ||
            !forgo(work, subject, merge->overlay, error) ||
            !journal_merge(work->journal, subject->domain, frozen->target, error) ||
            !(virDomainIsActive(subject->domain) == 1
                  ? merge_run(subject->domain, frozen->target, merge->overlay, frozen->path, &transfer, error)
                  : merge_at_rest(work, subject->domain, frozen, merge->overlay, merge->above, error)) ||
            !frozen_move(subject->domain, merge->overlay, frozen->path, error))
            return FALSE;
        work_end(made);
    }
    return TRUE;
}

/* The overlays that are merged; and, where there was nothing to merge, what nothing stands on. */
static void remove_rest(struct work *work, const struct subject *subject, const GPtrArray *merges) {
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    for (guint i = 0; i < merges->len; i++) {
        const struct merge *merge = g_ptr_array_index(merges, i);
        const char *path = merge->overlay != NULL ? merge->overlay : merge->frozen->path;
        if (goes(subject, path))
            g_ptr_array_add(paths, (gpointer)path);
    }
    overlay_remove(work, subject->domain, paths);
}

gboolean external_delete(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(subject_t) subject = {0};
    gboolean external = FALSE;
    if (!dispatch(operation, request, &subject, &external, error))
        return FALSE;
    if (!external)
        return snapshot_delete(operation, request, outcome, error);
    g_autoptr(GPtrArray) merges = find_merges(&subject, request, error);
    if (merges == NULL)
        return FALSE;
    if (request->dry_run) {
        snapshot_plan(request, outcome, subject.name, "delete");
        return TRUE;
    }
    g_autoptr(journal_t) journal = begin(&work, "delete", subject.name, request->name, error);
    if (journal == NULL)
        return FALSE;
    if (!forget(&subject, error))
        return finish(&work, FALSE, error);
    if (!conclude(&work, merge_all(&work, &subject, merges, error), error)) {
        g_prefix_error(error,
                       "snapshot '%s' is forgotten, but not all of its files are merged: ", subject.name);
        return FALSE;
    }
    remove_rest(&work, &subject, merges);
    outcome->object = g_strdup(request->snapshot);
    outcome->message = g_strdup_printf("%s: deleted snapshot '%s'", request->name, subject.name);
    return TRUE;
}
