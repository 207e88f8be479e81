/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/process.h"

#include <string.h>
#include <unistd.h>

/* The argument after `-uuid` of a command line whose arguments end in NUL; NULL where there is none. */
static const char *uuid_argument(const char *arguments, gsize length) {
    const char *end = arguments + length;
    gboolean next = FALSE;
    for (const char *at = arguments; at < end; at += strlen(at) + 1) {
        if (next)
            return at;
        next = strcmp(at, "-uuid") == 0;
    }
    return NULL;
}

/* /proc/PID/stat, proc(5): field 22 is the start time in clock ticks after boot; fields are counted from
 * behind the command's name, which ends at the last parenthesis. */
static gint64 start_ticks(const char *pid) {
    g_autofree char *path = g_build_filename("/proc", pid, "stat", NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return -1;
    const char *rest = strrchr(text, ')');
    if (rest == NULL)
        return -1;
    g_auto(GStrv) fields = g_strsplit(rest + 2, " ", 21);
    return g_strv_length(fields) < 21 ? -1 : g_ascii_strtoll(fields[19], NULL, 10);
}

static gint64 boot_time(void) {
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/stat", &text, NULL, NULL))
        return -1;
    const char *line = strstr(text, "\nbtime ");
    return line == NULL ? -1 : g_ascii_strtoll(line + strlen("\nbtime "), NULL, 10);
}

static void scan_one(const char *pid, gint64 boot, GHashTable *table) {
    g_autofree char *path = g_build_filename("/proc", pid, "cmdline", NULL);
    g_autofree char *arguments = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &arguments, &length, NULL) || length == 0)
        return;
    const char *uuid = uuid_argument(arguments, length);
    gint64 ticks = uuid == NULL ? -1 : start_ticks(pid);
    if (ticks < 0)
        return;
    gint64 *started = g_new(gint64, 1);
    *started = boot + ticks / sysconf(_SC_CLK_TCK);
    g_hash_table_replace(table, g_ascii_strdown(uuid, -1), started);
}

GHashTable *process_scan(void) {
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    gint64 boot = boot_time();
    const char *pid;
    while (proc != NULL && boot >= 0 && (pid = g_dir_read_name(proc)) != NULL)
        if (g_ascii_isdigit(*pid))
            scan_one(pid, boot, table);
    return table;
}
