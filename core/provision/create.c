/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/create.h"

#include <string.h>

#include "config/units.h"
#include "core/guest/console_log_file.h"
#include "core/provision/create_blank.h"
#include "core/provision/create_check.h"
#include "core/template/image.h"
#include "core/provision/machine.h"
#include "core/provision/name.h"
#include "core/provision/overcommit.h"
#include "core/provision/parallel.h"
#include "core/provision/recovery.h"
#include "core/seed/seed.h"
#include "core/provision/work.h"
#include "core/storage/pool.h"

#define COUNT_MAX     100
#define TEMPLATE_TINY "tiny"

/* Guests made at once. libvirtd carries out five calls of a connection at once (max_client_requests); ten of
 * the guest tiny took 8.5 s one by one, 5.2 s by twos and 3.3 s by fours, emulated, on two CPUs:
 * tests/bench/run's row "count 10". */
#define SIDE_BY_SIDE 4

/* What the guests of one request shall be. */
typedef struct recipe {
    struct blank *blank; /* NULL: they are made from the image, as machine and seed say */
    struct image *image;
    virStoragePoolPtr pool;
    struct machine machine;
    struct seed *seed; /* NULL: cloud-init has no part in it */
    char *tight;       /* what they could outgrow; NULL: nothing */
    gboolean linked, start;
} recipe_t;

static void recipe_clear(struct recipe *recipe) {
    blank_free(recipe->blank);
    image_free(recipe->image);
    machine_clear(&recipe->machine);
    seed_free(recipe->seed);
    g_free(recipe->tight);
    libvirt_pool_free(recipe->pool);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(recipe_t, recipe_clear)

/* ---- what shall be made ---- */

/* The only template that is ready, else tiny; the caller's. */
static char *default_template(virConnectPtr connection, virStoragePoolPtr pool, GError **error) {
    g_auto(GStrv) names = image_names(pool, error);
    const char *only = NULL;
    guint ready = 0;
    for (char **name = names; name != NULL && *name != NULL; name++) {
        g_autoptr(image_t) image = image_read(connection, pool, *name, NULL);
        if (image == NULL || !image->ready)
            continue;
        only = *name;
        ready++;
    }
    return names == NULL ? NULL : g_strdup(ready == 1 ? only : TEMPLATE_TINY);
}

static gboolean choose_image(struct recipe *recipe, struct operation *operation,
                             const struct request *request, GError **error) {
    gboolean clone = request->action == ACTION_clone || request->action == ACTION_clone_now;
    const char *wanted = request->template_name != NULL ? request->template_name
                         : clone                        ? request->name
                                                        : operation->settings->ui_default_template;
    g_autofree char *name =
        wanted != NULL ? g_strdup(wanted) : default_template(operation->connection, recipe->pool, error);
    recipe->image = name == NULL ? NULL : image_find(operation->connection, recipe->pool, name, error);
    return recipe->image != NULL;
}

/* A copy needs room; an overlay begins empty. */
static gboolean check_room(const struct recipe *recipe, guint count, GError **error) {
    guint64 available = 0;
    if (recipe->linked)
        return TRUE;
    if (!pool_available(recipe->pool, &available, error))
        return FALSE;
    if (available / count >= recipe->image->size)
        return TRUE;
    g_autofree char *needed = units_format_size(recipe->image->size * count);
    g_autofree char *there = units_format_size(available);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "pool '%s' has %s free and the copy needs %s",
              virStoragePoolGetName(recipe->pool), there, needed);
    return FALSE;
}

static const struct machine *machine_of(const struct recipe *recipe) {
    return recipe->blank != NULL ? blank_machine(recipe->blank) : &recipe->machine;
}

static gboolean write_recipe(struct recipe *recipe, struct operation *operation,
                             const struct request *request, guint count, GError **error) {
    recipe->linked = request->linked != 0;
    recipe->start = request->start != 0;
    recipe->pool = pool_choose(operation->connection, operation->settings, error);
    if (recipe->pool == NULL)
        return FALSE;
    pool_refresh(recipe->pool);
    if (create_is_blank(request)) {
        recipe->blank = blank_prepare(operation, request, recipe->pool, error);
        return recipe->blank != NULL;
    }
    return choose_image(recipe, operation, request, error) &&
           machine_choose(&recipe->machine, operation, request, recipe->image->definition,
                          recipe->image->virtual_size, error) &&
           (recipe->image->kernel == NULL || machine_takes_kernel(&recipe->machine, error)) &&
           seed_prepare(operation, request, recipe->image->definition, &recipe->seed, error) &&
           check_room(recipe, count, error);
}

/* ---- making one ---- */

static struct volume_spec disk_spec(const struct recipe *recipe, const char *name) {
    struct volume_spec spec = {.name = name, .format = "qcow2", .capacity = recipe->machine.disk};
    if (recipe->linked) {
        spec.backing = recipe->image->path;
        spec.backing_format = recipe->image->format;
    }
    return spec;
}

static xmlDoc *define_spec(const struct recipe *recipe, const struct work *work, const struct made *made,
                           char *path, char *seed, const char *mac) {
    const struct image *image = recipe->image;
    g_autofree char *created = work_now();
    g_autofree char *log = console_log_new(work->operation, made->uuid, TRUE);
    struct metadata metadata = {.uuid = made->uuid,
                                .template_name = image->definition->name,
                                .role = image->definition->role,
                                .created = created,
                                .user = seed_user(recipe->seed),
                                .linked = recipe->linked,
                                .tags = work->request->tags,
                                .volumes = (char *[]){path, seed, NULL}};
    struct domain_spec spec = {.name = made->name,
                               .uuid = made->uuid,
                               .kernel = image->kernel,
                               .initrd = image->initrd,
                               .cmdline = image->definition->cmdline,
                               .disk_path = path,
                               .disk_format = "qcow2",
                               .seed_path = seed,
                               .mac = mac,
                               .console_log = log,
                               .metadata = &metadata};
    machine_apply(&recipe->machine, &spec);
    return domain_xml_new(&spec);
}

static gboolean make_one(struct work *work, const struct recipe *recipe, struct made *made, GError **error) {
    if (recipe->blank != NULL)
        return blank_make(work, recipe->blank, recipe->pool, made, error);
    g_autofree char *file = name_volume(made->name, NULL);
    struct volume_spec spec = disk_spec(recipe, file);
    g_autoptr(virStorageVol) golden = NULL;
    if (!recipe->linked) {
        golden = volume_lookup(recipe->pool, recipe->image->volume, error);
        if (golden == NULL)
            return FALSE;
        /* A copy has the image's own size; it is made larger afterwards. */
        spec.capacity = recipe->image->virtual_size;
    }
    g_autoptr(virStorageVol) disk = work_volume(work, made, recipe->pool, &spec, golden, error);
    if (disk == NULL)
        return FALSE;
    if (!recipe->linked && recipe->machine.disk > spec.capacity &&
        virStorageVolResize(disk, recipe->machine.disk, 0) < 0) {
        libvirt_error_set(error, "cannot make volume '%s' larger", file);
        return FALSE;
    }
    char *path = virStorageVolGetPath(disk);
    if (path == NULL) {
        libvirt_error_set(error, "cannot look at volume '%s'", file);
        return FALSE;
    }
    g_autofree char *mac = domain_xml_mac();
    gboolean seeded = recipe->seed != NULL;
    g_autofree char *seed = seeded ? seed_make(work, made, recipe->pool, recipe->seed, mac, error) : NULL;
    g_autoptr(xmlDoc) domain =
        seeded && seed == NULL ? NULL : define_spec(recipe, work, made, path, seed, mac);
    free(path);
    return domain != NULL && work_define(work, made, domain, recipe->start, error);
}

static void plan_one(struct work *work, const struct recipe *recipe, const char *name) {
    if (recipe->blank != NULL) {
        blank_plan(work, recipe->blank, name);
        return;
    }
    g_autofree char *file = name_volume(name, NULL);
    work_plan(work, "volume", file, recipe->linked ? "create" : "copy", recipe->machine.disk);
    g_autofree char *seed = name_seed(name);
    if (recipe->seed != NULL)
        work_plan(work, "volume", seed, "create", UNKNOWN_SIZE);
    work_plan(work, "define", name, "define", UNKNOWN_SIZE);
    if (recipe->start)
        work_plan(work, "start", name, "start", UNKNOWN_SIZE);
}

/* ---- public ---- */

/* What a person should know of the new guests, or NULL; the caller's. */
static char *note(const struct recipe *recipe, GStrv names) {
    static const char user_mode[] =
        "user-mode networking: it reaches out, but nothing reaches it and no address is known";
    g_autofree char *seeded = recipe->seed == NULL ? NULL : seed_note(recipe->seed, names);
    const char *const all[] = {recipe->tight, machine_of(recipe)->network == NULL ? user_mode : NULL,
                               recipe->blank != NULL ? blank_note(recipe->blank) : seeded};
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] != NULL)
            g_string_append_printf(text, "%s%s", text->len == 0 ? "" : "; ", all[i]);
    return g_string_free(text, text->len == 0);
}

static const char *made_from(const struct recipe *recipe) {
    return recipe->blank != NULL ? blank_from(recipe->blank) : recipe->image->definition->name;
}

struct row {
    struct work *work;
    const struct recipe *recipe;
};

static gboolean make_number(guint index, gpointer data, GError **error) {
    struct row *row = data;
    if (!make_one(row->work, row->recipe, g_ptr_array_index(row->work->outcome->made, index), error))
        return FALSE;
    work_ready(row->work);
    return TRUE;
}

/* Overlays side by side; copies one after the other, since they wait for the same disk. */
static gboolean make_row(struct work *work, const struct recipe *recipe, GStrv names, GError **error) {
    struct row row = {work, recipe};
    guint count = g_strv_length(names);
    for (char **name = names; *name != NULL; name++) {
        g_autofree char *uuid = g_uuid_string_random();
        work_made(work, *name, uuid);
    }
    work->guests = recipe->linked && count > 1 ? count : 0;
    return parallel_run(count, work->guests > 0 ? SIDE_BY_SIDE : 1, make_number, &row,
                        work_cancellable(work->operation), error);
}

static gboolean make_all(struct work *work, const struct recipe *recipe, GStrv names, GError **error) {
    g_autofree char *listed = g_strjoinv(", ", names);
    g_autofree char *title = g_strdup_printf("create %s", listed);
    recovery_run(work->operation);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, error);
    if (journal == NULL)
        return FALSE;
    work->journal = journal;
    if (!work_finish(work, make_row(work, recipe, names, error), error))
        return FALSE;
    work->outcome->note = note(recipe, names);
    work->outcome->message = g_strdup_printf("%s: created from %s%s%s", listed, made_from(recipe),
                                             work->outcome->note == NULL ? "" : "; ",
                                             work->outcome->note == NULL ? "" : work->outcome->note);
    return TRUE;
}

gboolean provision_create(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(recipe_t) recipe = {0};
    guint count = MAX(request->count, 1);
    if (count > COUNT_MAX) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%u guests at once are more than %d", count, COUNT_MAX);
        return FALSE;
    }
    if (!create_check(request, error) ||
        (request->new_name != NULL && !name_check(request->new_name, error)) ||
        !write_recipe(&recipe, operation, request, count, error))
        return FALSE;
    g_auto(GStrv) names = name_choose(operation->connection, recipe.pool, request->new_name,
                                      recipe.blank != NULL ? NULL : recipe.image->definition->name,
                                      NAME_FIRST_MADE, count, error);
    if (names == NULL)
        return FALSE;
    const struct machine *machine = machine_of(&recipe);
    recipe.tight = overcommit_note(recipe.pool, machine->disk * count,
                                   request->start != 0 ? machine->memory * count : 0);
    if (!request->dry_run)
        return make_all(&work, &recipe, names, error);
    for (char **name = names; *name != NULL; name++)
        plan_one(&work, &recipe, *name);
    if (recipe.tight != NULL)
        work_plan(&work, "room", virStoragePoolGetName(recipe.pool), recipe.tight, UNKNOWN_SIZE);
    return TRUE;
}
