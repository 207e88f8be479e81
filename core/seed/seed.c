/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/seed.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/base/command.h"
#include "core/provision/name.h"
#include "core/seed/password.h"
#include "core/seed/public_keys.h"
#include "core/seed/text.h"
#include "core/seed/static_network.h"
#include "core/seed/user_data.h"

#define MODE_PRIVATE 0600
#define USER_DEFAULT "admin" /* where root itself calls */

struct seed {
    char *user, *timezone, *os;
    GStrv keys, packages;
    gboolean agent, password, renew, own_keys; /* own_keys: nobody named any */
    char *of_template, *of_caller;             /* user data */
    struct static_network network;
};

void seed_free(struct seed *seed) {
    if (seed == NULL)
        return;
    g_free(seed->user);
    g_free(seed->timezone);
    g_free(seed->os);
    g_free(seed->of_template);
    g_free(seed->of_caller);
    g_strfreev(seed->keys);
    g_strfreev(seed->packages);
    static_network_clear(&seed->network);
    g_free(seed);
}

/* ---- what they shall hold ---- */

gboolean seed_wanted(const struct template *template) {
    return template->user != NULL || template->packages != NULL || template->user_data != NULL ||
           template->renew || g_strcmp0(template->wait, "cloud-init") == 0;
}

static gboolean choose_user(struct seed *seed, const struct settings *settings,
                            const struct template *template, const struct person *person, GError **error) {
    const char *wanted = settings->create_user != NULL ? settings->create_user : template->user;
    gboolean usable =
        person->name != NULL && strcmp(person->name, "root") != 0 && seed_user_valid(person->name);
    seed->user = g_strdup(wanted != NULL ? wanted : usable ? person->name : USER_DEFAULT);
    if (seed_user_valid(seed->user))
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, "a-z, 0-9, '_' and '-', not first a digit or '-', at most 32",
              "'%s' cannot be the name of a user", seed->user);
    return FALSE;
}

static gboolean choose_timezone(struct seed *seed, const struct settings *settings, GError **error) {
    const char *wanted = settings->create_timezone;
    if (g_strcmp0(wanted, "host") == 0) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_local();
        const char *name = g_time_zone_get_identifier(zone);
        seed->timezone = seed_timezone_valid(name) ? g_strdup(name) : NULL;
        return TRUE;
    }
    if (wanted == NULL || strcmp(wanted, "none") == 0)
        return TRUE;
    if (!seed_timezone_valid(wanted)) {
        error_set(error, INNKEEP_ERROR_USAGE, "[create] timezone takes host, none, or such as Europe/Berlin",
                  "'%s' is not the name of a time zone", wanted);
        return FALSE;
    }
    seed->timezone = g_strdup(wanted);
    return TRUE;
}

/* A template's file lies beside the template. One that is known from a pool alone, which may be another
 * machine's, does not choose files of this one. */
static gboolean read_of_template(struct seed *seed, const struct template *template, GError **error) {
    if (template->user_data == NULL)
        return TRUE;
    if (template->path == NULL) {
        error_set(error, INNKEEP_ERROR_FAILED, "put the template's own file into a templates folder",
                  "template '%s' is in the pool alone, and its user-data '%s' is a file", template->name,
                  template->user_data);
        return FALSE;
    }
    g_autofree char *folder = g_path_get_dirname(template->path);
    g_autofree char *path = g_canonicalize_filename(template->user_data, folder);
    seed->of_template = user_data_read(path, error);
    return seed->of_template != NULL;
}

static gboolean read_of_caller(struct seed *seed, const struct request *request, const struct person *person,
                               GError **error) {
    if (request->user_data == NULL)
        return TRUE;
    g_autofree char *path = person_path(person, request->user_data);
    seed->of_caller = user_data_read(path, error);
    return seed->of_caller != NULL;
}

static gboolean collect_keys(struct seed *seed, const struct settings *settings,
                             const struct request *request, const struct person *person, GError **error) {
    gboolean given = request->ssh_keys != NULL && *request->ssh_keys != NULL;
    char **files = given ? request->ssh_keys : settings->create_ssh_keys;
    seed->own_keys = files == NULL;
    seed->keys = public_keys_collect(person, files, error);
    return seed->keys != NULL;
}

static gboolean none_wanted(const struct request *request, const struct template *template, GError **error) {
    const char *given = request->user_data != NULL                                  ? "--user-data"
                        : request->ssh_keys != NULL && request->ssh_keys[0] != NULL ? "--ssh-key"
                        : request->address != NULL                                  ? "--address"
                                                                                    : NULL;
    if (given != NULL)
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: template '%s' is not set up by cloud-init", given,
                  template->name);
    return given == NULL;
}

gboolean seed_prepare(const struct operation *operation, const struct request *request,
                      const struct template *template, struct seed **seed, GError **error) {
    *seed = NULL;
    if (!seed_wanted(template))
        return none_wanted(request, template, error);
    const struct settings *settings = operation->settings;
    g_autofree char *program = command_find("xorriso");
    if (program == NULL) {
        error_set(error, INNKEEP_ERROR_FAILED, "install the package xorriso",
                  "a guest of template '%s' needs a seed for cloud-init, and xorriso is not installed",
                  template->name);
        return FALSE;
    }
    g_auto(person_t) person = {0};
    g_autoptr(seed_t) begun = g_new0(struct seed, 1);
    person_calling(&person);
    begun->agent = settings->create_agent;
    begun->password = g_strcmp0(settings->create_console_password, "generate") == 0;
    begun->renew = template->renew;
    begun->packages = g_strdupv(template->packages);
    begun->os = g_strdup(template->os);
    if (request->address != NULL &&
        !static_network_parse(request->address, request->gateway, request->dns, &begun->network, error))
        return FALSE;
    if (!choose_user(begun, settings, template, &person, error) || !choose_timezone(begun, settings, error) ||
        !collect_keys(begun, settings, request, &person, error) ||
        !read_of_template(begun, template, error) || !read_of_caller(begun, request, &person, error))
        return FALSE;
    *seed = g_steal_pointer(&begun);
    return TRUE;
}

const char *seed_user(const struct seed *seed) {
    return seed == NULL ? NULL : seed->user;
}

char *seed_note(const struct seed *seed, char *const *names) {
    g_autoptr(GString) note = g_string_new(NULL);
    if (seed->keys[0] == NULL && seed->own_keys)
        g_string_append(note, seed->password ? "no SSH key of yours was found: log in on the console"
                                             : "no SSH key of yours was found and no password is made: "
                                               "only user data can let anyone log in");
    for (; names != NULL && *names != NULL; names++) {
        g_autofree char *hostname = seed_hostname(*names);
        if (strcmp(hostname, *names) != 0)
            g_string_append_printf(note, "%sthe host name of '%s' is '%s'", note->len == 0 ? "" : "; ",
                                   *names, hostname);
    }
    return note->len == 0 ? NULL : g_string_free(g_steal_pointer(&note), FALSE);
}

/* ---- the image ---- */

static gboolean write_private(const char *folder, const char *name, const char *text, GError **error) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) cause = NULL;
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, MODE_PRIVATE, &cause))
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", path, cause->message);
    return FALSE;
}

/* The image's path, in folder; the caller's. */
static char *write_image(struct work *work, const char *folder, const char *meta,
                         const struct seed_files *content, GError **error) {
    /* No start-up file of whoever calls has a say. */
    const char *argv[] = {"xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-o", "seed.iso",
                          "-V",      "cidata", "-J",  "-r",      "files",  NULL};
    g_autofree char *files = g_build_filename(folder, "files", NULL);
    g_autofree char *image = g_build_filename(folder, "seed.iso", NULL);
    if (g_mkdir(files, 0700) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", files, g_strerror(errno));
        return NULL;
    }
    if (!write_private(files, "meta-data", meta, error) ||
        !write_private(files, "user-data", content->user_data, error) ||
        (content->vendor_data != NULL && !write_private(files, "vendor-data", content->vendor_data, error)) ||
        (content->network != NULL && !write_private(files, "network-config", content->network, error)) ||
        !write_private(folder, "seed.iso", "", error) ||
        !command_run(argv, folder, NULL, work_cancellable(work->operation), error))
        return NULL;
    return g_steal_pointer(&image);
}

static char *put_image(struct work *work, struct made *made, virStoragePoolPtr pool, const char *image,
                       GError **error) {
    g_autofree char *name = name_seed(made->name);
    GStatBuf status;
    if (g_stat(image, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot look at %s: %s", image, g_strerror(errno));
        return NULL;
    }
    struct volume_spec spec = {
        .name = name, .format = "raw", .capacity = (guint64)status.st_size, .mode = "0600"};
    g_autoptr(virStorageVol) volume = work_upload(work, made, pool, &spec, image, error);
    char *path = volume == NULL ? NULL : virStorageVolGetPath(volume);
    char *copy = g_strdup(path);
    if (volume != NULL && path == NULL)
        libvirt_error_set(error, "cannot look at volume '%s'", name);
    free(path);
    return copy;
}

char *seed_put(struct work *work, struct made *made, virStoragePoolPtr pool, const char *folder,
               const struct seed_files *files, GError **error) {
    gboolean early = files->early && !user_data_fetches(files->user_data);
    g_autofree char *instance = g_uuid_string_random();
    g_autofree char *hostname = seed_hostname(made->name);
    g_autofree char *meta = seed_text_meta(instance, hostname, early);
    if (!work_begin(work, made, "seed", made->name, "write the seed of", error))
        return NULL;
    g_autofree char *image = write_image(work, folder, meta, files, error);
    if (image == NULL)
        return NULL;
    work_end(made);
    return put_image(work, made, pool, image, error);
}

static char *write_user_data(struct made *made, const struct seed *seed, GError **error) {
    g_autofree char *hash = NULL;
    if (seed->password) {
        made->user = g_strdup(seed->user);
        made->password = password_generate(error);
        hash = made->password == NULL ? NULL : password_hash(made->password, error);
        if (hash == NULL)
            return NULL;
    }
    const struct seed_text text = {.user = seed->user,
                                   .password_hash = hash,
                                   .timezone = seed->timezone,
                                   .os = seed->os,
                                   .keys = seed->keys,
                                   .packages = seed->packages,
                                   .agent = seed->agent,
                                   .renew = seed->renew};
    g_autofree char *own = seed_text_config(&text);
    return user_data_join(own, seed->of_template, seed->of_caller, error);
}

char *seed_make(struct work *work, struct made *made, virStoragePoolPtr pool, const struct seed *seed,
                const char *mac, GError **error) {
    g_auto(scratch_t) scratch = {0};
    g_autofree char *user_data = write_user_data(made, seed, error);
    if (user_data == NULL || !work_scratch(work, "seed", &scratch, error))
        return NULL;
    g_autofree char *network =
        seed->network.address == NULL ? NULL : static_network_text(&seed->network, mac);
    const struct seed_files files = {.user_data = user_data, .network = network, .early = seed->renew};
    return seed_put(work, made, pool, scratch.path, &files, error);
}
