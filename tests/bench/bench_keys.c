/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a key takes to the screen: of the console in front of so many guests, while jobs run and one guest
 * hangs, and of htop in the same pseudo-terminal in the same run. No test: it prints, and fails only when it
 * cannot measure. */

#define KEYS       300
#define SPACING_MS 40 /* between two keys: a fast finger; a burst would be taken for a paste */

static int by_value(const void *a, const void *b) {
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static double quantile(const double *sorted, int count, double share) {
    return sorted[MIN(count - 1, (int)(share * count))];
}

/* Milliseconds from a key to the first byte of its answer; the screen was quiet before. */
static double answer_to(struct screen *screen, const char *key) {
    gsize before = screen_bytes(screen);
    gint64 began = g_get_monotonic_time();
    screen_send(screen, key, strlen(key));
    while (screen_bytes(screen) == before && g_get_monotonic_time() - began < G_USEC_PER_SEC)
        screen_listen(screen, 1);
    return (double)(g_get_monotonic_time() - began) / 1000;
}

static void print_row(const char *what, double *times, double *p99) {
    qsort(times, KEYS, sizeof *times, by_value);
    *p99 = quantile(times, KEYS, 0.99);
    printf("%-46s median %6.2f ms   p99 %6.2f ms   max %6.2f ms\n", what, quantile(times, KEYS, 0.5), *p99,
           times[KEYS - 1]);
    fflush(stdout);
}

/* Keys to both in turn, so that both bear the same load; the ratio of the 99th percentiles. */
static void measure(const char *what, struct screen *screen, const char *one, const char *two,
                    struct screen *htop) {
    static double ours[KEYS], theirs[KEYS];
    double p99 = 0, htop_p99 = 0;
    for (int i = 0; i < KEYS; i++) {
        screen_listen(screen, SPACING_MS / 2);
        screen_listen(htop, SPACING_MS / 2);
        ours[i] = answer_to(screen, i % 2 == 0 ? one : two);
        theirs[i] = answer_to(htop, i / 8 % 2 == 0 ? SCREEN_DOWN : SCREEN_UP);
    }
    print_row(what, ours, &p99);
    print_row("  htop beside it", theirs, &htop_p99);
    printf("  p99 %s 16 ms; p99 to htop's %.2f, goal 1.2\n", p99 <= 16 ? "within" : "over", p99 / htop_p99);
}

static char *number_name(guint index) {
    return g_strdup_printf("guest-%04u", index);
}

static struct screen *start_htop(void) {
    static const char *const none[] = {NULL};
    g_autofree char *program = g_strdup(g_getenv("INNKEEP"));
    g_setenv("INNKEEP", "/usr/bin/htop", TRUE);
    struct screen *screen = screen_start(none, 24, 80, NULL);
    g_setenv("INNKEEP", program, TRUE);
    screen_wait(screen, "PID");
    return screen;
}

/* The console on this namespace's host; two guests are made meanwhile. */
static void on_host(struct screen *htop) {
    static char state[256];
    g_snprintf(state, sizeof state, "INNKEEP_STATEDIR=%s", g_getenv("INNKEEP_STATEDIR"));
    const char *const none[] = {NULL}, *const environment[] = {state, NULL};
    struct screen *screen = screen_start(none, 24, 80, environment);
    screen_wait(screen, "running");
    screen_key(screen, "N");
    screen_listen(screen, 200);
    screen_key(screen, "N");
    measure("50 guests, 20 running, one hung, jobs", screen, "G", "g", htop);
    screen_free(screen);
}

static void on_thousand(struct screen *htop) {
    g_autofree char *uri = screen_host(1000, number_name);
    const char *const arguments[] = {"-c", uri, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "guest-0000");
    measure("1,000 guests, from end to end", screen, "G", "g", htop);
    measure("1,000 guests, inverting the order", screen, "I", "I", htop);
    screen_free(screen);
}

int main(int count, char **words) {
    struct screen *htop = start_htop();
    if (count > 1 && strcmp(words[1], "--host") == 0)
        on_host(htop);
    on_thousand(htop);
    screen_free(htop);
    return 0;
}
