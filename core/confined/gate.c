/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/gate.h"

#include <string.h>

/* ECMA-48 has no limit for parameters; libtsm keeps 16 of them, and no screen is larger than this number. */
#define PARAMETERS_MAX 16
#define NUMBER_MAX     999
#define MODE_MAX       9999 /* behind '?': names of modes, such as 1049 */
#define SEQUENCE_MAX   128

/* A string (title, clipboard, picture) that never ends must not swallow the console for ever. */
#define STRING_MAX 65536

/* CSI sequences that pass: final bytes, by private prefix. */
#define CSI_PLAIN   "@ABCDEFGHIJKLMPSTXZ`acdefghlmnr"
#define CSI_PRIVATE "hlJKn" /* behind '?' */

/* Of those and of the pairs and controls, what empties cells. */
#define CSI_ERASES "@JKLMPSTX"
#define ESC_ERASES "DEM"

#define ESC 0x1b
#define BEL 0x07

enum { LOOK_UNDERLINE = 1, LOOK_INVERSE = 2 };

enum state { GROUND, ESCAPE, CHARSET, CSI, STRING, STRING_ESCAPE };

struct gate {
    enum state state;
    char sequence[SEQUENCE_MAX]; /* parameters of the CSI so far */
    guint length;
    gboolean overlong;
    guint string_length;
    char charset; /* '(' … '+' */
    guint8 character[4];
    guint have, want; /* bytes of a UTF-8 character */
    guint8 last[4];   /* the last one that was printed, for REP */
    guint last_length;
    guint looks, saved_looks; /* those that an erased cell must not get */
    struct gate_modes modes;
};

struct gate *gate_new(void) {
    return g_new0(struct gate, 1);
}

void gate_free(struct gate *gate) {
    g_free(gate);
}

const struct gate_modes *gate_modes(const struct gate *gate) {
    return &gate->modes;
}

void gate_interrupt(struct gate *gate) {
    gate->state = GROUND;
    gate->have = gate->want = 0;
}

static void put(GByteArray *out, const void *bytes, gsize length) {
    g_byte_array_append(out, bytes, (guint)length);
}

static void put_text(GByteArray *out, const char *text) {
    put(out, text, strlen(text));
}

/* What empties cells: the emulator would leave them inverse and underlined where the guest writes like that;
 * they are to have the colour of the background alone, as in xterm. */
static void put_erasing(const struct gate *gate, GByteArray *out, const char *text) {
    if (gate->looks != 0)
        put_text(out, "\033[24;27m");
    put_text(out, text);
    if ((gate->looks & LOOK_UNDERLINE) != 0)
        put_text(out, "\033[4m");
    if ((gate->looks & LOOK_INVERSE) != 0)
        put_text(out, "\033[7m");
}

static void print_character(struct gate *gate, const guint8 *bytes, guint length, GByteArray *out) {
    memcpy(gate->last, bytes, length);
    gate->last_length = length;
    put(out, bytes, length);
}

/* Takes one byte of a character of several. C1 controls and what Unicode does not know become '?'. */
static void take_utf8(struct gate *gate, guint8 byte, GByteArray *out) {
    gate->character[gate->have++] = byte;
    if (gate->have < gate->want)
        return;
    gunichar character = g_utf8_get_char_validated((const char *)gate->character, gate->want);
    gboolean fine = character != (gunichar)-1 && character != (gunichar)-2 && character >= 0xa0;
    if (fine)
        print_character(gate, gate->character, gate->want, out);
    else
        put(out, "?", 1);
    gate->have = gate->want = 0;
}

static void take_ground(struct gate *gate, guint8 byte, GByteArray *out) {
    if (gate->want > 0) {
        if ((byte & 0xc0) == 0x80) {
            take_utf8(gate, byte, out);
            return;
        }
        gate->have = gate->want = 0;
        put(out, "?", 1);
    }
    if (byte == ESC) {
        gate->state = ESCAPE;
    } else if (byte < 0x20) {
        const char text[] = {(char)byte, '\0'};
        if (byte >= '\n' && byte <= '\f')
            put_erasing(gate, out, text); /* may scroll */
        else if (byte >= BEL && byte <= 0x0f)
            put(out, &byte, 1);
    } else if (byte < 0x7f) {
        print_character(gate, &byte, 1, out);
    } else if (byte >= 0xc2 && byte <= 0xf4) {
        gate->want = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        gate->character[0] = byte;
        gate->have = 1;
    } else if (byte != 0x7f) {
        put(out, "?", 1);
    }
}

static void begin(struct gate *gate, enum state state) {
    gate->state = state;
    gate->length = gate->string_length = 0;
    gate->overlong = FALSE;
}

static void forget_all(struct gate *gate) {
    gate->modes = (struct gate_modes){0};
    gate->looks = gate->saved_looks = 0;
}

static void put_pair(struct gate *gate, guint8 byte, const char *pair, GByteArray *out) {
    if (strchr(ESC_ERASES, byte) != NULL)
        put_erasing(gate, out, pair);
    else
        put_text(out, pair);
    if (byte == '7')
        gate->saved_looks = gate->looks;
    else if (byte == '8')
        gate->looks = gate->saved_looks;
    else if (byte == 'c')
        forget_all(gate);
}

static void take_escape(struct gate *gate, guint8 byte, GByteArray *out) {
    const char pair[] = {ESC, (char)byte, '\0'};
    if (byte == '[') {
        begin(gate, CSI);
        return;
    }
    if (strchr("]P_^X", byte) != NULL && byte != '\0') {
        begin(gate, STRING);
        return;
    }
    if (byte >= '(' && byte <= '+') {
        gate->state = CHARSET;
        gate->charset = (char)byte;
        return;
    }
    gate->state = byte == ESC ? ESCAPE : GROUND;
    if (byte != '\0' && strchr("78DEHM=>c", byte) != NULL)
        put_pair(gate, byte, pair, out);
}

static void take_charset(struct gate *gate, guint8 byte, GByteArray *out) {
    const guint8 triple[] = {ESC, (guint8)gate->charset, byte};
    gate->state = GROUND;
    if (byte != '\0' && strchr("0AB", byte) != NULL)
        put(out, triple, sizeof triple);
}

/* Numbers of a CSI, bounded; 0 stands for one that is not given. How many, or -1 for something else than
 * numbers. */
static int numbers_of(const char *text, guint highest, guint *numbers) {
    int count = 0;
    for (const char *at = text;; at++) {
        guint number = 0;
        if (count == PARAMETERS_MAX)
            return -1;
        for (; g_ascii_isdigit(*at); at++)
            number = MIN(number * 10 + (guint)(*at - '0'), highest);
        numbers[count++] = number;
        if (*at == '\0')
            return count;
        if (*at != ';' && *at != ':')
            return -1;
    }
}

static void repeat(struct gate *gate, guint count, GByteArray *out) {
    for (guint i = 0; i < MAX(count, 1u) && gate->last_length > 0; i++)
        put(out, gate->last, gate->last_length);
}

static void note_looks(struct gate *gate, const guint *numbers, int count) {
    for (int i = 0; i < count; i++) {
        if (numbers[i] == 38 || numbers[i] == 48)
            i += i + 1 < count && numbers[i + 1] == 2 ? 4 : 2; /* a colour's own numbers */
        else if (numbers[i] == 0)
            gate->looks = 0;
        else if (numbers[i] == 4 || numbers[i] == 24)
            gate->looks = numbers[i] == 4 ? gate->looks | LOOK_UNDERLINE : gate->looks & LOOK_INVERSE;
        else if (numbers[i] == 7 || numbers[i] == 27)
            gate->looks = numbers[i] == 7 ? gate->looks | LOOK_INVERSE : gate->looks & LOOK_UNDERLINE;
    }
}

static void note_mode(struct gate_modes *modes, guint mode, gboolean on) {
    switch (mode) {
    case 1:
        modes->application_keys = on;
        break;
    case 1000:
    case 1002:
        modes->mouse = on ? mode : 0;
        break;
    case 1006:
        modes->mouse_sgr = on;
        break;
    case 2004:
        modes->paste = on;
        break;
    default:
        break;
    }
}

/* "CSI 4 SP q": the shape is told apart, the emulator has no use for it. TRUE: that is what it was. */
static gboolean take_shape(struct gate *gate, char final) {
    char *text = gate->sequence;
    if (final != 'q' || gate->overlong || gate->length > 2 || gate->length < 1 ||
        text[gate->length - 1] != ' ')
        return FALSE;
    guint shape = gate->length == 1 ? 0 : (guint)(text[0] - '0');
    if (shape <= 6)
        gate->modes.cursor_shape = shape;
    return TRUE;
}

static void finish_csi(struct gate *gate, char final, GByteArray *out) {
    guint numbers[PARAMETERS_MAX];
    gate->sequence[gate->length] = '\0';
    gboolean private = gate->sequence[0] == '?',
             soft_reset = strcmp(gate->sequence, "!") == 0 && final == 'p';
    int count =
        gate->overlong ? -1 : numbers_of(gate->sequence + private, private ? MODE_MAX : NUMBER_MAX, numbers);
    if (soft_reset) {
        put_text(out, "\033[!p");
        forget_all(gate);
        return;
    }
    if (take_shape(gate, final))
        return;
    if (count < 0)
        return;
    if (!private && final == 'b') {
        repeat(gate, numbers[0], out);
        return;
    }
    if (strchr(private ? CSI_PRIVATE : CSI_PLAIN, final) == NULL)
        return;
    for (int i = 0; i < count && private && (final == 'h' || final == 'l'); i++)
        note_mode(&gate->modes, numbers[i], final == 'h');
    g_autoptr(GString) text = g_string_new(private ? "\033[?" : "\033[");
    for (int i = 0; i < count && *(gate->sequence + private) != '\0'; i++)
        g_string_append_printf(text, "%s%u", i == 0 ? "" : ";", numbers[i]);
    g_string_append_c(text, final);
    if (strchr(CSI_ERASES, final) != NULL)
        put_erasing(gate, out, text->str);
    else
        put_text(out, text->str);
    if (!private && final == 'm')
        note_looks(gate, numbers, count);
}

static void take_csi(struct gate *gate, guint8 byte, GByteArray *out) {
    if (byte == ESC) {
        gate->state = ESCAPE;
    } else if (byte >= 0x40 && byte <= 0x7e) {
        gate->state = GROUND;
        finish_csi(gate, (char)byte, out);
    } else if (byte == 0x18 || byte == 0x1a) {
        gate->state = GROUND;
    } else if (byte >= 0x20 && byte < 0x40) {
        if (gate->length + 1 < SEQUENCE_MAX)
            gate->sequence[gate->length++] = (char)byte;
        else
            gate->overlong = TRUE;
    }
}

static void take_string(struct gate *gate, guint8 byte) {
    gboolean ended = byte == BEL || byte == 0x18 || byte == 0x1a || ++gate->string_length > STRING_MAX ||
                     (gate->state == STRING_ESCAPE && byte == '\\');
    gate->state = ended ? GROUND : byte == ESC ? STRING_ESCAPE : STRING;
}

void gate_pass(struct gate *gate, const guint8 *bytes, gsize length, GByteArray *out) {
    for (gsize i = 0; i < length; i++) {
        switch (gate->state) {
        case GROUND:
            take_ground(gate, bytes[i], out);
            break;
        case ESCAPE:
            take_escape(gate, bytes[i], out);
            break;
        case CHARSET:
            take_charset(gate, bytes[i], out);
            break;
        case CSI:
            take_csi(gate, bytes[i], out);
            break;
        case STRING:
        case STRING_ESCAPE:
            take_string(gate, bytes[i]);
            break;
        }
    }
}
