/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/user_data.h"

#include <string.h>

#include "config/error.h"
#include "core/seed/person.h"

/* cloud-init's documentation, "User data formats". The longer of two beginnings stands first. config: it ends
 * up in the one configuration that is merged. */
static const struct {
    const char *beginning, *type;
    gboolean config;
} types[] = {
    {"#cloud-config-archive", "text/cloud-config-archive", TRUE},
    {"#cloud-config", "text/cloud-config", TRUE},
    {"## template: jinja", "text/jinja2", TRUE},
    {"#!", "text/x-shellscript", FALSE},
    {"#cloud-boothook", "text/cloud-boothook", FALSE},
    {"#include-once", "text/x-include-once-url", FALSE},
    {"#include", "text/x-include-url", FALSE},
    {"#part-handler", "text/part-handler", FALSE},
};

static int find_type(const char *text) {
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_has_prefix(text, types[i].beginning))
            return (int)i;
    return -1;
}

const char *user_data_type(const char *text) {
    int type = find_type(text);
    return type < 0 ? NULL : types[type].type;
}

gboolean user_data_fetches(const char *text) {
    int type = find_type(text);
    return type < 0 ? strstr(text, "\nContent-Type: text/x-include") != NULL
                    : g_str_has_prefix(types[type].type, "text/x-include");
}

char *user_data_read(const char *path, GError **error) {
    g_autofree char *text = person_read_file(path, USER_DATA_MAX, error);
    if (text == NULL)
        return NULL;
    if (user_data_type(text) != NULL)
        return g_steal_pointer(&text);
    error_set(error, INNKEEP_ERROR_USAGE, "begin it with a line '#cloud-config', or '#!' and a program",
              "%s is no user data that cloud-init knows: it tells by the first line", path);
    return NULL;
}

/* base64 in lines, since a line of mail is bounded. */
static void append_base64(GString *message, const char *text) {
    gsize length = strlen(text);
    gint state = 0, save = 0;
    g_autofree char *encoded = g_malloc((length / 3 + 1) * 4 + ((length / 3 + 1) * 4) / 72 + 8);
    gsize written = g_base64_encode_step((const guchar *)text, length, TRUE, encoded, &state, &save);
    written += g_base64_encode_close(TRUE, encoded + written, &state, &save);
    g_string_append_len(message, encoded, (gssize)written);
}

static void append_part(GString *message, const char *boundary, const char *name, const char *text) {
    g_string_append_printf(message,
                           "--%s\n"
                           "Content-Type: %s; charset=\"utf-8\"\n"
                           "MIME-Version: 1.0\n"
                           "Content-Transfer-Encoding: base64\n"
                           "Content-Disposition: attachment; filename=\"%s\"\n"
                           "Merge-Type: list(append)+dict(recurse_array)+str()\n\n",
                           boundary, user_data_type(text), name);
    append_base64(message, text);
    g_string_append_c(message, '\n');
}

/* cloud-init merges each part into what it has, where what is there already holds: so the caller's comes
 * first and innkeep's last. Programs run in the order they stand in: the template's first. */
char *user_data_join(const char *own, const char *of_template, const char *of_caller, GError **error) {
    if (of_template == NULL && of_caller == NULL)
        return g_strdup(own);
    const struct {
        const char *name, *text;
        gboolean config;
    } order[] = {{"caller", of_caller, TRUE},
                 {"template", of_template, TRUE},
                 {"innkeep", own, TRUE},
                 {"template", of_template, FALSE},
                 {"caller", of_caller, FALSE}};
    g_autofree char *random = g_uuid_string_random();
    g_autofree char *boundary = g_strdup_printf("innkeep-%s", random);
    g_autoptr(GString) message = g_string_new(NULL);
    g_string_append_printf(message, "Content-Type: multipart/mixed; boundary=\"%s\"\nMIME-Version: 1.0\n\n",
                           boundary);
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        int type = order[i].text == NULL ? -1 : find_type(order[i].text);
        if (order[i].text != NULL && type < 0) {
            error_set(error, INNKEEP_ERROR_USAGE, NULL,
                      "the %s's user data is of no type that cloud-init knows", order[i].name);
            return NULL;
        }
        if (type >= 0 && types[type].config == order[i].config)
            append_part(message, boundary, order[i].name, order[i].text);
    }
    g_string_append_printf(message, "--%s--\n", boundary);
    return g_string_free(g_steal_pointer(&message), FALSE);
}
