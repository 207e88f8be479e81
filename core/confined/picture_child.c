/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/picture.h"

#include <string.h>
#include <unistd.h>

#include "core/confined/confine.h"
#include "core/confined/picture_protocol.h"

/* The file that is being heard. */
struct file {
    struct picture_begin asked;
    guint8 *bytes; /* asked.length of them */
    gsize heard;
};

static void say_parts(int output, const void *bytes, gsize length) {
    for (gsize at = 0; at < length; at += PICTURE_PART_MAX)
        message_say(output, PICTURE_PART, (const guint8 *)bytes + at, MIN(PICTURE_PART_MAX, length - at),
                    NULL, 0);
}

static void say_text(int output, struct picture_facts *facts, const struct text_screen *text) {
    facts->is_text = TRUE;
    facts->columns = text->columns;
    facts->rows = text->rows;
    facts->cursor = (guint32)text->cursor;
    facts->cursor_column = text->cursor_column;
    facts->cursor_row = text->cursor_row;
    message_say(output, PICTURE_FACTS, facts, sizeof *facts, NULL, 0);
    say_parts(output, text->cells, (gsize)text->columns * text->rows * sizeof *text->cells);
}

static void say_pixels(int output, struct picture_facts *facts, const struct pixels *pixels) {
    facts->columns = pixels->width;
    facts->rows = pixels->height;
    message_say(output, PICTURE_FACTS, facts, sizeof *facts, NULL, 0);
    say_parts(output, pixels->rgb, (gsize)pixels->width * pixels->height * 3);
}

static void answer(int output, struct file *file) {
    struct pixels pixels = {0};
    struct text_screen text = {0};
    const struct picture_begin *asked = &file->asked;
    struct picture_facts facts = {.serial = asked->serial};
    facts.fault = pixels_read(file->bytes, file->heard, &pixels);
    g_clear_pointer(&file->bytes, g_free);
    facts.width = pixels.width;
    facts.height = pixels.height;
    if (facts.fault != PIXELS_FINE) {
        message_say(output, PICTURE_FACTS, &facts, sizeof facts, NULL, 0);
    } else if (asked->text != 0 && text_screen_read(&pixels, &text)) {
        say_text(output, &facts, &text);
    } else if (asked->width == 0 || asked->height == 0) {
        say_pixels(output, &facts, &pixels);
    } else {
        struct pixels fit = pixels_fit(&pixels, asked->width, asked->height);
        say_pixels(output, &facts, &fit);
        pixels_clear(&fit);
    }
    text_screen_clear(&text);
    pixels_clear(&pixels);
}

static void begin(struct file *file, const guint8 *bytes, gsize length) {
    g_clear_pointer(&file->bytes, g_free);
    file->heard = 0;
    if (length != sizeof file->asked)
        _exit(CHILD_EXIT_BROKEN);
    memcpy(&file->asked, bytes, length);
    if (file->asked.length > PIXELS_FILE_MAX)
        _exit(CHILD_EXIT_BROKEN);
    file->bytes = g_malloc(MAX(file->asked.length, 1));
}

_Noreturn void picture_child_main(int input, int output) {
    static guint8 bytes[PICTURE_PART_MAX];
    struct file file = {0};
    const char *why = NULL;
    text_screen_prepare();
    if (!confine(&why))
        _exit(CHILD_EXIT_UNCONFINED);
    for (;;) {
        struct message_header header = message_hear(input, bytes, sizeof bytes);
        if (header.kind == PICTURE_BEGIN) {
            begin(&file, bytes, header.length);
        } else if (header.kind == PICTURE_BYTES && file.bytes != NULL) {
            gsize length = MIN(header.length, file.asked.length - file.heard);
            memcpy(file.bytes + file.heard, bytes, length);
            file.heard += length;
        }
        if (file.bytes != NULL && file.heard == file.asked.length)
            answer(output, &file);
    }
}
