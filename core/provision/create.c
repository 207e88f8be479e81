/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/create.h"

#include <string.h>

#include "config/units.h"
#include "core/guest/domain_xml.h"
#include "core/provision/image.h"
#include "core/provision/name.h"
#include "core/provision/network.h"
#include "core/provision/parallel.h"
#include "core/provision/recovery.h"
#include "core/provision/seed.h"
#include "core/provision/work.h"
#include "core/storage/pool.h"

#define COUNT_MAX     100
#define MEMORY_MIN    (G_GUINT64_CONSTANT(32) << 20)
#define MEMORY_SMALL  (G_GUINT64_CONSTANT(512) << 20) /* where the template says nothing */
#define DISK_MAX      (G_GUINT64_CONSTANT(256) << 40)
#define SECTOR        512
#define TEMPLATE_TINY "tiny"

/* Guests made at once. libvirtd carries out five calls of a connection at once (max_client_requests); ten of
 * the guest tiny took 8.5 s one by one, 5.2 s by twos and 3.3 s by fours, emulated, on two CPUs:
 * tests/bench/run's row "count 10". */
#define SIDE_BY_SIDE 4

/* What the guests of one request shall be. */
typedef struct recipe {
    struct image *image;
    virStoragePoolPtr pool;
    guint vcpus;
    guint64 memory, disk; /* bytes */
    char *network;        /* NULL: user-mode */
    const char *type;
    struct seed *seed; /* NULL: cloud-init has no part in it */
    gboolean linked, start;
} recipe_t;

static void recipe_clear(struct recipe *recipe) {
    image_free(recipe->image);
    seed_free(recipe->seed);
    libvirt_pool_free(recipe->pool);
    g_free(recipe->network);
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

static gboolean refuse(GError **error, const char *format, guint64 given, guint64 limit) {
    g_autofree char *first = units_format_size(given);
    g_autofree char *second = units_format_size(limit);
    g_autofree char *message = g_strdup_printf("%s %s %s", first, format, second);
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s", message);
    return FALSE;
}

/* What the poller told, since virNodeGetInfo() leaves out memory that belongs to no NUMA cell. */
static guint64 host_memory(const struct operation *operation) {
    virNodeInfo node;
    if (operation->snapshot != NULL && operation->snapshot->host.memory_total != UNKNOWN_SIZE)
        return operation->snapshot->host.memory_total;
    return virNodeGetInfo(operation->connection, &node) == 0 ? (guint64)node.memory * 1024 : UNKNOWN_SIZE;
}

static gboolean check_sizes(const struct recipe *recipe, const struct operation *operation, GError **error) {
    virConnectPtr connection = operation->connection;
    guint64 memory = host_memory(operation);
    int most = virConnectGetMaxVcpus(connection, recipe->type);
    if (most > 0 && recipe->vcpus > (guint)most) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "%u virtual CPUs are more than the %d that a guest can have here", recipe->vcpus, most);
        return FALSE;
    }
    if (recipe->memory < MEMORY_MIN)
        return refuse(error, "of memory is less than", recipe->memory, MEMORY_MIN);
    if (recipe->memory > memory)
        return refuse(error, "of memory is more than this host's", recipe->memory, memory);
    if (recipe->disk < recipe->image->virtual_size)
        return refuse(error, "of disk is less than the template's", recipe->disk,
                      recipe->image->virtual_size);
    if (recipe->disk > DISK_MAX)
        return refuse(error, "of disk is more than", recipe->disk, DISK_MAX);
    return TRUE;
}

static gboolean choose_sizes(struct recipe *recipe, struct operation *operation,
                             const struct request *request, GError **error) {
    const struct template *template = recipe->image->definition;
    guint64 default_disk = MAX(template->disk, recipe->image->virtual_size);
    recipe->type = work_domain_type(operation);
    recipe->vcpus = request->vcpus != 0 ? request->vcpus : MAX(template->vcpus, 1);
    recipe->memory = request->memory != 0    ? request->memory
                     : template->memory != 0 ? template->memory
                                             : MEMORY_SMALL;
    recipe->disk = request->disk != 0 ? request->disk : default_disk;
    if (!check_sizes(recipe, operation, error))
        return FALSE;
    recipe->disk = (recipe->disk + SECTOR - 1) / SECTOR * SECTOR;
    return TRUE;
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

static gboolean write_recipe(struct recipe *recipe, struct operation *operation,
                             const struct request *request, guint count, GError **error) {
    recipe->linked = request->linked != 0;
    recipe->start = request->start != 0;
    recipe->pool = pool_choose(operation->connection, operation->settings, error);
    if (recipe->pool == NULL)
        return FALSE;
    pool_refresh(recipe->pool);
    return choose_image(recipe, operation, request, error) &&
           choose_sizes(recipe, operation, request, error) &&
           network_choose(operation, request->network, recipe->image->definition->network, recipe->start,
                          &recipe->network, error) &&
           seed_prepare(operation, request, recipe->image->definition, &recipe->seed, error) &&
           check_room(recipe, count, error);
}

/* ---- making one ---- */

static struct volume_spec disk_spec(const struct recipe *recipe, const char *name) {
    struct volume_spec spec = {.name = name, .format = "qcow2", .capacity = recipe->disk};
    if (recipe->linked) {
        spec.backing = recipe->image->path;
        spec.backing_format = recipe->image->format;
    }
    return spec;
}

static xmlDoc *define_spec(const struct recipe *recipe, const struct request *request,
                           const struct made *made, char *path, char *seed) {
    const struct image *image = recipe->image;
    g_autofree char *created = work_now();
    g_autofree char *mac = domain_xml_mac();
    struct metadata metadata = {.uuid = made->uuid,
                                .template_name = image->definition->name,
                                .role = image->definition->role,
                                .created = created,
                                .user = seed_user(recipe->seed),
                                .linked = recipe->linked,
                                .tags = request->tags,
                                .volumes = (char *[]){path, seed, NULL}};
    struct domain_spec spec = {.name = made->name,
                               .uuid = made->uuid,
                               .vcpus = recipe->vcpus,
                               .memory = recipe->memory,
                               .type = recipe->type,
                               .firmware = image->definition->firmware,
                               .kernel = image->kernel,
                               .initrd = image->initrd,
                               .cmdline = image->definition->cmdline,
                               .disk_path = path,
                               .disk_format = "qcow2",
                               .seed_path = seed,
                               .network = recipe->network,
                               .mac = mac,
                               .metadata = &metadata};
    return domain_xml_new(&spec);
}

static gboolean make_one(struct work *work, const struct recipe *recipe, struct made *made, GError **error) {
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
    if (!recipe->linked && recipe->disk > spec.capacity && virStorageVolResize(disk, recipe->disk, 0) < 0) {
        libvirt_error_set(error, "cannot make volume '%s' larger", file);
        return FALSE;
    }
    char *path = virStorageVolGetPath(disk);
    if (path == NULL) {
        libvirt_error_set(error, "cannot look at volume '%s'", file);
        return FALSE;
    }
    gboolean seeded = recipe->seed != NULL;
    g_autofree char *seed = seeded ? seed_make(work, made, recipe->pool, recipe->seed, error) : NULL;
    g_autoptr(xmlDoc) domain =
        seeded && seed == NULL ? NULL : define_spec(recipe, work->request, made, path, seed);
    free(path);
    return domain != NULL && work_define(work, made, domain, recipe->start, error);
}

static void plan_one(struct work *work, const struct recipe *recipe, const char *name) {
    g_autofree char *file = name_volume(name, NULL);
    work_plan(work, "volume", file, recipe->linked ? "create" : "copy", recipe->disk);
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
    char *of_seed = recipe->seed == NULL ? NULL : seed_note(recipe->seed, names);
    if (recipe->network != NULL || of_seed == NULL)
        return recipe->network == NULL ? g_strdup(user_mode) : of_seed;
    char *both = g_strdup_printf("%s; %s", user_mode, of_seed);
    g_free(of_seed);
    return both;
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
    work->outcome->message = g_strdup_printf(
        "%s: created from %s%s%s", listed, recipe->image->definition->name,
        work->outcome->note == NULL ? "" : "; ", work->outcome->note == NULL ? "" : work->outcome->note);
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
    if ((request->new_name != NULL && !name_check(request->new_name, error)) ||
        !write_recipe(&recipe, operation, request, count, error))
        return FALSE;
    g_auto(GStrv) names = name_choose(operation->connection, recipe.pool, request->new_name,
                                      recipe.image->definition->name, NAME_FIRST_MADE, count, error);
    if (names == NULL)
        return FALSE;
    if (!request->dry_run)
        return make_all(&work, &recipe, names, error);
    for (char **name = names; *name != NULL; name++)
        plan_one(&work, &recipe, *name);
    return TRUE;
}
