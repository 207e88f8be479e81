/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/columns.h"

#include <stdio.h>
#include <string.h>

#include "config/units.h"

#define MARGIN 2 /* selection and mark */
#define GAP    1

/* "shutting down" is the widest word; a narrow column takes a shorter one. */
#define STATE_WIDE 13

static int compare_numbers(double a, double b) {
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a < b) - (a > b); /* the largest first */
}

static int compare_sizes(guint64 a, guint64 b) {
    if (a == UNKNOWN_SIZE || b == UNKNOWN_SIZE)
        return (a == UNKNOWN_SIZE) - (b == UNKNOWN_SIZE);
    return (a < b) - (a > b);
}

static int compare_words(const char *a, const char *b) {
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    return g_ascii_strcasecmp(a, b);
}

static gboolean running(const struct guest *guest) {
    return guest_state_active(guest->state);
}

static char *size_text(guint64 size) {
    return size == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(size);
}

static char *rates_text(const struct guest *guest, double a, double b) {
    if (!running(guest) || !guest->responding)
        return g_strdup("-");
    g_autofree char *first = isnan(a) ? g_strdup("-") : units_format_size((guint64)a);
    g_autofree char *second = isnan(b) ? g_strdup("-") : units_format_size((guint64)b);
    return g_strdup_printf("%s/%s", first, second);
}

static int name_compare(const struct guest *a, const struct guest *b) {
    return g_ascii_strcasecmp(a->name, b->name);
}

static char *name_text(const struct guest *guest, int width) {
    return g_strdup(guest->name);
}

/* What needs a look first: no answer, crashed or stopped by a disk, then running, then the rest. */
static int state_rank(const struct guest *guest) {
    static const int ranks[GUEST_STATE_COUNT] = {
        [GUEST_CRASHED] = 1,     [GUEST_RUNNING] = 2, [GUEST_SHUTTING_DOWN] = 3, [GUEST_PAUSED] = 4,
        [GUEST_PMSUSPENDED] = 5, [GUEST_SAVED] = 6,   [GUEST_SHUT_OFF] = 7};
    return running(guest) && !guest->responding ? 0 : guest->trouble != NULL ? 1 : ranks[guest->state];
}

static int state_compare(const struct guest *a, const struct guest *b) {
    return state_rank(a) - state_rank(b);
}

static char *state_text(const struct guest *guest, int width) {
    const char *word = guest_state_screen(guest->state);
    if (guest->going_down)
        word = "going down";
    else if (running(guest) && !guest->responding)
        word = "no answer";
    else if (guest->trouble != NULL)
        word = "disk error";
    else if (guest->frozen)
        word = "frozen";
    else if (guest->state == GUEST_SHUTTING_DOWN && width < STATE_WIDE)
        word = "stopping";
    return g_strdup(word);
}

static enum style state_style(const struct guest *guest) {
    static const enum style styles[GUEST_STATE_COUNT] = {
        [GUEST_RUNNING] = STYLE_RUNNING,       [GUEST_PAUSED] = STYLE_WARNING,
        [GUEST_SHUTTING_DOWN] = STYLE_WARNING, [GUEST_SHUT_OFF] = STYLE_OFF,
        [GUEST_CRASHED] = STYLE_ERROR,         [GUEST_SAVED] = STYLE_OFF,
        [GUEST_PMSUSPENDED] = STYLE_WARNING};
    return (running(guest) && !guest->responding) || guest->trouble != NULL ? STYLE_ERROR
                                                                            : styles[guest->state];
}

static double cpu_of(const struct guest *guest) {
    return running(guest) && guest->responding ? guest->cpu_percent : (double)NAN;
}

static int cpu_compare(const struct guest *a, const struct guest *b) {
    /* as it is shown: what looks the same stays in the order of names */
    return compare_numbers(round(cpu_of(a) * 10), round(cpu_of(b) * 10));
}

static char *cpu_text(const struct guest *guest, int width) {
    double cpu = cpu_of(guest);
    return isnan(cpu) ? g_strdup("-") : g_strdup_printf("%.1f", cpu);
}

static void minute_draw(struct canvas *canvas, int row, int column, int width, enum style style,
                        const struct guest *guest) {
    if (running(guest))
        draw_sparkline(canvas, row, column, width, style, &guest->cpu_history, 100);
    else
        draw_fit(canvas, row, column, width, style, FALSE, "-");
}

static guint64 memory_of(const struct guest *guest) {
    return running(guest) && guest->responding ? guest->memory_used : UNKNOWN_SIZE;
}

static int memory_compare(const struct guest *a, const struct guest *b) {
    return compare_sizes(memory_of(a), memory_of(b));
}

#define MEMORY_SPARKLINE 3

/* What QEMU holds, where the guest tells nothing: marked, and without a history that would compare the two.
 */
static gboolean by_rss(const struct guest *guest) {
    return guest->memory_source == MEMORY_RSS && memory_of(guest) != UNKNOWN_SIZE;
}

static char *memory_text(const struct guest *guest, int width) {
    g_autofree char *used = size_text(memory_of(guest));
    g_autofree char *most = size_text(guest->memory_max);
    return by_rss(guest) ? g_strdup_printf("~%s/%s", used, most) : g_strdup_printf("%4s/%s", used, most);
}

static void memory_draw(struct canvas *canvas, int row, int column, int width, enum style style,
                        const struct guest *guest) {
    g_autofree char *text = memory_text(guest, width);
    int numbers = by_rss(guest) ? width : width - MEMORY_SPARKLINE - 1;
    draw_fit(canvas, row, column, width, style, FALSE, "");
    draw_text(canvas, row, column, numbers, style, text);
    if (memory_of(guest) != UNKNOWN_SIZE && !by_rss(guest))
        draw_sparkline(canvas, row, column + numbers + 1, MEMORY_SPARKLINE, style, &guest->memory_history,
                       100);
}

/* IPv4 addresses by number, others by text. */
static int address_compare(const struct guest *a, const struct guest *b) {
    const char *first = guest_address(a), *second = guest_address(b);
    guint left[4], right[4];
    if (first == NULL || second == NULL)
        return compare_words(first, second);
    if (sscanf(first, "%3u.%3u.%3u.%3u", &left[0], &left[1], &left[2], &left[3]) == 4 &&
        sscanf(second, "%3u.%3u.%3u.%3u", &right[0], &right[1], &right[2], &right[3]) == 4) {
        for (gsize i = 0; i < 4; i++)
            if (left[i] != right[i])
                return left[i] < right[i] ? -1 : 1;
        return 0;
    }
    return strcmp(first, second);
}

static char *address_text(const struct guest *guest, int width) {
    const char *address = guest_address(guest);
    return g_strdup(address == NULL ? "" : address);
}

static int disk_compare(const struct guest *a, const struct guest *b) {
    return compare_numbers(a->read_rate + a->write_rate, b->read_rate + b->write_rate);
}

static char *disk_text(const struct guest *guest, int width) {
    return rates_text(guest, guest->read_rate, guest->write_rate);
}

static int net_compare(const struct guest *a, const struct guest *b) {
    return compare_numbers(a->rx_rate + a->tx_rate, b->rx_rate + b->tx_rate);
}

static char *net_text(const struct guest *guest, int width) {
    return rates_text(guest, guest->rx_rate, guest->tx_rate);
}

static int uptime_compare(const struct guest *a, const struct guest *b) {
    return compare_numbers(a->uptime_s < 0 ? (double)NAN : (double)a->uptime_s,
                           b->uptime_s < 0 ? (double)NAN : (double)b->uptime_s);
}

static char *uptime_text(const struct guest *guest, int width) {
    return guest->uptime_s < 0 ? g_strdup("-") : units_format_duration((guint64)guest->uptime_s);
}

static int role_compare(const struct guest *a, const struct guest *b) {
    return compare_words(a->facts->role, b->facts->role);
}

static char *role_text(const struct guest *guest, int width) {
    return g_strdup(guest->facts->role);
}

static int service_compare(const struct guest *a, const struct guest *b) {
    return compare_words(a->facts->service, b->facts->service);
}

static char *service_text(const struct guest *guest, int width) {
    return g_strdup(guest->facts->service);
}

static int tags_compare(const struct guest *a, const struct guest *b) {
    return compare_words(a->facts->tags[0], b->facts->tags[0]);
}

static char *tags_text(const struct guest *guest, int width) {
    return g_strjoinv(",", guest->facts->tags);
}

const struct column columns[] = {
    {"name", "NAME", 16, 32, FALSE, 0, name_compare, name_text, NULL, NULL},
    {"state", "STATE", 10, STATE_WIDE, FALSE, 1, state_compare, state_text, state_style, NULL},
    {"cpu", "CPU%", 5, 5, TRUE, 2, cpu_compare, cpu_text, NULL, NULL},
    {"minute", "LAST MINUTE", 12, 20, FALSE, 5, cpu_compare, NULL, NULL, minute_draw},
    {"memory", "MEMORY", 14, 14, FALSE, 3, memory_compare, memory_text, NULL, memory_draw},
    {"address", "ADDRESS", 15, 22, FALSE, 4, address_compare, address_text, NULL, NULL},
    {"disk", "DISK R/W", 11, 13, FALSE, 6, disk_compare, disk_text, NULL, NULL},
    {"net", "NET IN/OUT", 11, 13, FALSE, 7, net_compare, net_text, NULL, NULL},
    {"uptime", "UPTIME", 8, 8, FALSE, 8, uptime_compare, uptime_text, NULL, NULL},
    {"service", "SERVICE", 10, 14, FALSE, 9, service_compare, service_text, NULL, NULL},
    {"role", "ROLE", 10, 12, FALSE, 10, role_compare, role_text, NULL, NULL},
    {"tags", "TAGS", 10, 24, FALSE, 11, tags_compare, tags_text, NULL, NULL},
};
const guint columns_count = G_N_ELEMENTS(columns);

const struct column *column_by_name(const char *name) {
    for (guint i = 0; i < columns_count; i++)
        if (g_ascii_strcasecmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

static int used(GArray *places) {
    int sum = MARGIN;
    for (guint i = 0; i < places->len; i++)
        sum += g_array_index(places, struct column_place, i).width + (i > 0 ? GAP : 0);
    return sum;
}

/* Leaves out the least important columns until the rest fits. */
static void leave_out(GArray *places, int total) {
    while (places->len > 1 && used(places) > total) {
        guint worst = 0;
        for (guint i = 1; i < places->len; i++)
            if (g_array_index(places, struct column_place, i).column->rank >
                g_array_index(places, struct column_place, worst).column->rank)
                worst = i;
        g_array_remove_index(places, worst);
    }
}

/* What is left goes round, a column each, to those that take more. */
static void widen(GArray *places, int total) {
    for (gboolean grew = TRUE; grew && used(places) < total;) {
        grew = FALSE;
        for (guint i = 0; i < places->len && used(places) < total; i++) {
            struct column_place *place = &g_array_index(places, struct column_place, i);
            if (place->width < place->column->widest) {
                place->width++;
                grew = TRUE;
            }
        }
    }
}

GArray *columns_layout(const char *const *names, int total) {
    GArray *places = g_array_new(FALSE, TRUE, sizeof(struct column_place));
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        const struct column *column = column_by_name(names[i]);
        struct column_place place = {column, 0, column == NULL ? 0 : column->width};
        if (column != NULL)
            g_array_append_val(places, place);
    }
    gboolean chosen = places->len > 0;
    for (guint i = 0; !chosen && i < columns_count; i++) {
        struct column_place place = {&columns[i], 0, columns[i].width};
        g_array_append_val(places, place);
    }
    leave_out(places, total);
    widen(places, total);
    int at = MARGIN;
    for (guint i = 0; i < places->len; i++) {
        struct column_place *place = &g_array_index(places, struct column_place, i);
        place->at = at;
        at += place->width + GAP;
    }
    return places;
}

int columns_compare(const struct column *column, gboolean inverted, const struct guest *a,
                    const struct guest *b) {
    int order = column->compare(a, b);
    if (inverted)
        order = -order;
    if (order == 0)
        order = name_compare(a, b);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->uuid, b->uuid);
}
