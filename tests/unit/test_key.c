/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/key.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#define MS 1000

/* A decoder with a clock of the test's own, and what it told. */
struct bench {
    struct key_decoder *decoder;
    GString *told; /* "Up a Esc other paste(text) C-x mouse(1,2)" */
    GByteArray *bytes;
    gint64 now;
    guint fast, keys;
};

static const char *const names[] = {
    [INPUT_NONE] = "none",       [INPUT_ENTER] = "Enter",         [INPUT_TAB] = "Tab",
    [INPUT_BACKTAB] = "Backtab", [INPUT_BACKSPACE] = "Backspace", [INPUT_ESCAPE] = "Esc",
    [INPUT_UP] = "Up",           [INPUT_DOWN] = "Down",           [INPUT_LEFT] = "Left",
    [INPUT_RIGHT] = "Right",     [INPUT_HOME] = "Home",           [INPUT_END] = "End",
    [INPUT_PAGE_UP] = "PgUp",    [INPUT_PAGE_DOWN] = "PgDn",      [INPUT_INSERT] = "Insert",
    [INPUT_DELETE] = "Delete",   [INPUT_OTHER] = "other"};

static void tell(const struct input *input, gpointer data) {
    struct bench *bench = data;
    GString *told = bench->told;
    if (told->len > 0)
        g_string_append_c(told, ' ');
    if (input->code == INPUT_CHARACTER)
        g_string_append_unichar(told, input->character);
    else if (input->code == INPUT_CONTROL)
        g_string_append_printf(told, "C-%c", (char)input->character);
    else if (input->code >= INPUT_F1 && input->code <= INPUT_F12)
        g_string_append_printf(told, "F%d", (int)input->code - INPUT_F1 + 1);
    else if (input->code == INPUT_PASTE)
        g_string_append_printf(told, "paste(%s)", input->paste);
    else if (input->code == INPUT_MOUSE)
        g_string_append_printf(told, "mouse(%d:%d,%d)", (int)input->button, input->row, input->column);
    else
        g_string_append(told, names[input->code]);
    if (input->length > 0)
        g_byte_array_append(bench->bytes, input->bytes, (guint)input->length);
    bench->keys += input->code < INPUT_MOUSE;
    bench->fast += input->fast;
}

static struct bench *bench_new(void) {
    struct bench *bench = g_new0(struct bench, 1);
    bench->told = g_string_new(NULL);
    bench->bytes = g_byte_array_new();
    bench->decoder = key_decoder_new(tell, bench);
    bench->now = G_USEC_PER_SEC;
    return bench;
}

static void bench_free(struct bench *bench) {
    key_decoder_free(bench->decoder);
    g_string_free(bench->told, TRUE);
    g_byte_array_unref(bench->bytes);
    g_free(bench);
}

/* Lets time go by; the decoder is told when it asked to be. */
static void wait(struct bench *bench, gint64 time) {
    gint64 until = bench->now + time;
    for (gint64 deadline; (deadline = key_decoder_deadline(bench->decoder)) >= 0 && deadline <= until;) {
        bench->now = deadline;
        key_decoder_tick(bench->decoder, deadline);
        assert_true(key_decoder_deadline(bench->decoder) != deadline);
    }
    bench->now = until;
}

static void feed(struct bench *bench, const char *bytes, gsize length) {
    key_decoder_feed(bench->decoder, (const guint8 *)bytes, length, bench->now);
}

static void expect_whole(const char *bytes, const char *told) {
    struct bench *bench = bench_new();
    feed(bench, bytes, strlen(bytes));
    wait(bench, 5000 * MS);
    if (strcmp(bench->told->str, told) != 0)
        fail_msg("%s gave '%s', not '%s'", g_strescape(bytes, NULL), bench->told->str, told);
    bench_free(bench);
}

/* Terminfo's kf1 to kf12, kcuu1 … of ten terminals (and three more), without their ESC. */
static const struct {
    const char *terminal, *keys[12], *up, *home, *end, *insert, *delete, *page_up, *page_down;
} terminals[] = {
#define REST "[15~", "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"
    {"xterm", {"OP", "OQ", "OR", "OS", REST}, "OA", "OH", "OF", "[2~", "[3~", "[5~", "[6~"},
    {"linux",
     {"[[A", "[[B", "[[C", "[[D", "[[E", "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"},
     "[A",
     "[1~",
     "[4~",
     "[2~",
     "[3~",
     "[5~",
     "[6~"},
    {"vt100", {"OP", "OQ", "OR", "OS", "Ot", "Ou", "Ov", "Ol", "Ow", "Ox"}, "OA"},
    {"vt220",
     {"OP", "OQ", "OR", "OS", NULL, "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"},
     "[A",
     NULL,
     NULL,
     "[2~",
     "[3~",
     "[5~",
     "[6~"},
    {"rxvt", {"[11~", "[12~", "[13~", "[14~", REST}, "[A", "[7~", "[8~", "[2~", "[3~", "[5~", "[6~"},
    {"screen", {"OP", "OQ", "OR", "OS", REST}, "OA", "[1~", "[4~", "[2~", "[3~", "[5~", "[6~"},
    {"tmux", {"OP", "OQ", "OR", "OS", REST}, "OA", "[1~", "[4~", "[2~", "[3~", "[5~", "[6~"},
    {"putty", {"[11~", "[12~", "[13~", "[14~", REST}, "OA", "[1~", "[4~", "[2~", "[3~", "[5~", "[6~"},
    {"konsole", {"OP", "OQ", "OR", "OS", REST}, "OA", "OH", "OF", "[2~", "[3~", "[5~", "[6~"},
    {"st", {"OP", "OQ", "OR", "OS", REST}, "OA", "[H", "[4~", "[4h", "[P", "[5~", "[6~"},
    {"sun",
     {"[224z", "[225z", "[226z", "[227z", "[228z", "[229z", "[230z", "[231z", "[232z", "[233z", "[234z",
      "[235z"},
     "[A",
     "[214z",
     "[220z",
     "[247z",
     NULL,
     "[216z",
     "[222z"},
    {"sco", {"[M", "[N", NULL, NULL, "[Q", "[R", "[S", "[T", "[U", "[V", "[W", "[X"}, "[A", "[H", "[F"},
#undef REST
};

static void expect_key(const char *sequence, const char *told) {
    if (sequence == NULL)
        return;
    g_autofree char *bytes = g_strconcat("\033", sequence, NULL);
    expect_whole(bytes, told);
}

static void function_keys_of_many_terminals_are_known(void **state) {
    for (gsize i = 0; i < G_N_ELEMENTS(terminals); i++) {
        for (guint key = 0; key < 12; key++) {
            g_autofree char *name = g_strdup_printf("F%u", key + 1);
            expect_key(terminals[i].keys[key], name);
        }
        expect_key(terminals[i].up, "Up");
        expect_key(terminals[i].home, "Home");
        expect_key(terminals[i].end, "End");
        expect_key(terminals[i].insert, "Insert");
        expect_key(terminals[i].delete, "Delete");
        expect_key(terminals[i].page_up, "PgUp");
        expect_key(terminals[i].page_down, "PgDn");
    }
}

static void plain_keys_are_keys(void **state) {
    expect_whole("a", "a");
    expect_whole("\r", "Enter");
    expect_whole("\t", "Tab");
    expect_whole("\177", "Backspace");
    expect_whole("\x1d", "C-]");
    expect_whole("\x0c", "C-l");
    expect_whole("\xc3\xa9", "é");
    expect_whole("\033", "Esc");
}

/* The sequences that must never act on a guest, cut in two at every byte, with every delay. */
static const char *const sequences[] = {
    "\033[A",
    "\033OC",
    "\033[C",
    "\033OS",
    "\033[[E",
    "\033[15~",
    "\033[1;5C",
    "\033[3$",
    "\033[3^",
    "\033[3@",
    "\033[<0;12;7M",
    "\033[M !!",
    "\033S",
    "\033s",
    "\033N",
    "\033\303\251",
    "\033]0;Start\033\\",
    "\033]52;c;Uw==\007",
    "\033P1$r0m\033\\",
    "\033_GSN\033\\",
    "\033[?2026;2$y",
    "\033[27;5;83~",
    "\033[83;3u",
    "\033[?64;1;2c",
    "\033\033[A",
    "\033O5S",
    "\033[200~S\nD\ny\n\033[201~",
    "\0332",
    "\033[224z",
    "\033[I",
};

static gboolean has_character(const struct bench *bench) {
    g_auto(GStrv) words = g_strsplit(bench->told->str, " ", -1);
    for (char **word = words; *word != NULL; word++)
        if (g_utf8_strlen(*word, -1) == 1)
            return TRUE;
    return FALSE;
}

static void nothing_in_a_sequence_is_a_key_however_it_is_split(void **state) {
    static const gint64 delays[] = {0, 1 * MS, 10 * MS, 24 * MS, 26 * MS, 100 * MS, 500 * MS, 590 * MS};
    for (gsize i = 0; i < G_N_ELEMENTS(sequences); i++)
        for (gsize delay = 0; delay < G_N_ELEMENTS(delays); delay++)
            for (gsize cut = 1; cut <= strlen(sequences[i]); cut++) {
                struct bench *bench = bench_new();
                feed(bench, sequences[i], cut);
                wait(bench, delays[delay]);
                feed(bench, sequences[i] + cut, strlen(sequences[i]) - cut);
                wait(bench, 20000 * MS);
                if (has_character(bench))
                    fail_msg("%s cut at %zu after %d ms gave '%s'", g_strescape(sequences[i], NULL), cut,
                             (int)(delays[delay] / MS), bench->told->str);
                bench_free(bench);
            }
}

static void every_byte_of_a_sequence_may_come_late(void **state) {
    static const gint64 delays[] = {10 * MS, 30 * MS, 500 * MS};
    for (gsize i = 0; i < G_N_ELEMENTS(sequences); i++)
        for (gsize delay = 0; delay < G_N_ELEMENTS(delays); delay++) {
            struct bench *bench = bench_new();
            for (const char *at = sequences[i]; *at != '\0'; at++) {
                feed(bench, at, 1);
                wait(bench, delays[delay]);
            }
            wait(bench, 20000 * MS);
            if (has_character(bench))
                fail_msg("%s with %d ms between gave '%s'", g_strescape(sequences[i], NULL),
                         (int)(delays[delay] / MS), bench->told->str);
            bench_free(bench);
        }
}

static void a_bracket_after_esc_opens_a_sequence_at_any_time(void **state) {
    struct bench *bench = bench_new();
    feed(bench, "\033", 1);
    wait(bench, G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC);
    assert_string_equal(bench->told->str, "Esc");
    feed(bench, "[", 1);
    wait(bench, G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC);
    feed(bench, "S", 1);
    assert_string_equal(bench->told->str, "Esc other");
    feed(bench, "S", 1);
    assert_string_equal(bench->told->str, "Esc other S");
    bench_free(bench);
}

static void a_key_soon_after_esc_is_an_alt_key(void **state) {
    struct bench *bench = bench_new();
    feed(bench, "\033", 1);
    wait(bench, 550 * MS);
    feed(bench, "S", 1);
    assert_string_equal(bench->told->str, "Esc other");
    wait(bench, 10 * MS);
    feed(bench, "\033", 1);
    wait(bench, 650 * MS);
    feed(bench, "S", 1);
    assert_string_equal(bench->told->str, "Esc other Esc S");
    bench_free(bench);
}

static void a_paste_comes_as_one(void **state) {
    expect_whole("\033[200~rm -rf\nS\033[A\033[201~x", "paste(rm -rf\nS\033[A) x");
    GString *large = g_string_new("\033[200~");
    for (guint i = 0; i < 200000; i++)
        g_string_append_c(large, (char)('A' + i % 26));
    g_string_append(large, "\033[201~q");
    struct bench *bench = bench_new();
    feed(bench, large->str, large->len);
    assert_true(g_str_has_suffix(bench->told->str, ") q"));
    assert_true(bench->told->len < 70000);
    bench_free(bench);
    g_string_free(large, TRUE);
}

static void the_mouse_is_told_in_both_forms(void **state) {
    expect_whole("\033[<0;12;7M", "mouse(0:6,11)");
    expect_whole("\033[<0;12;7m", "mouse(3:6,11)");
    expect_whole("\033[<64;1;1M", "mouse(4:0,0)");
    expect_whole("\033[M ,'", "mouse(0:6,11)");
}

static void broken_utf8_means_nothing(void **state) {
    expect_whole("\303", "");
    expect_whole("\303S", "other S");
    expect_whole("\377", "other");
    expect_whole("\240", "other");
    expect_whole("\355\240\200", "other");
    expect_whole("\302\233S", "other S"); /* U+009B, a control in UTF-8 */
    expect_whole("\233S", "F7");          /* CSI of an 8-bit terminal */
}

static void a_character_may_come_in_pieces(void **state) {
    struct bench *bench = bench_new();
    feed(bench, "\360", 1);
    wait(bench, 500 * MS);
    feed(bench, "\237\230", 2);
    wait(bench, 500 * MS);
    feed(bench, "\200", 1);
    assert_string_equal(bench->told->str, "😀");
    bench_free(bench);
}

static void bursts_are_told_from_fingers(void **state) {
    struct bench *bench = bench_new();
    feed(bench, "Sy\r", 3);
    assert_int_equal(bench->fast, 3);
    wait(bench, 100 * MS);
    feed(bench, "y", 1); /* the same burst, in another read */
    assert_int_equal(bench->fast, 4);
    wait(bench, 1000 * MS);
    feed(bench, "S", 1);
    wait(bench, 200 * MS);
    feed(bench, "y", 1);
    assert_int_equal(bench->fast, 4);
    wait(bench, 1000 * MS);
    for (guint i = 0; i < 20; i++) { /* a slow line's paste, without brackets */
        feed(bench, &"ab"[i % 2], 1);
        wait(bench, 4 * MS);
    }
    assert_int_equal(bench->fast, 23);
    bench_free(bench);
}

static void a_held_key_is_no_decision(void **state) {
    struct bench *bench = bench_new();
    feed(bench, "N", 1);
    wait(bench, 500 * MS);
    for (guint i = 0; i < 10; i++) {
        feed(bench, "N", 1);
        wait(bench, 33 * MS);
    }
    assert_int_equal(bench->keys - bench->fast, 2);
    bench_free(bench);
}

static void typing_is_not_fast(void **state) {
    struct bench *bench = bench_new();
    for (const char *at = "the quick brown fox"; *at != '\0'; at++) {
        feed(bench, at, 1);
        wait(bench, 90 * MS);
    }
    assert_int_equal(bench->fast, 0);
    bench_free(bench);
}

static void a_key_carries_its_bytes(void **state) {
    struct bench *bench = bench_new();
    static const char typed[] = "a\033[1;5C\303\251\033x\t";
    feed(bench, typed, strlen(typed));
    feed(bench, "\033", 1);
    wait(bench, 100 * MS);
    feed(bench, "[A", 2); /* Esc was told; its tail follows */
    g_autofree char *sent = g_strndup((const char *)bench->bytes->data, bench->bytes->len);
    assert_string_equal(sent, "a\033[1;5C\303\251\033x\t\033[A");
    bench_free(bench);
}

/* Garbage: no crash, no endless deadline, and after a quiet time a key is a key again. */
static void garbage_is_survived(void **state) {
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    static const char likely[] = "\033\033[]OP_^X;?<$0123456789~MmABCDS\007\\\220\233\302\303\377";
    for (guint run = 0; run < 3000; run++) {
        struct bench *bench = bench_new();
        for (guint part = 0; part < 8; part++) {
            char bytes[96];
            gsize length = (gsize)g_rand_int_range(random, 0, sizeof(bytes));
            for (gsize i = 0; i < length; i++)
                bytes[i] = g_rand_boolean(random) ? likely[g_rand_int_range(random, 0, sizeof(likely) - 1)]
                                                  : (char)g_rand_int_range(random, 0, 256);
            feed(bench, bytes, length);
            wait(bench, g_rand_int_range(random, 0, 1500) * MS);
        }
        wait(bench, 20000 * MS);
        feed(bench, "\030\030", 2); /* at most a sequence without its end is open */
        wait(bench, 20000 * MS);
        g_string_truncate(bench->told, 0);
        feed(bench, "x", 1);
        assert_string_equal(bench->told->str, "x");
        bench_free(bench);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(function_keys_of_many_terminals_are_known),
        cmocka_unit_test(plain_keys_are_keys),
        cmocka_unit_test(nothing_in_a_sequence_is_a_key_however_it_is_split),
        cmocka_unit_test(every_byte_of_a_sequence_may_come_late),
        cmocka_unit_test(a_bracket_after_esc_opens_a_sequence_at_any_time),
        cmocka_unit_test(a_key_soon_after_esc_is_an_alt_key),
        cmocka_unit_test(a_paste_comes_as_one),
        cmocka_unit_test(the_mouse_is_told_in_both_forms),
        cmocka_unit_test(broken_utf8_means_nothing),
        cmocka_unit_test(a_character_may_come_in_pieces),
        cmocka_unit_test(bursts_are_told_from_fingers),
        cmocka_unit_test(a_held_key_is_no_decision),
        cmocka_unit_test(typing_is_not_fast),
        cmocka_unit_test(a_key_carries_its_bytes),
        cmocka_unit_test(garbage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
