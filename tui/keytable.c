/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/keytable.h"

#include <string.h>

#define F(n) (INPUT_F1 + (n)-1)

/* From the terminfo entries of xterm, linux, vt100, vt220, rxvt, screen, tmux, putty, konsole, st, sun and
 * scoansi, and both cursor key modes. SCO's F1 ("[M") is told apart from the mouse by the decoder; its F2 and
 * F3 ("[N", "[O") and the rest up to F12 ("[X") follow, but for "[P", which st sends for Delete. */
static const struct {
    const char *sequence;
    int code;
} table[] = {
    {"[A", INPUT_UP},
    {"OA", INPUT_UP},
    {"[B", INPUT_DOWN},
    {"OB", INPUT_DOWN},
    {"[C", INPUT_RIGHT},
    {"OC", INPUT_RIGHT},
    {"[D", INPUT_LEFT},
    {"OD", INPUT_LEFT},
    {"[H", INPUT_HOME},
    {"OH", INPUT_HOME},
    {"[1~", INPUT_HOME},
    {"[7~", INPUT_HOME},
    {"[F", INPUT_END},
    {"OF", INPUT_END},
    {"[4~", INPUT_END},
    {"[8~", INPUT_END},
    {"[2~", INPUT_INSERT},
    {"[4h", INPUT_INSERT},
    {"[3~", INPUT_DELETE},
    {"[P", INPUT_DELETE},
    {"[5~", INPUT_PAGE_UP},
    {"[6~", INPUT_PAGE_DOWN},
    {"[Z", INPUT_BACKTAB},
    {"[214z", INPUT_HOME},
    {"[220z", INPUT_END},
    {"[216z", INPUT_PAGE_UP},
    {"[222z", INPUT_PAGE_DOWN},
    {"[247z", INPUT_INSERT},
    {"[G", INPUT_PAGE_DOWN},
    {"[L", INPUT_INSERT},
    {"OP", F(1)},
    {"OQ", F(2)},
    {"OR", F(3)},
    {"OS", F(4)}, /* xterm, vt100, vt220, screen, tmux, st */
    {"[11~", F(1)},
    {"[12~", F(2)},
    {"[13~", F(3)},
    {"[14~", F(4)}, /* rxvt, putty */
    {"[[A", F(1)},
    {"[[B", F(2)},
    {"[[C", F(3)},
    {"[[D", F(4)},
    {"[[E", F(5)}, /* linux */
    {"[15~", F(5)},
    {"[17~", F(6)},
    {"[18~", F(7)},
    {"[19~", F(8)},
    {"[20~", F(9)},
    {"[21~", F(10)},
    {"[23~", F(11)},
    {"[24~", F(12)},
    {"Ot", F(5)},
    {"Ou", F(6)},
    {"Ov", F(7)},
    {"Ol", F(8)},
    {"Ow", F(9)},
    {"Ox", F(10)}, /* vt100 */
    {"[224z", F(1)},
    {"[225z", F(2)},
    {"[226z", F(3)},
    {"[227z", F(4)},
    {"[228z", F(5)},
    {"[229z", F(6)}, /* sun */
    {"[230z", F(7)},
    {"[231z", F(8)},
    {"[232z", F(9)},
    {"[233z", F(10)},
    {"[234z", F(11)},
    {"[235z", F(12)},
    {"[192z", F(11)},
    {"[193z", F(12)},
    {"[N", F(2)},
    {"[Q", F(5)},
    {"[R", F(6)},
    {"[S", F(7)},
    {"[T", F(8)}, /* SCO */
    {"[U", F(9)},
    {"[V", F(10)},
    {"[W", F(11)},
    {"[X", F(12)},
};

enum input_code keytable_find(const char *sequence) {
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (strcmp(table[i].sequence, sequence) == 0)
            return (enum input_code)table[i].code;
    return INPUT_NONE;
}
