/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/key.h"

#include <stdio.h>
#include <string.h>

#include "tui/keytable.h"

#define MS 1000

/* A lone ESC is the Esc key after this long; SCREENS and ncurses' own set_escdelay() users agree on 25 ms. */
#define ESCAPE_DELAY (25 * MS)
/* A byte this soon after Esc is the tail of an Alt key that a slow line split: half a second is what a bad
 * line takes, and longer than that a person who presses Esc and goes on would lose keys. */
#define ALT_WINDOW (600 * MS)
/* A string (OSC, DCS, …) or an X10 mouse report that stopped for this long was none. */
#define STRING_IDLE (1000 * MS)
#define PASTE_IDLE  (10000 * MS)

/* Fingers: two keys 8 ms apart, five within 300 ms, or one key again within 100 ms (auto-repeat) are no
 * decisions. A burst lasts until it was quiet for 150 ms. */
#define KEYS_IN_A_READ 2
#define GAP            (8 * MS)
#define WINDOW         (300 * MS)
#define WINDOW_KEYS    5
#define REPEAT         (100 * MS)
#define QUIET          (150 * MS)

#define SEQUENCE_MAX 64
#define PASTE_MAX    (64 * 1024)

enum state { GROUND, UTF8, ESCAPE, ESCAPE_TOLD, CSI, CSI_LINUX, SS3, STRING, X10, PASTE };

struct event {
    struct input input;
    guint8 bytes[SEQUENCE_MAX];
    char *paste;
};

struct key_decoder {
    void (*emit)(const struct input *input, gpointer data);
    gpointer data;
    enum state state;
    gint64 now, deadline, escape_time;
    gboolean alt;    /* an ESC came before what is being read: it is swallowed */
    gboolean late;   /* that ESC was told as Esc already */
    gboolean string; /* in STRING: an ESC came, a backslash ends it */
    guint8 raw[SEQUENCE_MAX];
    gsize length;      /* bytes in raw */
    gboolean overlong; /* more came than raw holds */
    guint wanted;      /* UTF8, X10: bytes still to come */
    GString *paste;
    GArray *events; /* of this feed */
    gint64 recent[WINDOW_KEYS];
    gint64 last, quiet_until;
    enum input_code last_code;
    gunichar last_character;
};

static void clear_event(gpointer data) {
    g_free(((struct event *)data)->paste);
}

struct key_decoder *key_decoder_new(void (*emit)(const struct input *input, gpointer data), gpointer data) {
    struct key_decoder *decoder = g_new0(struct key_decoder, 1);
    decoder->emit = emit;
    decoder->data = data;
    decoder->deadline = -1;
    decoder->last = G_MININT64 / 2;
    for (gsize i = 0; i < WINDOW_KEYS; i++)
        decoder->recent[i] = G_MININT64 / 2;
    decoder->paste = g_string_new(NULL);
    decoder->events = g_array_new(FALSE, TRUE, sizeof(struct event));
    g_array_set_clear_func(decoder->events, clear_event);
    return decoder;
}

void key_decoder_free(struct key_decoder *decoder) {
    if (decoder == NULL)
        return;
    g_string_free(decoder->paste, TRUE);
    g_array_unref(decoder->events);
    g_free(decoder);
}

gint64 key_decoder_deadline(const struct key_decoder *decoder) {
    return decoder->deadline;
}

static void begin(struct key_decoder *decoder, enum state state) {
    decoder->state = state;
    decoder->deadline = -1;
}

static void ground(struct key_decoder *decoder) {
    begin(decoder, GROUND);
    decoder->length = 0;
    decoder->overlong = decoder->alt = decoder->late = decoder->string = FALSE;
}

static void keep(struct key_decoder *decoder, guint8 byte) {
    if (decoder->length < SEQUENCE_MAX)
        decoder->raw[decoder->length++] = byte;
    else
        decoder->overlong = TRUE;
}

/* Queues a key with the bytes read for it (an overlong sequence has none) and returns to the ground. */
static struct input *queue(struct key_decoder *decoder, enum input_code code) {
    struct event event = {.input = {.code = code}};
    event.input.length = decoder->overlong ? 0 : decoder->length;
    memcpy(event.bytes, decoder->raw, event.input.length);
    g_array_append_val(decoder->events, event);
    ground(decoder);
    return &g_array_index(decoder->events, struct event, decoder->events->len - 1).input;
}

static void queue_other(struct key_decoder *decoder) {
    gboolean after_escape = decoder->late && decoder->length <= 4;
    queue(decoder, INPUT_OTHER)->after_escape = after_escape;
}

static void queue_control(struct key_decoder *decoder, guint8 byte) {
    if (byte == '\r')
        queue(decoder, INPUT_ENTER);
    else if (byte == '\t')
        queue(decoder, INPUT_TAB);
    else if (byte == '\b' || byte == 0x7f)
        queue(decoder, INPUT_BACKSPACE);
    else
        queue(decoder, INPUT_CONTROL)->character =
            byte == 0 ? ' ' : (gunichar)g_ascii_tolower((char)(byte + '@'));
}

/* The first byte of a UTF-8 character, or a stray one. Stray bytes from 0x80 to 0x9f are C1 controls of an
 * 8-bit terminal: those that open a sequence do; all others mean nothing. */
static void take_high(struct key_decoder *decoder, guint8 byte) {
    if (byte >= 0xc2 && byte <= 0xf4) {
        decoder->wanted = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
        begin(decoder, UTF8);
    } else if (byte == 0x9b) {
        begin(decoder, CSI);
    } else if (byte == 0x8f) {
        begin(decoder, SS3);
    } else if (byte == 0x90 || byte == 0x98 || (byte >= 0x9d && byte <= 0x9f)) {
        begin(decoder, STRING);
        decoder->deadline = decoder->now + STRING_IDLE;
    } else {
        queue_other(decoder);
    }
}

static void take_ground(struct key_decoder *decoder, guint8 byte) {
    keep(decoder, byte);
    if (byte == 0x1b) {
        begin(decoder, ESCAPE);
        decoder->escape_time = decoder->now;
        decoder->deadline = decoder->now + ESCAPE_DELAY;
    } else if (byte >= 0x80) {
        take_high(decoder, byte);
    } else if (byte < 0x20 || byte == 0x7f) {
        queue_control(decoder, byte);
    } else {
        queue(decoder, INPUT_CHARACTER)->character = byte;
    }
}

static void take_utf8(struct key_decoder *decoder, guint8 byte) {
    if ((byte & 0xc0) != 0x80) { /* a broken character: nothing; what broke it stands for itself */
        gboolean alt = decoder->alt;
        queue_other(decoder);
        if (!alt || byte == 0x1b)
            take_ground(decoder, byte);
        return;
    }
    keep(decoder, byte);
    if (--decoder->wanted > 0)
        return;
    gunichar character = g_utf8_get_char_validated((const char *)decoder->raw, (gssize)decoder->length);
    gboolean valid = !decoder->alt && character < 0x110000 && g_unichar_isdefined(character) &&
                     !g_unichar_iscntrl(character);
    if (valid)
        queue(decoder, INPUT_CHARACTER)->character = character;
    else
        queue_other(decoder);
}

/* What an ESC opens; FALSE when the byte is a plain Alt key. */
static gboolean opens(struct key_decoder *decoder, guint8 byte) {
    if (byte == '[') {
        begin(decoder, CSI);
    } else if (byte == 'O') {
        begin(decoder, SS3);
    } else if (strchr("P]_^X", byte) != NULL && byte != '\0') {
        begin(decoder, STRING);
        decoder->deadline = decoder->now + STRING_IDLE;
    } else if (byte >= 0x80) {
        decoder->alt = TRUE;
        take_high(decoder, byte);
    } else {
        return FALSE;
    }
    return TRUE;
}

static void take_escape(struct key_decoder *decoder, guint8 byte) {
    keep(decoder, byte);
    if (byte == 0x1b) { /* rxvt's Alt arrows are ESC ESC [ A */
        decoder->alt = TRUE;
        decoder->deadline = decoder->now + ESCAPE_DELAY;
    } else if (!opens(decoder, byte)) {
        queue_other(decoder);
    }
}

/* Esc was told already; this may still be the rest of what a slow line split. */
static void take_escape_told(struct key_decoder *decoder, guint8 byte) {
    gboolean recent = decoder->now - decoder->escape_time < ALT_WINDOW;
    if (byte == 0x1b || (!recent && byte != '[' && byte != 'O')) {
        ground(decoder);
        take_ground(decoder, byte);
        return;
    }
    decoder->alt = decoder->late = TRUE;
    keep(decoder, byte);
    if (!opens(decoder, byte))
        queue_other(decoder);
}

static void queue_mouse(struct key_decoder *decoder, guint button, gboolean release, guint column,
                        guint row) {
    struct input *input = queue(decoder, INPUT_MOUSE);
    input->column = MAX(0, (int)column - 1);
    input->row = MAX(0, (int)row - 1);
    if (button & 64)
        input->button = button & 1 ? BUTTON_WHEEL_DOWN : BUTTON_WHEEL_UP;
    else if (release || (button & 3) == 3 || (button & 32) != 0)
        input->button = BUTTON_RELEASE;
    else
        input->button = (enum input_button)(button & 3);
}

/* "[<0;12;7M" */
static gboolean sgr_mouse(struct key_decoder *decoder, const char *text, guint8 final) {
    guint button, column, row;
    if (text[0] != '[' || text[1] != '<' || (final != 'M' && final != 'm') ||
        sscanf(text + 2, "%5u;%5u;%5u", &button, &column, &row) != 3)
        return FALSE;
    queue_mouse(decoder, button, final == 'm', column, row);
    return TRUE;
}

/* A whole CSI or SS3 sequence is in raw: a key of the table, the start of a paste, the mouse, or nothing. */
static void finish(struct key_decoder *decoder, guint8 final) {
    char text[SEQUENCE_MAX + 2] = "";
    gsize skip = 0;
    while (skip < decoder->length && decoder->raw[skip] == 0x1b)
        skip++;
    memcpy(text, decoder->raw + skip, decoder->length - skip);
    if ((guint8)text[0] == 0x9b || (guint8)text[0] == 0x8f)
        text[0] = (guint8)text[0] == 0x9b ? '[' : 'O';
    gboolean swallow = decoder->overlong || (decoder->alt && !decoder->late) || skip > 1;
    if (!decoder->overlong && strcmp(text, "[200~") == 0) {
        ground(decoder);
        begin(decoder, PASTE);
        decoder->deadline = decoder->now + PASTE_IDLE;
        g_string_truncate(decoder->paste, 0);
        return;
    }
    if (!swallow && sgr_mouse(decoder, text, final))
        return;
    enum input_code code = swallow || decoder->late ? INPUT_NONE : keytable_find(text);
    if (code != INPUT_NONE)
        queue(decoder, code);
    else
        queue_other(decoder);
}

/* rxvt ends its shifted keys with a dollar sign, elsewhere an intermediate byte: a single number before it
 * tells. */
static gboolean rxvt_shifted(const struct key_decoder *decoder) {
    gsize at = decoder->length - 1;
    guint digits = 0;
    while (at > 0 && g_ascii_isdigit(decoder->raw[at - 1])) {
        at--;
        digits++;
    }
    return digits > 0 && at > 0 && (decoder->raw[at - 1] == '[' || decoder->raw[at - 1] == 0x9b);
}

static void take_csi(struct key_decoder *decoder, guint8 byte) {
    if (byte == 0x1b) { /* broken off by another sequence */
        queue_other(decoder);
        take_ground(decoder, byte);
        return;
    }
    gboolean first = decoder->length > 0 &&
                     (decoder->raw[decoder->length - 1] == '[' || decoder->raw[decoder->length - 1] == 0x9b);
    keep(decoder, byte);
    if (byte < 0x20 || byte >= 0x7f)
        queue_other(decoder);
    else if (first && byte == '[')
        begin(decoder, CSI_LINUX);
    else if (first && byte == 'M') {
        begin(decoder, X10);
        decoder->wanted = 3;
        decoder->deadline = decoder->now + STRING_IDLE;
    } else if (byte >= 0x40 || (byte == '$' && !decoder->overlong && rxvt_shifted(decoder)))
        finish(decoder, byte);
}

/* The one byte after "ESC [ [", or the last ones of SS3. */
static void take_final(struct key_decoder *decoder, guint8 byte) {
    if (byte == 0x1b) {
        queue_other(decoder);
        take_ground(decoder, byte);
        return;
    }
    keep(decoder, byte);
    if (decoder->state == SS3 && (g_ascii_isdigit(byte) || byte == ';'))
        return; /* old xterm puts a modifier before the final byte */
    if (byte >= 0x20 && byte < 0x7f)
        finish(decoder, byte);
    else
        queue_other(decoder);
}

static void take_string(struct key_decoder *decoder, guint8 byte) {
    gboolean ends = byte == 0x07 || byte == 0x18 || byte == 0x1a || byte == 0x03 || byte == 0x9c ||
                    (decoder->string && byte == '\\');
    keep(decoder, byte);
    decoder->string = byte == 0x1b;
    decoder->deadline = decoder->now + STRING_IDLE;
    if (ends)
        queue_other(decoder);
}

static void take_x10(struct key_decoder *decoder, guint8 byte) {
    keep(decoder, byte);
    decoder->deadline = -1;
    if (--decoder->wanted > 0)
        return;
    const guint8 *report = decoder->raw + decoder->length - 3;
    if (decoder->alt || decoder->overlong || report[0] < 32 || report[1] < 33 || report[2] < 33)
        queue_other(decoder);
    else
        queue_mouse(decoder, report[0] - 32u, FALSE, report[1] - 32u, report[2] - 32u);
}

static void take_paste(struct key_decoder *decoder, guint8 byte) {
    static const char end[] = "\033[201~";
    decoder->deadline = decoder->now + PASTE_IDLE;
    GString *paste = decoder->paste;
    g_string_append_c(paste, (char)byte);
    if (byte == '~' && g_str_has_suffix(paste->str, end)) {
        g_string_truncate(paste, paste->len - strlen(end));
        queue(decoder, INPUT_PASTE);
        g_array_index(decoder->events, struct event, decoder->events->len - 1).paste =
            g_strndup(paste->str, paste->len);
    } else if (paste->len > PASTE_MAX + 16) {
        /* the end is still looked for in what is thrown away */
        g_string_erase(paste, PASTE_MAX, (gssize)(paste->len - PASTE_MAX - 8));
    }
}

static void (*const take[])(struct key_decoder *decoder, guint8 byte) = {
    [GROUND] = take_ground,           [UTF8] = take_utf8,   [ESCAPE] = take_escape, [CSI] = take_csi,
    [CSI_LINUX] = take_final,         [SS3] = take_final,   [STRING] = take_string, [X10] = take_x10,
    [ESCAPE_TOLD] = take_escape_told, [PASTE] = take_paste,
};

static gboolean is_key(const struct input *input) {
    return input->code < INPUT_MOUSE;
}

/* One key of a feed that held count of them. */
static gboolean too_fast(struct key_decoder *decoder, const struct input *input, guint count,
                         gboolean first) {
    gint64 now = decoder->now;
    gboolean fast =
        count > KEYS_IN_A_READ || now < decoder->quiet_until || (first && now - decoder->last < GAP);
    memmove(decoder->recent, decoder->recent + 1, sizeof(decoder->recent) - sizeof(decoder->recent[0]));
    decoder->recent[WINDOW_KEYS - 1] = now;
    if (now - decoder->recent[0] < WINDOW)
        fast = TRUE;
    if (fast)
        decoder->quiet_until = now + QUIET;
    gboolean again = input->code == decoder->last_code && input->character == decoder->last_character &&
                     now - decoder->last < REPEAT;
    decoder->last = now;
    decoder->last_code = input->code;
    decoder->last_character = input->character;
    return fast || again;
}

static void flush(struct key_decoder *decoder) {
    g_autoptr(GArray) events = decoder->events;
    decoder->events = g_array_new(FALSE, TRUE, sizeof(struct event));
    g_array_set_clear_func(decoder->events, clear_event);
    guint count = 0;
    for (guint i = 0; i < events->len; i++)
        count += is_key(&g_array_index(events, struct event, i).input);
    gboolean first = TRUE;
    for (guint i = 0; i < events->len; i++) {
        struct event *event = &g_array_index(events, struct event, i);
        event->input.bytes = event->bytes;
        event->input.paste = event->paste;
        if (is_key(&event->input)) {
            event->input.fast = too_fast(decoder, &event->input, count, first);
            first = FALSE;
        }
    }
    for (guint i = 0; i < events->len; i++)
        decoder->emit(&g_array_index(events, struct event, i).input, decoder->data);
}

void key_decoder_feed(struct key_decoder *decoder, const guint8 *bytes, gsize length, gint64 now) {
    decoder->now = now;
    for (gsize i = 0; i < length; i++)
        take[decoder->state](decoder, bytes[i]);
    flush(decoder);
}

void key_decoder_tick(struct key_decoder *decoder, gint64 now) {
    if (decoder->deadline < 0 || now < decoder->deadline)
        return;
    decoder->now = now;
    switch (decoder->state) {
    case ESCAPE: {
        gint64 escape_time = decoder->escape_time;
        queue(decoder, INPUT_ESCAPE);
        begin(decoder, ESCAPE_TOLD);
        decoder->escape_time = escape_time;
        break;
    }
    case X10: /* no mouse: F1 of an SCO keyboard */
        queue(decoder, decoder->alt ? INPUT_OTHER : INPUT_F1);
        break;
    case STRING:
        queue_other(decoder);
        break;
    default:
        ground(decoder);
    }
    flush(decoder);
}
