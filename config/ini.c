/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/ini.h"

#include <string.h>

#include <gio/gio.h>
#include <ini.h>

#include "config/error.h"

/* inih's MAX_SECTION and MAX_NAME are 50 with the terminating zero; it cuts what is longer. */
#define NAME_MAX_BYTES 49

struct reader {
    const char *at, *end;
    struct ini_place place;
    char *section;
    GHashTable *seen; /* "section" and "section\nkey" */
    const struct ini_calls *calls;
    gpointer data;
    GError *error;
};

static char *place_text(const struct ini_place *place) {
    if (place->section == NULL || *place->section == '\0')
        return g_strdup_printf("%s:%u:", place->file, place->line);
    if (place->key == NULL)
        return g_strdup_printf("%s:%u: [%s]", place->file, place->line, place->section);
    return g_strdup_printf("%s:%u: [%s] %s:", place->file, place->line, place->section, place->key);
}

void ini_error(GError **error, const struct ini_place *place, const char *near, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *where = place_text(place);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "%s %s", where, message);
}

void ini_propagate(GError **error, const struct ini_place *place, GError *cause) {
    g_autofree char *where = place_text(place);
    error_set(error, INNKEEP_ERROR_USAGE, error_hint(cause), "%s %s", where, cause->message);
    g_error_free(cause);
}

/* FALSE when the name was seen before. Takes name. */
static gboolean remember(struct reader *reader, char *name) {
    return g_hash_table_add(reader->seen, name);
}

/* What stands behind a section's ']' must be nothing or a comment. */
static gboolean only_comment(const char *text) {
    const char *after = text + strspn(text, " \t");
    return *after == '\0' || (*after == ';' && after != text);
}

static void read_section(struct reader *reader, const char *line) {
    const char *close = strchr(line, ']');
    if (close == NULL || !only_comment(close + 1)) {
        ini_error(&reader->error, &reader->place, NULL, "a section is written [name]");
        return;
    }
    g_free(reader->section);
    reader->section = g_strndup(line + 1, (gsize)(close - line - 1));
    reader->place.section = reader->section;
    if (strlen(reader->section) > NAME_MAX_BYTES)
        ini_error(&reader->error, &reader->place, NULL, "the section's name is longer than %d bytes",
                  NAME_MAX_BYTES);
    else if (!remember(reader, g_strdup(reader->section)))
        ini_error(&reader->error, &reader->place, NULL, "the section stands twice in the file");
    else if (reader->calls->section != NULL)
        reader->calls->section(&reader->place, reader->data, &reader->error);
}

static gboolean has_control(const char *line, gsize length) {
    for (gsize i = 0; i < length; i++)
        if (g_ascii_iscntrl(line[i]) && line[i] != '\t')
            return TRUE;
    return FALSE;
}

/* For inih: the next line without its indentation and line end. */
static char *read_line(char *buffer, int size, void *data) {
    struct reader *reader = data;
    if (reader->error != NULL || reader->at >= reader->end)
        return NULL;
    reader->place.line++;
    reader->place.key = NULL;
    const char *line = reader->at;
    const char *newline = memchr(line, '\n', (gsize)(reader->end - line));
    const char *stop = newline == NULL ? reader->end : newline;
    reader->at = stop + 1;
    if (stop > line && stop[-1] == '\r')
        stop--;
    while (line < stop && (*line == ' ' || *line == '\t'))
        line++;
    gsize length = (gsize)(stop - line);
    /* inih wants room for a line end and a zero. */
    if (length + 3 > (gsize)size)
        ini_error(&reader->error, &reader->place, NULL, "the line is longer than %d bytes", size - 3);
    else if (has_control(line, length))
        ini_error(&reader->error, &reader->place, NULL, "a control character");
    else {
        memcpy(buffer, line, length);
        buffer[length] = '\0';
        if (*buffer == '[')
            read_section(reader, buffer);
    }
    return reader->error == NULL ? buffer : NULL;
}

static int take_key(void *data, const char *section, const char *key, const char *value) {
    struct reader *reader = data;
    if (reader->error != NULL)
        return 1;
    reader->place.key = key;
    if (reader->section == NULL)
        ini_error(&reader->error, &reader->place, NULL, "'%s' stands before the first [section]", key);
    else if (*key == '\0' || strlen(key) >= NAME_MAX_BYTES)
        ini_error(&reader->error, &reader->place, NULL, "a key's name has 1 to %d bytes", NAME_MAX_BYTES - 1);
    else if (*value == ';') /* read again after a space, it would be a comment */
        ini_error(&reader->error, &reader->place, NULL, "a value cannot begin with ';'");
    else if (!remember(reader, g_strdup_printf("%s\n%s", section, key)))
        ini_error(&reader->error, &reader->place, NULL, "the key stands twice in the section");
    else
        reader->calls->key(&reader->place, value, reader->data, &reader->error);
    reader->place.key = NULL;
    return 1;
}

gboolean ini_read_text(const char *text, gsize length, const char *file, const struct ini_calls *calls,
                       gpointer data, GError **error) {
    gsize mark = length >= 3 && memcmp(text, "\357\273\277", 3) == 0 ? 3 : 0;
    struct reader reader = {
        .at = text + mark, .end = text + length, .place = {.file = file}, .calls = calls, .data = data};
    if (!g_utf8_validate_len(text, length, NULL)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: not UTF-8 text, or it contains a zero byte", file);
        return FALSE;
    }
    reader.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int status = ini_parse_stream(read_line, &reader, take_key, &reader);
    if (reader.error == NULL && status != 0) {
        reader.place = (struct ini_place){.file = file, .line = status > 0 ? (guint)status : 0};
        ini_error(&reader.error, &reader.place, NULL, "neither [section] nor key = value");
    }
    g_hash_table_unref(reader.seen);
    g_free(reader.section);
    if (reader.error == NULL)
        return TRUE;
    g_propagate_error(error, reader.error);
    return FALSE;
}

/* Reads at most INI_FILE_MAX bytes; a device or a pipe in a file's place ends there too. */
static char *load(const char *path, gsize *length, GError **error) {
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GError) cause = NULL;
    g_autoptr(GFileInputStream) stream = g_file_read(file, NULL, &cause);
    g_autofree char *text = g_malloc(INI_FILE_MAX + 1);
    if (stream == NULL ||
        !g_input_stream_read_all(G_INPUT_STREAM(stream), text, INI_FILE_MAX + 1, length, NULL, &cause)) {
        gboolean missing = g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
        error_set(error, missing ? INNKEEP_ERROR_NOT_FOUND : INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s",
                  path, cause->message);
        return NULL;
    }
    if (*length > INI_FILE_MAX) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: larger than %d bytes", path, INI_FILE_MAX);
        return NULL;
    }
    return g_steal_pointer(&text);
}

gboolean ini_read_file(const char *path, const struct ini_calls *calls, gpointer data, GError **error) {
    gsize length = 0;
    g_autofree char *text = load(path, &length, error);
    return text != NULL && ini_read_text(text, length, path, calls, data, error);
}
