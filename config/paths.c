/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/paths.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "build-info.h"
#include "config/error.h"

#define MODE_PRIVATE 0700

static gboolean installed(void) {
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = program == NULL ? NULL : g_path_get_dirname(program);
    return g_strcmp0(directory, INNKEEP_BINDIR) == 0;
}

static const char *environment(const char *name) {
    const char *value = g_getenv(name);
    return value != NULL && g_path_is_absolute(value) ? value : NULL;
}

GStrv paths_directories(const char *below, gboolean personal) {
    g_autoptr(GStrvBuilder) directories = g_strv_builder_new();
    const char *shipped = environment("INNKEEP_DATADIR");
    struct {
        const char *first, *second;
        gboolean wanted;
    } places[] = {
        {g_get_user_config_dir(), "innkeep", personal},
        {INNKEEP_SYSCONFDIR, "", TRUE},
        {shipped, "", shipped != NULL},
        {INNKEEP_DATADIR, "", shipped == NULL && installed()},
        {INNKEEP_SOURCE_ROOT, "config/defaults", shipped == NULL && !installed()},
        {INNKEEP_SOURCE_ROOT, "", shipped == NULL && !installed() && *below != '\0'},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (!places[i].wanted)
            continue;
        g_autofree char *directory = g_build_filename(places[i].first, places[i].second, below, NULL);
        g_strv_builder_add(directories, directory);
    }
    return g_strv_builder_end(directories);
}

char *paths_find(const char *name, gboolean personal) {
    g_autofree char *below = g_path_get_dirname(name);
    g_autofree char *base = g_path_get_basename(name);
    g_auto(GStrv) directories = paths_directories(g_strcmp0(below, ".") == 0 ? "" : below, personal);
    for (char **directory = directories; *directory != NULL; directory++) {
        g_autofree char *path = g_build_filename(*directory, base, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

char *paths_manual(const char *page) {
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = program == NULL ? NULL : g_path_get_dirname(program);
    g_autofree char *section = g_strconcat("man", strrchr(page, '.') + 1, NULL);
    g_autofree char *path = installed()         ? g_build_filename(INNKEEP_MANDIR, section, page, NULL)
                            : directory == NULL ? NULL
                                                : g_build_filename(directory, "..", "man", page, NULL);
    return path != NULL && g_file_test(path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&path) : NULL;
}

static char *state_root(void) {
    const char *given = environment("INNKEEP_STATEDIR");
    if (given != NULL)
        return g_strdup(given);
    if (geteuid() == 0)
        return g_strdup("/var/lib/innkeep");
    return g_build_filename(g_get_user_state_dir(), "innkeep", NULL);
}

char *paths_state_directory(const char *below, GError **error) {
    g_autofree char *root = state_root();
    g_autofree char *path = g_build_filename(root, below, NULL);
    if (g_mkdir_with_parents(path, MODE_PRIVATE) == 0)
        return g_steal_pointer(&path);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make the directory %s: %s", path, g_strerror(errno));
    return NULL;
}
