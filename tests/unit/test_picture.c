/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/picture.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* What the child answered, waited for with a limit. */
struct heard {
    guint seen, unreadable, died;
    guint width, height, columns, rows;
    gboolean is_text;
    char *why;
};

static void on_seen(struct picture *picture, const struct picture_seen *seen, gpointer data) {
    struct heard *heard = data;
    heard->seen++;
    heard->width = seen->width;
    heard->height = seen->height;
    heard->is_text = seen->is_text;
    heard->columns = seen->is_text ? seen->text.columns : seen->pixels.width;
    heard->rows = seen->is_text ? seen->text.rows : seen->pixels.height;
}

static void on_unreadable(struct picture *picture, const char *why, gpointer data) {
    struct heard *heard = data;
    heard->unreadable++;
    g_free(heard->why);
    heard->why = g_strdup(why);
}

static void on_died(struct picture *picture, const char *why, gpointer data) {
    ((struct heard *)data)->died++;
}

static const struct picture_events events = {on_seen, on_unreadable, on_died};

static gboolean set_true(gpointer data) {
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

static void wait_for(const guint *count, guint wanted) {
    gboolean late = FALSE;
    guint source = g_timeout_add_seconds(30, set_true, &late);
    while (*count < wanted && !late)
        g_main_context_iteration(NULL, TRUE);
    assert_false(late);
    g_source_remove(source);
}

static GBytes *ppm(guint width, guint height) {
    g_autofree char *head = g_strdup_printf("P6 %u %u 255\n", width, height);
    GByteArray *file = g_byte_array_new();
    g_byte_array_append(file, (const guint8 *)head, (guint)strlen(head));
    for (guint i = 0; i < width * height; i++) {
        const guint8 pixel[3] = {(guint8)i, (guint8)(i >> 8), 77};
        g_byte_array_append(file, pixel, sizeof pixel);
    }
    return g_byte_array_free_to_bytes(file);
}

static void pictures_are_read_one_after_the_other_and_the_last_one_counts(void **state) {
    struct heard heard = {0};
    struct picture *picture = picture_new(&events, &heard, NULL);
    g_autoptr(GBytes) large = ppm(1600, 1200), small = ppm(300, 200);
    assert_non_null(picture);
    picture_read(picture, large, 80, 48, TRUE);
    wait_for(&heard.seen, 1);
    assert_false(heard.is_text);
    assert_int_equal(heard.width, 1600);
    assert_int_equal(heard.columns, 64);
    assert_int_equal(heard.rows, 48);
    picture_read(picture, large, 0, 0, TRUE);
    picture_read(picture, small, 0, 0, TRUE);
    wait_for(&heard.seen, 2);
    assert_int_equal(heard.columns, 300);
    assert_int_equal(heard.rows, 200);
    assert_int_equal(heard.unreadable + heard.died, 0);
    picture_free(picture);
}

static void rubbish_is_told_and_the_next_one_is_read(void **state) {
    struct heard heard = {0};
    struct picture *picture = picture_new(&events, &heard, NULL);
    g_autoptr(GBytes) rubbish = g_bytes_new_static("P6 99 99 255\nshort", 18), fine = ppm(10, 10);
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    assert_non_null(picture);
    picture_read(picture, rubbish, 80, 48, TRUE);
    wait_for(&heard.unreadable, 1);
    assert_string_equal(heard.why, "it makes no sense");
    picture_read(picture, nothing, 80, 48, TRUE);
    wait_for(&heard.unreadable, 2);
    picture_read(picture, fine, 80, 48, TRUE);
    wait_for(&heard.seen, 1);
    g_free(heard.why);
    picture_free(picture);
}

int main(int count, char **words) {
    if (count > 1 && strcmp(words[1], PICTURE_CHILD_ROLE) == 0)
        picture_child_main(STDIN_FILENO, STDOUT_FILENO);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_read_one_after_the_other_and_the_last_one_counts),
        cmocka_unit_test(rubbish_is_told_and_the_next_one_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
