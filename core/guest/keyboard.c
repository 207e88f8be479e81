/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/keyboard.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "config/error.h"
#include "config/suggest.h"

static const struct {
    gunichar character;
    guint16 code;
    gboolean shift;
} letters[] = {
#define LETTER(character, key)  {character, KEY_##key, FALSE},
#define SHIFTED(character, key) {character, KEY_##key, TRUE},
#define BOTH(character, key)    {character, KEY_##key, FALSE}, {character - 'a' + 'A', KEY_##key, TRUE},
#include "core/guest/keyboard_us.def"
};

struct named {
    const char *name;
    guint16 code;
};

static const struct named names[] = {
#define NAMED(name, key) {name, KEY_##key},
#define MODIFIER(prefix, key)
#include "core/guest/keyboard.def"
#undef NAMED
#undef MODIFIER
};

static const struct named modifiers[] = {
#define NAMED(name, key)
#define MODIFIER(prefix, key) {prefix, KEY_##key},
#include "core/guest/keyboard.def"
#undef NAMED
#undef MODIFIER
};

static gboolean add(struct key_press *press, guint16 code) {
    if (press->count == KEYBOARD_TOGETHER_MAX)
        return FALSE;
    press->codes[press->count++] = code;
    return TRUE;
}

static gboolean add_character(struct key_press *press, gunichar character) {
    for (gsize i = 0; i < G_N_ELEMENTS(letters); i++)
        if (letters[i].character == character)
            return (!letters[i].shift || add(press, KEY_LEFTSHIFT)) && add(press, letters[i].code);
    return FALSE;
}

gboolean keyboard_character(gunichar character, struct key_press *press) {
    struct key_press found = {.count = 0};
    if (!add_character(&found, character))
        return FALSE;
    *press = found;
    return TRUE;
}

/* One that the name begins with, of which something is left; NULL: none. */
static const struct named *modifier_of(const char *name) {
    for (gsize i = 0; i < G_N_ELEMENTS(modifiers); i++) {
        gsize length = strlen(modifiers[i].name);
        if (g_ascii_strncasecmp(name, modifiers[i].name, length) == 0 && name[length] != '\0')
            return &modifiers[i];
    }
    return NULL;
}

/* With a modifier, Ctrl-C and Ctrl-c are the same key. */
static gboolean add_base(struct key_press *press, const char *name) {
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(name, names[i].name) == 0)
            return add(press, names[i].code);
    if (g_utf8_strlen(name, -1) != 1)
        return FALSE;
    gunichar character = g_utf8_get_char(name);
    return add_character(press, press->count > 0 ? g_unichar_tolower(character) : character);
}

gboolean keyboard_name(const char *name, struct key_press *press) {
    struct key_press found = {.count = 0};
    const struct named *modifier;
    if (!g_utf8_validate(name, -1, NULL))
        return FALSE;
    while ((modifier = modifier_of(name)) != NULL) {
        if (!add(&found, modifier->code))
            return FALSE;
        name += strlen(modifier->name);
    }
    gboolean fine = g_ascii_strcasecmp(name, "Backtab") == 0
                        ? add(&found, KEY_LEFTSHIFT) && add(&found, KEY_TAB)
                        : add_base(&found, name);
    if (fine)
        *press = found;
    return fine;
}

/* ---- a text ---- */

static void unknown_name(const char *name, GError **error) {
    const char *all[G_N_ELEMENTS(names) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        all[i] = names[i].name;
    const char *near = suggest_nearest(name, all);
    g_autofree char *hint = near == NULL
                                ? g_strdup("\\< is the character itself; innkeep(1) has the names of keys")
                                : g_strdup_printf("did you mean '<%s>'? \\< is the character itself", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "there is no key '<%s>'", name);
}

/* What stands in <>, from its <; *text is moved behind it. */
static gboolean take_name(const char **text, struct key_press *press, GError **error) {
    const char *end = strchr(*text, '>');
    if (end != NULL && end == *text + 1 && end[1] == '>') /* <>>: the key of > */
        end++;
    if (end == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, "\\< is the character itself",
                  "'%s' begins with the name of a key that does not end", *text);
        return FALSE;
    }
    g_autofree char *name = g_strndup(*text + 1, (gsize)(end - *text - 1));
    if (!keyboard_name(name, press)) {
        unknown_name(name, error);
        return FALSE;
    }
    *text = end + 1;
    return TRUE;
}

static gboolean take_character(const char **text, struct key_press *press, GError **error) {
    static const struct {
        char letter;
        gunichar means;
    } escapes[] = {{'n', '\n'}, {'t', '\t'}, {'e', 0x1b}, {'\\', '\\'}, {'<', '<'}};
    const char *from = *text;
    gunichar character = g_utf8_get_char(from);
    gboolean escaped = character == '\\';
    *text = g_utf8_next_char(from);
    for (gsize i = 0; escaped && i < G_N_ELEMENTS(escapes); i++)
        if (**text == escapes[i].letter) {
            ++*text;
            return keyboard_character(escapes[i].means, press);
        }
    if (escaped)
        error_set(error, INNKEEP_ERROR_USAGE, "\\n \\t \\e \\\\ \\< are there", "'%.2s' means nothing", from);
    else if (!keyboard_character(character, press))
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "the US keyboard has no key for '%.*s'",
                  (int)(*text - from), from);
    else
        return TRUE;
    return FALSE;
}

GArray *keyboard_parse(const char *text, GError **error) {
    g_autoptr(GArray) presses = g_array_new(FALSE, FALSE, sizeof(struct key_press));
    if (!g_utf8_validate(text, -1, NULL)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "the keys are not UTF-8");
        return NULL;
    }
    while (*text != '\0') {
        struct key_press press;
        if (*text == '<' ? !take_name(&text, &press, error) : !take_character(&text, &press, error))
            return NULL;
        g_array_append_val(presses, press);
    }
    return g_steal_pointer(&presses);
}
