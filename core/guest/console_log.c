/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/console_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/host/connection.h"

#define TAIL_BYTES   (1024 * 1024)
#define LINE_COLUMNS 2000
#define TAB          8

const char *console_log_path(const struct guest *guest, const char *uri, GError **error) {
    if (guest->facts->console_log == NULL) {
        error_set(error, INNKEEP_ERROR_CONFLICT,
                  "a log in its serial console keeps it: innkeep-setup(7), GUESTS",
                  "nothing keeps what the console of '%s' prints", guest->name);
        return NULL;
    }
    if (connection_is_local(uri))
        return guest->facts->console_log;
    g_autofree char *quoted = g_shell_quote(guest->name);
    g_autofree char *hint = g_strdup_printf("as root there: innkeep console %s --log", quoted);
    error_set(error, INNKEEP_ERROR_REFUSED, hint,
              "the console log of '%s' is a file of its host, which libvirt does not hand out", guest->name);
    return NULL;
}

static int open_log(const struct guest *guest, const char *path, GError **error) {
    struct stat status;
    int file = g_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    int cause = errno;
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        return file;
    g_autofree char *quoted = g_shell_quote(guest->name);
    g_autofree char *hint = g_strdup_printf("sudo innkeep console %s --log", quoted);
    if (file >= 0) {
        close(file);
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "the console log of '%s', %s, is no file", guest->name,
                  path);
    } else if (cause == EACCES || cause == EPERM) {
        error_set(error, INNKEEP_ERROR_REFUSED, hint, "only root can read the console log of '%s', %s",
                  guest->name, path);
    } else if (cause == ENOENT) {
        error_set(error, INNKEEP_ERROR_CONFLICT, "its log begins with its next start",
                  "the console of '%s' has printed nothing yet: there is no %s", guest->name, path);
    } else {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", path, g_strerror(cause));
    }
    return -1;
}

static gboolean there(const char *path, guint number) {
    g_autofree char *name = g_strdup_printf("%s.%u", path, number);
    return g_access(name, F_OK) == 0;
}

/* The file and, after it, what was rolled over and is not compressed, the newest first. virtlogd counts from
 * 0, logrotate from 1. */
static GPtrArray *files_of(const char *path) {
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(files, g_strdup(path));
    for (guint number = there(path, 0) ? 0 : 1; there(path, number); number++)
        g_ptr_array_add(files, g_strdup_printf("%s.%u", path, number));
    return files;
}

/* Puts the last bytes of a file, most at the most, before what there is. *whole: they are all it has. */
static gboolean prepend_tail(const struct guest *guest, const char *path, gsize most, GByteArray *bytes,
                             gboolean *whole, GError **error) {
    struct stat status;
    int file = open_log(guest, path, error);
    if (file < 0)
        return FALSE;
    gsize size = fstat(file, &status) == 0 && status.st_size > 0 ? (gsize)status.st_size : 0;
    gsize wanted = MIN(size, most), got = 0;
    g_autofree guint8 *tail = g_malloc(MAX(wanted, 1));
    while (got < wanted) {
        ssize_t count = pread(file, tail + got, wanted - got, (off_t)(size - wanted + got));
        if (count == 0 || (count < 0 && errno != EINTR))
            break;
        got += count < 0 ? 0 : (gsize)count;
    }
    close(file);
    g_byte_array_prepend(bytes, tail, (guint)got);
    *whole = wanted == size;
    return TRUE;
}

static gsize count_lines(const GByteArray *bytes) {
    gsize lines = 0;
    for (guint i = 0; i < bytes->len; i++)
        lines += bytes->data[i] == '\n';
    return lines;
}

/* Behind an escape sequence that begins at; see ECMA-48, 5.3 to 5.6. A string that does not end with its line
 * is left at its introducer, so that it hides nothing. */
static gsize skip_escape(const char *bytes, gsize length, gsize at) {
    gsize next = at + 2;
    if (next > length)
        return length;
    if (bytes[at + 1] == '[') {
        while (next < length && bytes[next] >= 0x20 && bytes[next] <= 0x3f)
            next++;
        return MIN(next + 1, length);
    }
    if (strchr("]PX^_", bytes[at + 1]) != NULL && bytes[at + 1] != '\0') {
        for (gsize end = next; end < length; end++)
            if (bytes[end] == '\a' || (bytes[end] == '\033' && end + 1 < length && bytes[end + 1] == '\\'))
                return end + (bytes[end] == '\a' ? 1 : 2);
        return next;
    }
    while (next < length && bytes[next - 1] >= 0x20 && bytes[next - 1] <= 0x2f)
        next++;
    return next;
}

char *console_log_safe(const char *bytes, gsize length) {
    g_autoptr(GString) text = g_string_sized_new(length);
    for (gsize at = 0; at < length;) {
        if (bytes[at] == '\033') {
            at = skip_escape(bytes, length, at);
            continue;
        }
        if (bytes[at] == '\t')
            g_string_append_printf(text, "%*s", (int)(TAB - text->len % TAB), "");
        else if (bytes[at] != '\r' && bytes[at] != '\0')
            g_string_append_c(text, bytes[at]);
        at++;
    }
    return text_safe(text->str, LINE_COLUMNS, FALSE);
}

/* The last lines of the bytes. */
static GPtrArray *last_lines(const GByteArray *bytes, guint most, gboolean *more) {
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const char *start = (const char *)bytes->data, *end = start + bytes->len;
    gsize all = count_lines(bytes) + (bytes->len > 0 && end[-1] != '\n' ? 1 : 0);
    for (gsize number = 0; number < all; number++) {
        const char *stop = memchr(start, '\n', (gsize)(end - start));
        gsize length = (gsize)((stop == NULL ? end : stop) - start);
        if (number + most >= all)
            g_ptr_array_add(lines, console_log_safe(start, length));
        start += length + 1;
    }
    *more = all > most;
    return lines;
}

GPtrArray *console_log_lines(const struct guest *guest, const char *path, guint most, gboolean *cut,
                             GError **error) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GPtrArray) files = files_of(path);
    gboolean whole = TRUE, more = FALSE;
    for (guint i = 0; i < files->len && whole; i++) {
        if (i > 0 && (count_lines(bytes) > most || bytes->len >= TAIL_BYTES)) {
            more = TRUE;
            break;
        }
        /* One that was rolled over and went meanwhile is no error. */
        if (!prepend_tail(guest, g_ptr_array_index(files, i), TAIL_BYTES - bytes->len, bytes, &whole,
                          i == 0 ? error : NULL) &&
            i == 0)
            return NULL;
    }
    gboolean left = FALSE;
    GPtrArray *lines = last_lines(bytes, most, &left);
    if (cut != NULL)
        *cut = left || more || !whole;
    return lines;
}

static gboolean write_all(int to, const char *bytes, gsize length) {
    while (length > 0) {
        ssize_t count = write(to, bytes, length);
        if (count < 0 && errno != EINTR)
            return FALSE;
        bytes += MAX(count, 0);
        length -= (gsize)MAX(count, 0);
    }
    return TRUE;
}

static gboolean copy_file(int from, int to) {
    char bytes[64 * 1024];
    for (;;) {
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count == 0)
            return TRUE;
        if ((count < 0 && errno != EINTR) || (count > 0 && !write_all(to, bytes, (gsize)count)))
            return FALSE;
    }
}

gboolean console_log_copy(const struct guest *guest, const char *path, int to, GError **error) {
    g_autoptr(GPtrArray) files = files_of(path);
    for (guint i = files->len; i > 0; i--) {
        const char *name = g_ptr_array_index(files, i - 1);
        int file = open_log(guest, name, i == 1 ? error : NULL);
        if (file < 0 && i == 1)
            return FALSE;
        gboolean well = file < 0 || copy_file(file, to);
        int cause = errno;
        if (file >= 0)
            close(file);
        if (!well) {
            error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot copy %s: %s", name, g_strerror(cause));
            return FALSE;
        }
    }
    return TRUE;
}
