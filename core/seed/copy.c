/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/copy.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/domain_xml.h"
#include "core/guest/identity.h"
#include "core/base/command.h"
#include "core/provision/name.h"
#include "core/seed/seed.h"
#include "core/seed/text.h"

#define MODE_PRIVATE 0600
#define IMAGE_MAX    (16 * 1024 * 1024) /* bytes; a larger one is none of ours */

static const char renewed[] = "cloud-init renews host name, machine-id, SSH host keys and DHCP leases at its "
                              "first start; accounts with "
                              "their passwords and keys are the source's";

static const char kept[] = "what is inside its disks is the source's: host name, machine-id, SSH host keys";

const struct guest_disk *seed_copy_disk(const struct guest_facts *facts) {
    for (guint i = 0; i < facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(facts->disks, i);
        if (disk->read_only && disk->path != NULL && g_str_has_suffix(disk->path, NAME_SEED_SUFFIX) &&
            g_strv_contains((const char *const *)facts->volumes, disk->path))
            return disk;
    }
    return NULL;
}

static gboolean fetch(virStorageVolPtr source, const char *folder, GError **error) {
    g_autofree char *path = g_build_filename(folder, "source.iso", NULL);
    g_autoptr(GError) cause = NULL;
    gsize length = 0;
    g_autofree char *bytes = transfer_download(source, IMAGE_MAX, &length, error);
    if (bytes == NULL)
        return FALSE;
    if (g_file_set_contents_full(path, bytes, (gssize)length, G_FILE_SET_CONTENTS_NONE, MODE_PRIVATE, &cause))
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", path, cause->message);
    return FALSE;
}

/* The user data of the image in the folder; the caller's. */
static char *extract(struct work *work, const char *folder, GError **error) {
    const char *argv[] = {"xorriso",    "-no_rc",   "-osirrox",   "on",         "-indev",
                          "source.iso", "-extract", "/user-data", "source.txt", NULL};
    g_autofree char *path = g_build_filename(folder, "source.txt", NULL);
    char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!command_run(argv, folder, NULL, work_cancellable(work->operation), error))
        return NULL;
    /* An image that is none of innkeep's own could hold a link to a file of this machine. */
    if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        error_set(error, INNKEEP_ERROR_FAILED, NULL,
                  "the source's seed has a link in place of its user data");
    else if (!g_file_get_contents(path, &text, NULL, &cause))
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read the source's seed: %s", cause->message);
    return text;
}

static xmlNode *find_disk(xmlDoc *domain, const char *target) {
    g_autoptr(GPtrArray) disks = xml_nodes(xml_root(domain), "devices/disk");
    for (guint i = 0; i < disks->len; i++) {
        g_autofree char *at = xml_string(g_ptr_array_index(disks, i), "target/@dev");
        if (g_strcmp0(at, target) == 0)
            return g_ptr_array_index(disks, i);
    }
    return NULL;
}

static gboolean add_disk(xmlDoc *domain, const char *path, GError **error) {
    for (char letter = 'b'; letter <= 'z'; letter++) {
        char target[] = {'v', 'd', letter, '\0'};
        if (find_disk(domain, target) != NULL)
            continue;
        domain_xml_add_seed(xml_put(xml_root(domain), "devices", NULL), path, target);
        return TRUE;
    }
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "there is no place for one more disk");
    return FALSE;
}

/* The source's user data, or, where its seed is gone, NULL without an error. */
static char *source_data(struct work *work, const struct guest_disk *disk, const char *folder,
                         GError **error) {
    GError *cause = NULL;
    g_autoptr(virStorageVol) source =
        disk == NULL ? NULL : volume_lookup_path(work->operation->connection, disk->path, &cause);
    char *text = source != NULL && fetch(source, folder, &cause) ? extract(work, folder, &cause) : NULL;
    if (cause != NULL)
        g_propagate_error(error, cause);
    return text;
}

gboolean seed_copy_wanted(const struct guest_facts *facts) {
    return facts->user != NULL || seed_copy_disk(facts) != NULL;
}

const char *seed_copy_note(const struct guest_facts *facts, xmlDoc *domain) {
    if (seed_copy_wanted(facts))
        return renewed;
    /* One that boots a kernel of the host's is told by it who it is. */
    return xml_has(xml_root(domain), "os[not(kernel)] [../devices/disk[not(@device) or @device='disk']]")
               ? kept
               : NULL;
}

char *seed_copy(struct work *work, struct made *made, virStoragePoolPtr pool, const struct guest_facts *facts,
                xmlDoc *domain, GError **error) {
    GError *cause = NULL;
    g_auto(scratch_t) scratch = {0};
    const struct guest_disk *disk = seed_copy_disk(facts);
    if (!work_scratch(work, "seed", &scratch, error))
        return NULL;
    g_autofree char *of_source = source_data(work, disk, scratch.path, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return NULL;
    }
    g_autofree char *user_data = of_source != NULL ? g_steal_pointer(&of_source) : seed_text_renewal();
    const struct seed_files files = {.user_data = user_data, .vendor_data = seed_text_hook(), .early = TRUE};
    g_autofree char *path = seed_put(work, made, pool, scratch.path, &files, error);
    if (path == NULL || (disk == NULL && !add_disk(domain, path, error)))
        return NULL;
    if (disk != NULL)
        identity_set_disk(domain, disk->target, path, "raw");
    return g_steal_pointer(&path);
}
