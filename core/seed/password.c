/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/password.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "config/error.h"

#define GROUPS     4
#define GROUP_SIZE 4
#define SALT_SIZE  16 /* crypt(5), sha512crypt */

static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
static const char salt_letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Fills text with count random ones of the letters (at most 256), all equally likely. */
static gboolean fill(char *text, gsize count, const char *alphabet, GError **error) {
    guint size = (guint)strlen(alphabet), fair = 256 / size * size;
    for (gsize i = 0; i < count;) {
        guint8 byte = 0;
        if (getrandom(&byte, 1, 0) != 1) {
            if (errno == EINTR)
                continue;
            error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot get random numbers: %s", g_strerror(errno));
            return FALSE;
        }
        if (byte < fair)
            text[i++] = alphabet[byte % size];
    }
    return TRUE;
}

char *password_generate(GError **error) {
    char *password = g_malloc0(GROUPS * (GROUP_SIZE + 1));
    for (gsize i = 0; i < GROUPS; i++) {
        char *group = password + i * (GROUP_SIZE + 1);
        if (!fill(group, GROUP_SIZE, letters, error)) {
            password_free(password);
            return NULL;
        }
        group[GROUP_SIZE] = i + 1 < GROUPS ? '-' : '\0';
    }
    return password;
}

char *password_hash(const char *password, GError **error) {
    char setting[3 + SALT_SIZE + 1] = "$6$";
    if (!fill(setting + 3, SALT_SIZE, salt_letters, error))
        return NULL;
    struct crypt_data data = {0}; /* 32 KiB */
    const char *hash = crypt_rn(password, setting, &data, (int)sizeof data);
    char *copy = g_strdup(hash);
    explicit_bzero(&data, sizeof data);
    if (copy == NULL)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot hash a password: crypt() knows no SHA-512");
    return copy;
}

void password_free(char *password) {
    if (password != NULL)
        explicit_bzero(password, strlen(password));
    g_free(password);
}
