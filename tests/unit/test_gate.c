/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/gate.h"

#include <string.h>

#include "tests/unit/unit.h"

/* What passes must be the same however the bytes are cut. */
static void expect(const char *raw, gsize length, const char *passed) {
    for (gsize piece = 1; piece <= length; piece++) {
        struct gate *gate = gate_new();
        g_autoptr(GByteArray) out = g_byte_array_new();
        for (gsize at = 0; at < length; at += piece)
            gate_pass(gate, (const guint8 *)raw + at, MIN(piece, length - at), out);
        g_byte_array_append(out, (const guint8 *)"", 1);
        assert_string_equal((const char *)out->data, passed);
        gate_free(gate);
    }
}

#define EXPECT(raw, passed) expect(raw, sizeof(raw) - 1, passed)

static void plain_text_and_known_sequences_pass(void **state) {
    EXPECT("login: \r\n\tgr\303\274n", "login: \r\n\tgr\303\274n");
    EXPECT("\033[1;31mred\033[m\033[2J\033[10;20H", "\033[1;31mred\033[m\033[2J\033[10;20H");
    EXPECT("\033(0lqk\033(B\0337\0338\033M", "\033(0lqk\033(B\0337\0338\033M");
    EXPECT("\033[?25l\033[?1049h", "\033[?25l\033[?1049h");
}

static void strings_are_swallowed_whole(void **state) {
    EXPECT("a\033]0;title\007b", "ab");
    EXPECT("a\033]52;c;cm0gLXJm\033\\b", "ab");
    EXPECT("a\033Pq#0~~\033\\b\033_x\033\\c\033^y\033\\d", "abcd");
}

static void numbers_and_parameters_are_bounded(void **state) {
    EXPECT("\033[99999999999999999999A", "\033[999A");
    EXPECT("\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17mx", "x");
    char sequence[400];
    memset(sequence, '1', sizeof sequence);
    memcpy(sequence, "\033[", 2);
    sequence[sizeof sequence - 2] = 'm';
    sequence[sizeof sequence - 1] = 'x';
    expect(sequence, sizeof sequence, "x");
}

static void repeat_is_expanded_within_bounds(void **state) {
    EXPECT("x\033[3b", "xxxx");
    EXPECT("\303\274\033[2b", "\303\274\303\274\303\274");
    EXPECT("\033[5b", "");
}

static void what_is_unknown_or_invalid_does_not_pass(void **state) {
    EXPECT("\033[5tx\033[>0qy\033[=1cz", "xyz");
    EXPECT("a\302\233b\377c\300\200d", "a?b?c??d");
    EXPECT("a\000b\001c\177d", "abcd");
    EXPECT("\033Zx\033#8y", "x8y");
}

static void cursor_key_mode_is_followed(void **state) {
    struct gate *gate = gate_new();
    g_autoptr(GByteArray) out = g_byte_array_new();
    assert_false(gate_modes(gate)->application_keys);
    gate_pass(gate, (const guint8 *)"\033[?1h", 5, out);
    assert_true(gate_modes(gate)->application_keys);
    gate_pass(gate, (const guint8 *)"\033[?1l", 5, out);
    assert_false(gate_modes(gate)->application_keys);
    gate_free(gate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_known_sequences_pass),
        cmocka_unit_test(strings_are_swallowed_whole),
        cmocka_unit_test(numbers_and_parameters_are_bounded),
        cmocka_unit_test(repeat_is_expanded_within_bounds),
        cmocka_unit_test(what_is_unknown_or_invalid_does_not_pass),
        cmocka_unit_test(cursor_key_mode_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
