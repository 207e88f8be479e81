/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/messages.h"

#define KEPT 500
/* A key this soon after a line came was pressed before it could be read. */
#define READING_TIME (700 * G_TIME_SPAN_MILLISECOND)

struct message {
    enum message_kind kind;
    char *text;
    gint64 when;
};

struct messages {
    GPtrArray *all;
    guint fresh; /* the newest ones, still on the screen */
};

static void free_message(gpointer data) {
    struct message *message = data;
    g_free(message->text);
    g_free(message);
}

struct messages *messages_new(void) {
    struct messages *messages = g_new0(struct messages, 1);
    messages->all = g_ptr_array_new_with_free_func(free_message);
    return messages;
}

void messages_free(struct messages *messages) {
    if (messages == NULL)
        return;
    g_ptr_array_unref(messages->all);
    g_free(messages);
}

void messages_add(struct messages *messages, enum message_kind kind, const char *text) {
    struct message *message = g_new0(struct message, 1);
    message->kind = kind;
    message->text = g_strdup(text);
    message->when = g_get_monotonic_time();
    g_ptr_array_add(messages->all, message);
    messages->fresh++;
    if (messages->all->len > KEPT)
        g_ptr_array_remove_index(messages->all, 0);
    messages->fresh = MIN(messages->fresh, messages->all->len);
}

void messages_key(struct messages *messages) {
    gint64 before = g_get_monotonic_time() - READING_TIME;
    while (messages->fresh > 0) {
        const struct message *oldest = g_ptr_array_index(messages->all, messages->all->len - messages->fresh);
        if (oldest->when > before)
            break;
        messages->fresh--;
    }
}

int messages_lines(const struct messages *messages, int limit) {
    return CLAMP((int)messages->fresh, 0, limit);
}

guint messages_count(const struct messages *messages) {
    return messages->all->len;
}

enum message_kind messages_kind(const struct messages *messages, guint index) {
    return ((const struct message *)g_ptr_array_index(messages->all, index))->kind;
}

const char *messages_text(const struct messages *messages, guint index) {
    return ((const struct message *)g_ptr_array_index(messages->all, index))->text;
}

static void draw_one(const struct messages *messages, guint index, struct canvas *canvas, int row, int column,
                     int columns) {
    static const struct {
        const char *sign;
        enum style style;
    } looks[] = {[MESSAGE_NOTE] = {"", STYLE_NORMAL},
                 [MESSAGE_DONE] = {"", STYLE_GOOD},
                 [MESSAGE_ERROR] = {"! ", STYLE_ERROR}};
    const struct message *message = g_ptr_array_index(messages->all, index);
    draw_format(canvas, row, column, columns, looks[message->kind].style, "%s%s", looks[message->kind].sign,
                message->text);
}

void messages_draw(const struct messages *messages, struct canvas *canvas, struct area area) {
    guint lines = MIN((guint)area.rows, messages->fresh);
    for (guint i = 0; i < lines; i++)
        draw_one(messages, messages->all->len - lines + i, canvas, area.row + (int)i, area.column,
                 area.columns);
}
