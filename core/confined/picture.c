/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/picture.h"

#include <string.h>

#include "core/base/text.h"
#include "core/confined/picture_protocol.h"
#include "core/confined/process.h"

/* Of the smallest cells. */
#define CELLS_MAX (PIXELS_MAX / 64)

struct picture {
    const struct picture_events *events;
    gpointer data;
    struct confined *confined;
    guint32 serial;      /* of what was asked last */
    guint width, height; /* its box; 0: none */
    gboolean text, answered;
    struct picture_seen seen; /* being heard */
    guint8 *parts;            /* its cells or pixels; NULL: nothing is being heard */
    gsize parts_length, heard;
    gboolean stale; /* what is heard is of a reading that was given up */
};

static void forget_parts(struct picture *picture) {
    g_clear_pointer(&picture->parts, g_free);
    picture->parts_length = picture->heard = 0;
}

/* A cell as the child says it, brought within bounds. */
static void check_cell(struct text_cell *cell) {
    if (!g_unichar_validate(cell->character) || !text_drawable(cell->character) ||
        text_character_columns(cell->character) != 1)
        cell->character = '?';
    cell->foreground &= 15;
    cell->background &= 15;
}

/* May free the picture. */
static gboolean tell(struct picture *picture) {
    struct picture_seen seen = picture->seen;
    guint8 *parts = g_steal_pointer(&picture->parts);
    forget_parts(picture);
    if (seen.is_text) {
        seen.text.cells = (struct text_cell *)(gpointer)parts;
        for (guint i = 0; i < seen.text.columns * seen.text.rows; i++)
            check_cell(&seen.text.cells[i]);
    } else {
        seen.pixels.rgb = parts;
    }
    if (!picture->stale && !picture->answered) {
        picture->answered = TRUE;
        picture->events->seen(picture, &seen, picture->data);
    }
    g_free(parts);
    return TRUE;
}

static const char *const faults[] = {[PIXELS_UNKNOWN] = "it is neither PNG nor PPM",
                                     [PIXELS_BROKEN] = "it makes no sense",
                                     [PIXELS_TOO_LARGE] = "it is larger than innkeep reads"};

/* May free the picture. */
static gboolean take_fault(struct picture *picture, guint32 fault) {
    if (fault >= G_N_ELEMENTS(faults))
        return FALSE;
    if (!picture->stale && !picture->answered) {
        picture->answered = TRUE;
        picture->events->unreadable(picture, faults[fault], picture->data);
    }
    return TRUE;
}

static gboolean size_possible(const struct picture *picture, const struct picture_facts *facts) {
    guint64 cells = (guint64)facts->columns * facts->rows;
    if (facts->width == 0 || facts->height == 0 || facts->width > PIXELS_SIDE_MAX ||
        facts->height > PIXELS_SIDE_MAX || facts->columns == 0 || facts->rows == 0)
        return FALSE;
    if (facts->is_text)
        return facts->columns <= TEXT_COLUMNS_MAX && facts->rows <= TEXT_ROWS_MAX && cells <= CELLS_MAX &&
               facts->cursor_column < facts->columns && facts->cursor_row < facts->rows;
    /* Of a reading that was given up the box is not known any more. */
    gboolean boxed = !picture->stale && picture->width != 0 && picture->height != 0;
    return facts->columns <= (boxed ? picture->width : PIXELS_SIDE_MAX) &&
           facts->rows <= (boxed ? picture->height : PIXELS_SIDE_MAX) && cells <= PIXELS_MAX;
}

static gboolean take_facts(struct picture *picture, const guint8 *bytes, gsize length) {
    struct picture_facts facts;
    if (length != sizeof facts || picture->parts != NULL)
        return FALSE;
    memcpy(&facts, bytes, sizeof facts);
    picture->stale = facts.serial != picture->serial;
    if (facts.fault != PIXELS_FINE)
        return take_fault(picture, facts.fault);
    if (!size_possible(picture, &facts) || (facts.is_text != 0 && !picture->stale && !picture->text))
        return FALSE;
    gsize cell = facts.is_text != 0 ? sizeof(struct text_cell) : 3;
    picture->seen =
        (struct picture_seen){.width = facts.width, .height = facts.height, .is_text = facts.is_text != 0};
    if (facts.is_text != 0)
        picture->seen.text = (struct text_screen){.columns = facts.columns,
                                                  .rows = facts.rows,
                                                  .cursor = facts.cursor != 0,
                                                  .cursor_column = facts.cursor_column,
                                                  .cursor_row = facts.cursor_row};
    else
        picture->seen.pixels = (struct pixels){facts.columns, facts.rows, NULL};
    picture->parts_length = (gsize)facts.columns * facts.rows * cell;
    picture->parts = g_malloc(picture->parts_length);
    return TRUE;
}

static gboolean take_part(struct picture *picture, const guint8 *bytes, gsize length) {
    if (picture->parts == NULL || length > picture->parts_length - picture->heard)
        return FALSE;
    memcpy(picture->parts + picture->heard, bytes, length);
    picture->heard += length;
    return picture->heard < picture->parts_length || tell(picture);
}

static gboolean on_message(guint32 kind, const guint8 *bytes, gsize length, gpointer data) {
    if (kind == PICTURE_FACTS)
        return take_facts(data, bytes, length);
    return kind == PICTURE_PART && take_part(data, bytes, length);
}

static void on_died(const char *why, gpointer data) {
    struct picture *picture = data;
    picture->events->died(picture, why, picture->data);
}

static const struct confined_events confined_events = {on_message, on_died};
static const struct confined_kind kind = {PICTURE_CHILD_ROLE, "picture's decoder", PICTURE_PART_MAX};

struct picture *picture_new(const struct picture_events *events, gpointer data, GError **error) {
    struct picture *picture = g_new0(struct picture, 1);
    picture->events = events;
    picture->data = data;
    picture->answered = TRUE;
    picture->confined = confined_start(&kind, &confined_events, picture, error);
    if (picture->confined == NULL)
        g_clear_pointer(&picture, g_free);
    return picture;
}

void picture_read(struct picture *picture, GBytes *file, guint width, guint height, gboolean text) {
    gsize length = 0;
    const guint8 *bytes = g_bytes_get_data(file, &length);
    length = MIN(length, PIXELS_FILE_MAX);
    struct picture_begin begin = {++picture->serial, (guint32)length, width, height, (guint32)text};
    picture->width = width;
    picture->height = height;
    picture->text = text;
    picture->answered = FALSE;
    confined_send(picture->confined, PICTURE_BEGIN, &begin, sizeof begin);
    for (gsize at = 0; at < length; at += PICTURE_PART_MAX)
        confined_send(picture->confined, PICTURE_BYTES, bytes + at, MIN(PICTURE_PART_MAX, length - at));
}

void picture_free(struct picture *picture) {
    if (picture == NULL)
        return;
    confined_free(picture->confined);
    forget_parts(picture);
    g_free(picture);
}
