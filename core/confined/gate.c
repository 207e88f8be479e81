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

#define ESC 0x1b
#define BEL 0x07

/* Characters with marks, as many different ones as are kept; a plane that no font has. */
#define CLUSTER_FIRST 0xf0000
#define CLUSTERS_MAX  4096

enum state { GROUND, ESCAPE, CHARSET, CSI, STRING, STRING_ESCAPE };

struct cluster {
    gunichar characters[GATE_CLUSTER];
};

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
    struct cluster held; /* what was printed last and may get marks yet */
    guint held_count;
    gboolean held_out; /* it went out already */
    GArray *clusters;  /* struct cluster */
    GHashTable *places;
    struct gate_modes modes;
};

static guint cluster_hash(gconstpointer data) {
    const struct cluster *cluster = data;
    return cluster->characters[0] * 31 * 31 + cluster->characters[1] * 31 + cluster->characters[2];
}

static gboolean cluster_equal(gconstpointer a, gconstpointer b) {
    return memcmp(a, b, sizeof(struct cluster)) == 0;
}

struct gate *gate_new(void) {
    struct gate *gate = g_new0(struct gate, 1);
    gate->clusters = g_array_new(FALSE, FALSE, sizeof(struct cluster));
    gate->places = g_hash_table_new_full(cluster_hash, cluster_equal, g_free, NULL);
    return gate;
}

void gate_free(struct gate *gate) {
    if (gate == NULL)
        return;
    g_array_unref(gate->clusters);
    g_hash_table_unref(gate->places);
    g_free(gate);
}

const struct gate_modes *gate_modes(const struct gate *gate) {
    return &gate->modes;
}

void gate_interrupt(struct gate *gate) {
    gate->state = GROUND;
    gate->have = gate->want = 0;
    gate->held_count = 0;
}

void gate_characters(const struct gate *gate, gunichar emulated, gunichar characters[GATE_CLUSTER]) {
    memset(characters, 0, GATE_CLUSTER * sizeof *characters);
    characters[0] = emulated;
    if (emulated >= CLUSTER_FIRST && emulated - CLUSTER_FIRST < gate->clusters->len)
        memcpy(characters, g_array_index(gate->clusters, struct cluster, emulated - CLUSTER_FIRST).characters,
               GATE_CLUSTER * sizeof *characters);
}

/* The character that stands for the cluster; without a place for it, for its first one. */
static gunichar stand_in(struct gate *gate, const struct cluster *cluster) {
    gpointer place = NULL;
    if (g_hash_table_lookup_extended(gate->places, cluster, NULL, &place))
        return CLUSTER_FIRST + GPOINTER_TO_UINT(place);
    if (gate->clusters->len == CLUSTERS_MAX)
        return cluster->characters[0];
    g_hash_table_insert(gate->places, g_memdup2(cluster, sizeof *cluster),
                        GUINT_TO_POINTER(gate->clusters->len));
    g_array_append_vals(gate->clusters, cluster, 1);
    return CLUSTER_FIRST + gate->clusters->len - 1;
}

static void put_character(gunichar character, GByteArray *out) {
    char utf8[6];
    g_byte_array_append(out, (const guint8 *)utf8, (guint)g_unichar_to_utf8(character, utf8));
}

/* Gives out what is held; it may still get marks, which then come as a second print over the first. */
static void flush(struct gate *gate, GByteArray *out) {
    if (gate->held_count == 0 || gate->held_out)
        return;
    put_character(gate->held_count == 1 ? gate->held.characters[0] : stand_in(gate, &gate->held), out);
    gate->held_out = TRUE;
}

static void put(struct gate *gate, GByteArray *out, const void *bytes, gsize length) {
    flush(gate, out);
    gate->held_count = 0;
    g_byte_array_append(out, bytes, (guint)length);
}

static void hold(struct gate *gate, gunichar character, GByteArray *out) {
    flush(gate, out);
    memset(&gate->held, 0, sizeof gate->held);
    gate->held.characters[0] = character;
    gate->held_count = 1;
    gate->held_out = FALSE;
}

/* A mark joins the character before it, if that is one column wide; without one it is dropped. */
static void join(struct gate *gate, gunichar mark, GByteArray *out) {
    if (gate->held_count == 0 || gate->held_count == GATE_CLUSTER || !g_unichar_ismark(mark) ||
        g_unichar_iswide(gate->held.characters[0]))
        return;
    gate->held.characters[gate->held_count++] = mark;
    if (gate->held_out)
        g_byte_array_append(out, (const guint8 *)"\b", 1);
    gate->held_out = FALSE;
}

static void print_character(struct gate *gate, const guint8 *bytes, guint length, GByteArray *out) {
    gunichar character = g_utf8_get_char((const char *)bytes);
    if (g_unichar_iszerowidth(character)) {
        join(gate, character, out);
        return;
    }
    memcpy(gate->last, bytes, length);
    gate->last_length = length;
    hold(gate, character, out);
}

/* Takes one byte of a character of several. C1 controls and what Unicode does not know become '?'. */
static void take_utf8(struct gate *gate, guint8 byte, GByteArray *out) {
    gate->character[gate->have++] = byte;
    if (gate->have < gate->want)
        return;
    gunichar character = g_utf8_get_char_validated((const char *)gate->character, gate->want);
    gboolean fine = character != (gunichar)-1 && character != (gunichar)-2 && character >= 0xa0 &&
                    character < CLUSTER_FIRST;
    if (fine)
        print_character(gate, gate->character, gate->want, out);
    else
        put(gate, out, "?", 1);
    gate->have = gate->want = 0;
}

static void take_ground(struct gate *gate, guint8 byte, GByteArray *out) {
    if (gate->want > 0) {
        if ((byte & 0xc0) == 0x80) {
            take_utf8(gate, byte, out);
            return;
        }
        gate->have = gate->want = 0;
        put(gate, out, "?", 1);
    }
    if (byte == ESC) {
        gate->state = ESCAPE;
    } else if (byte < 0x20) {
        if (byte >= BEL && byte <= 0x0f)
            put(gate, out, &byte, 1);
    } else if (byte < 0x7f) {
        print_character(gate, &byte, 1, out);
    } else if (byte >= 0xc2 && byte <= 0xf4) {
        gate->want = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        gate->character[0] = byte;
        gate->have = 1;
    } else if (byte != 0x7f) {
        put(gate, out, "?", 1);
    }
}

static void begin(struct gate *gate, enum state state) {
    gate->state = state;
    gate->length = gate->string_length = 0;
    gate->overlong = FALSE;
}

static void take_escape(struct gate *gate, guint8 byte, GByteArray *out) {
    const guint8 pair[] = {ESC, byte};
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
        put(gate, out, pair, sizeof pair);
    if (byte == 'c')
        gate->modes = (struct gate_modes){0};
}

static void take_charset(struct gate *gate, guint8 byte, GByteArray *out) {
    const guint8 triple[] = {ESC, (guint8)gate->charset, byte};
    gate->state = GROUND;
    if (byte != '\0' && strchr("0AB", byte) != NULL)
        put(gate, out, triple, sizeof triple);
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
        put(gate, out, gate->last, gate->last_length);
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
        put(gate, out, "\033[!p", 4);
        gate->modes = (struct gate_modes){0};
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
    put(gate, out, text->str, text->len);
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
    if (gate->want == 0) /* what has come of a character may be a mark */
        flush(gate, out);
}
