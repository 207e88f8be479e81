/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/set_keys.h"

#include <string.h>

#include "config/error.h"
#include "config/suggest.h"

#define USER_MAX     256  /* bytes */
#define PASSWORD_MAX 1024 /* bytes */

const struct set_key set_keys[SET_KEY_COUNT] = {
#define SET_KEY(id, name_, metavar_, agent_, help_)                                                          \
    [SET_KEY_##id] = {.name = name_, .metavar = metavar_, .agent = agent_, .help = help_},
#include "core/action/set_keys.def"
#undef SET_KEY
};

struct set_wish *set_wish_new(void) {
    struct set_wish *wish = g_new0(struct set_wish, 1);
    wish->ssh_keys = g_ptr_array_new_with_free_func(g_free);
    return wish;
}

void set_forget(char *secret) {
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

void set_wish_free(struct set_wish *wish) {
    g_ptr_array_unref(wish->ssh_keys);
    g_free(wish->user);
    set_forget(wish->password);
    g_free(wish);
}

static gboolean take_ssh_key(struct set_wish *wish, const char *value, GError **error) {
    g_ptr_array_add(wish->ssh_keys, g_strdup(value));
    return TRUE;
}

/* In a word every user of the machine could read it. */
static gboolean take_password(struct set_wish *wish, const char *value, GError **error) {
    wish->wants_password = strcmp(value, "-") == 0;
    if (!wish->wants_password)
        error_set(error, INNKEEP_ERROR_USAGE, "password=- asks for it, or reads a line of standard input",
                  "set: a password on the command line is there for all to see, and is not taken");
    return wish->wants_password;
}

static gboolean take_user(struct set_wish *wish, const char *value, GError **error) {
    gboolean plain = strlen(value) <= USER_MAX && g_utf8_validate(value, -1, NULL);
    for (const char *at = value; plain && *at != '\0'; at++)
        plain = (guchar)*at >= ' ' && *at != '\x7f' && *at != ':';
    if (!plain) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "set: that is no name of a user");
        return FALSE;
    }
    g_free(wish->user);
    wish->user = g_strdup(value);
    return TRUE;
}

static gboolean (*const takers[SET_KEY_COUNT])(struct set_wish *wish, const char *value, GError **error) = {
    [SET_KEY_ssh_key] = take_ssh_key,
    [SET_KEY_password] = take_password,
    [SET_KEY_user] = take_user,
};

static void unknown(const char *key, GError **error) {
    const char *names[SET_KEY_COUNT + 1] = {NULL};
    for (gsize i = 0; i < SET_KEY_COUNT; i++)
        names[i] = set_keys[i].name;
    const char *near = suggest_nearest(key, names);
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    g_autofree char *hint = near == NULL ? g_strdup_printf("there are %s", all)
                                         : g_strdup_printf("did you mean '%s'? There are %s", near, all);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "set: unknown key '%s'", key);
}

gboolean set_take(struct set_wish *wish, const char *word, GError **error) {
    const char *equals = strchr(word, '=');
    g_autofree char *key = equals == NULL ? g_strdup(word) : g_strndup(word, (gsize)(equals - word));
    for (gsize i = 0; i < SET_KEY_COUNT; i++) {
        if (strcmp(set_keys[i].name, key) != 0)
            continue;
        if (equals != NULL && equals[1] != '\0')
            return takers[i](wish, equals + 1, error);
        g_autofree char *hint = g_strdup_printf("%s=%s: %s", key, set_keys[i].metavar, set_keys[i].help);
        error_set(error, INNKEEP_ERROR_USAGE, hint, "set: '%s' needs a value", key);
        return FALSE;
    }
    unknown(key, error);
    return FALSE;
}

gboolean set_check(const struct set_wish *wish, GError **error) {
    if (wish->ssh_keys->len > 0 || wish->wants_password)
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, "innkeep set GUEST ssh-key=FILE, or password=-",
              wish->user == NULL ? "set: what?" : "set: what of user '%s'?", wish->user);
    return FALSE;
}

gboolean set_check_password(const char *password, GError **error) {
    gboolean fine =
        *password != '\0' && strlen(password) <= PASSWORD_MAX && g_utf8_validate(password, -1, NULL);
    for (const char *at = password; fine && *at != '\0'; at++)
        fine = (guchar)*at >= ' ' && *at != '\x7f';
    if (!fine)
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "set: a password is 1 to %d bytes of text without control characters", PASSWORD_MAX);
    return fine;
}

struct request *set_request(const struct set_wish *wish, const struct guest *guest) {
    struct request *request = request_new(ACTION_set, guest->uuid, guest->name);
    g_autoptr(GStrvBuilder) files = g_strv_builder_new();
    for (guint i = 0; i < wish->ssh_keys->len; i++)
        g_strv_builder_add(files, g_ptr_array_index(wish->ssh_keys, i));
    request->ssh_keys = g_strv_builder_end(files);
    request->user = g_strdup(wish->user != NULL ? wish->user : guest->facts->user);
    request->password = g_strdup(wish->password);
    return request;
}
