/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tests/screen/screen.h"

#include <signal.h>
#include <stdlib.h>

/* What tests of the console on real guests share; see tests/guests/run. */

static inline void run(const char *first, ...) {
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_autofree char *errors = NULL;
    int status = -1;
    va_list rest;
    va_start(rest, first);
    for (const char *word = first; word != NULL; word = va_arg(rest, const char *))
        g_ptr_array_add(arguments, (gpointer)word);
    va_end(rest);
    g_ptr_array_add(arguments, NULL);
    g_autoptr(GError) error = NULL;
    gboolean ran =
        g_spawn_sync(NULL, (char **)arguments->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                     NULL, NULL, NULL, &errors, &status, &error);
    if (!ran || status != 0)
        fail_msg("%s %s: %s", first, (char *)g_ptr_array_index(arguments, 1), errors);
}

static inline const char *program(void) {
    return g_getenv("INNKEEP");
}

static inline pid_t pid_in(const char *path) {
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return (pid_t)g_ascii_strtoll(text, NULL, 10);
}

static inline pid_t qemu(const char *name) {
    g_autofree char *path = g_strdup_printf("/run/libvirt/qemu/%s.pid", name);
    return pid_in(path);
}

static inline pid_t daemon_pid(void) {
    return pid_in("/run/libvirt/libvirtd.pid");
}

static inline struct screen *start(void) {
    static char state[256];
    g_snprintf(state, sizeof state, "INNKEEP_STATEDIR=%s", g_getenv("INNKEEP_STATEDIR"));
    static const char *const arguments[] = {NULL};
    const char *const environment[] = {state, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, environment);
    screen_wait(screen, "web");
    return screen;
}

static inline void select_guest(struct screen *screen, const char *name) {
    g_autofree char *wanted = g_strdup_printf("> %s ", name);
    screen_key(screen, "g");
    for (int i = 0; i < 20; i++) {
        screen_listen(screen, 150);
        if (screen_find(screen, wanted) >= 0)
            break;
        screen_key(screen, "j");
    }
    screen_wait(screen, wanted);
}

static inline void wait_state(struct screen *screen, const char *name, const char *text) {
    int row = -1;
    g_autofree char *wanted = g_strdup_printf("%-18s%s", name, text);
    screen_wait(screen, wanted);
    row = screen_find(screen, wanted);
    assert_true(row >= 3);
}
