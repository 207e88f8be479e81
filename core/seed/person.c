/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/person.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "config/units.h"

#define ENTRY_MAX 65536 /* bytes of one entry of the user database */

void person_calling(struct person *person) {
    const char *caller = geteuid() == 0 ? g_getenv("SUDO_USER") : NULL;
    struct passwd entry, *found = NULL;
    g_autofree char *buffer = g_malloc(ENTRY_MAX);
    if (caller != NULL)
        getpwnam_r(caller, &entry, buffer, ENTRY_MAX, &found);
    if (found == NULL)
        getpwuid_r(getuid(), &entry, buffer, ENTRY_MAX, &found);
    *person = (struct person){0};
    if (found == NULL)
        return;
    person->name = g_strdup(found->pw_name);
    person->home = g_strdup(found->pw_dir);
}

char *person_path(const struct person *person, const char *path) {
    if (!g_str_has_prefix(path, "~/") || person->home == NULL)
        return g_strdup(path);
    return g_build_filename(person->home, path + 2, NULL);
}

/* Opened so that a pipe in the file's place holds nobody up. */
static char *read_regular(const char *path, gsize limit, gsize *length, const char **why) {
    struct stat status;
    int file = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (file < 0 || fstat(file, &status) < 0) {
        *why = g_strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
        *why = "it is no regular file";
    } else {
        g_autofree char *text = g_malloc(limit + 2);
        gssize got = 0;
        for (*length = 0; *length <= limit; *length += (gsize)got) {
            got = read(file, text + *length, limit + 1 - *length);
            if (got <= 0)
                break;
        }
        *why = got < 0 ? g_strerror(errno) : NULL;
        text[MIN(*length, limit + 1)] = '\0';
        g_close(file, NULL);
        return got < 0 ? NULL : g_steal_pointer(&text);
    }
    if (file >= 0)
        g_close(file, NULL);
    return NULL;
}

char *person_read_file(const char *path, gsize limit, GError **error) {
    const char *why = NULL;
    gsize length = 0;
    g_autofree char *text = read_regular(path, limit, &length, &why);
    if (text == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "cannot read %s: %s", path, why);
        return NULL;
    }
    if (length > limit) {
        g_autofree char *most = units_format_size(limit);
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s is larger than %s", path, most);
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s is not UTF-8 text", path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

void person_clear(struct person *person) {
    g_free(person->name);
    g_free(person->home);
    *person = (struct person){0};
}
