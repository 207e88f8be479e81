/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/console.h"

#include <string.h>

#include "core/base/libvirt.h"
#include "core/base/thread.h"
#include "core/host/connection.h"

#define QUEUE_MAX    (64 * 1024)
#define READ_AT_ONCE (64 * 1024) /* then the main loop gets its turn, whatever the guest floods */

/* Streams are not told when the daemon dies, so the link is looked at. A local getter, no call. */
#define LOOK_EVERY_S 2

/* A full stream is tried again after this time. */
#define RETRY_MS 10

struct console {
    gatomicrefcount references; /* the owner, the thread, what is on its way between them */
    char *uuid, *device, *uri;
    gboolean force;
    const struct console_events *events;
    gpointer data;
    guint look_source; /* main thread */
    gboolean watched;  /* the stream's callback is registered; main thread */
    gboolean over;     /* no event is to be told any more; main thread */
    GMutex lock;       /* guards what follows */
    GCond wake;
    GByteArray *queue;
    gboolean closing;
    char sysrq;               /* the key to press, or 0 */
    virConnectPtr connection; /* made and closed by the thread */
    virDomainPtr domain;
    virStreamPtr stream;
    GError *error;
};

/* Consoles that are not freed yet. */
static gint living;

static struct console *console_ref(struct console *console) {
    g_atomic_ref_count_inc(&console->references);
    return console;
}

static void console_unref(gpointer data) {
    struct console *console = data;
    if (!g_atomic_ref_count_dec(&console->references))
        return;
    g_byte_array_unref(console->queue);
    g_clear_error(&console->error);
    g_mutex_clear(&console->lock);
    g_cond_clear(&console->wake);
    g_free(console->uuid);
    g_free(console->device);
    g_free(console->uri);
    g_free(console);
    g_atomic_int_add(&living, -1);
    g_main_context_wakeup(NULL);
}

static void let_thread_end(struct console *console) {
    g_mutex_lock(&console->lock);
    console->closing = TRUE;
    g_cond_signal(&console->wake);
    g_mutex_unlock(&console->lock);
}

/* Says once that it is over, and lets the thread tidy up. */
static void end(struct console *console, enum console_end how, const GError *error) {
    if (console->over)
        return;
    console->over = TRUE;
    g_clear_handle_id(&console->look_source, g_source_remove);
    if (console->watched && virStreamEventRemoveCallback(console->stream) < 0)
        g_debug("console stream: %s", virGetLastErrorMessage());
    console->watched = FALSE;
    let_thread_end(console);
    if (console->events != NULL)
        console->events->ended(console, how, error, console->data);
}

static void lost(struct console *console) {
    g_autoptr(GError) error = NULL;
    error_set(&error, INNKEEP_ERROR_NO_CONNECTION, NULL, "the connection to libvirt was lost");
    end(console, CONSOLE_LOST, error);
}

static gboolean look_at_link(gpointer data) {
    struct console *console = data;
    if (virConnectIsAlive(console->connection) == 1)
        return G_SOURCE_CONTINUE;
    console->look_source = 0;
    lost(console);
    return G_SOURCE_REMOVE;
}

/* Reads what is there. libvirt calls it on the main thread. */
static void on_stream(virStreamPtr stream, int events, void *data) {
    struct console *console = data;
    char bytes[4096];
    gsize total = 0;
    console_ref(console);
    while (!console->over && total < READ_AT_ONCE) {
        int count = virStreamRecv(stream, bytes, sizeof bytes);
        if (count == -2)
            break;
        if (count > 0) {
            total += (gsize)count;
            console->events->output(console, (const guint8 *)bytes, (gsize)count, console->data);
        } else if (count < 0 && virConnectIsAlive(console->connection) != 1) {
            lost(console);
        } else {
            end(console, CONSOLE_ENDED, NULL);
        }
    }
    if (!console->over && total == 0 && (events & (VIR_STREAM_EVENT_HANGUP | VIR_STREAM_EVENT_ERROR)) != 0)
        end(console, CONSOLE_ENDED, NULL);
    console_unref(console);
}

static gboolean tell_opened(gpointer data) {
    struct console *console = data;
    if (console->over)
        return G_SOURCE_REMOVE;
    if (console->error != NULL) {
        end(console, CONSOLE_REFUSED, console->error);
        return G_SOURCE_REMOVE;
    }
    int wanted = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_HANGUP | VIR_STREAM_EVENT_ERROR;
    console->watched = virStreamEventAddCallback(console->stream, wanted, on_stream, console_ref(console),
                                                 console_unref) == 0;
    if (!console->watched) {
        libvirt_error_set(&console->error, "cannot read the console");
        console_unref(console);
        end(console, CONSOLE_REFUSED, console->error);
        return G_SOURCE_REMOVE;
    }
    console->look_source = g_timeout_add_seconds(LOOK_EVERY_S, look_at_link, console);
    console->events->opened(console, console->data);
    return G_SOURCE_REMOVE;
}

static gboolean open_stream(struct console *console, virDomainPtr domain, GError **error) {
    unsigned int flags = console->force ? VIR_DOMAIN_CONSOLE_FORCE : 0;
    console->stream = virStreamNew(console->connection, VIR_STREAM_NONBLOCK);
    if (console->stream != NULL && virDomainOpenConsole(domain, console->device, console->stream, flags) == 0)
        return TRUE;
    virErrorPtr last = virGetLastError();
    /* libvirt has no code of its own for it, only these words (src/qemu/qemu_driver.c,
     * qemuDomainOpenConsole). */
    if (last != NULL && last->message != NULL && strstr(last->message, "Active console session") != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, "take it over with --force, or by f behind the prefix",
                  "the console of '%s' is in use", virDomainGetName(domain));
    else
        libvirt_error_set(error, "cannot open the console of '%s'", virDomainGetName(domain));
    return FALSE;
}

static gboolean open_all(struct console *console, GError **error) {
    console->connection = connection_open(console->uri, FALSE, error);
    if (console->connection == NULL)
        return FALSE;
    console->domain = virDomainLookupByUUIDString(console->connection, console->uuid);
    if (console->domain != NULL)
        return open_stream(console, console->domain, error);
    libvirt_error_set(error, "cannot find the guest");
    return FALSE;
}

/* Sends the beginning of the queue; it may block as long as the guest reads nothing. FALSE when the stream is
 * broken. */
static gboolean send_some(struct console *console, const guint8 *bytes, gsize length) {
    while (length > 0) {
        int count = virStreamSend(console->stream, (const char *)bytes, length);
        if (count == -1)
            return FALSE;
        g_mutex_lock(&console->lock);
        if (count == -2)
            g_cond_wait_until(&console->wake, &console->lock, g_get_monotonic_time() + RETRY_MS * 1000);
        gboolean closing = console->closing;
        g_mutex_unlock(&console->lock);
        if (closing)
            return TRUE;
        if (count > 0) {
            bytes += count;
            length -= (gsize)count;
        }
    }
    return TRUE;
}

/* The number of Linux for a key of the US keyboard (input-event-codes.h); 0: there is none. */
static unsigned int key_code(char key) {
    static const struct {
        const char *keys;
        unsigned int first;
    } rows[] = {{"1234567890", 2}, {"qwertyuiop", 16}, {"asdfghjkl", 30}, {"zxcvbnm", 44}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *place = key == '\0' ? NULL : strchr(rows[i].keys, key);
        if (place != NULL)
            return rows[i].first + (unsigned int)(place - rows[i].keys);
    }
    return 0;
}

#define KEY_LEFT_ALT 56
#define KEY_SYSRQ    99
#define HELD_MS      100

struct pressed {
    struct console *console;
    GError *error;
};

static gboolean tell_pressed(gpointer data) {
    const struct pressed *pressed = data;
    if (pressed->console->events != NULL && pressed->console->events->pressed != NULL)
        pressed->console->events->pressed(pressed->console, pressed->error, pressed->console->data);
    return G_SOURCE_REMOVE;
}

static void pressed_free(gpointer data) {
    struct pressed *pressed = data;
    console_unref(pressed->console);
    g_clear_error(&pressed->error);
    g_free(pressed);
}

static void press(struct console *console, char key) {
    unsigned int codes[] = {KEY_LEFT_ALT, KEY_SYSRQ, key_code(key)};
    struct pressed *pressed = g_new0(struct pressed, 1);
    pressed->console = console_ref(console);
    if (virDomainSendKey(console->domain, VIR_KEYCODE_SET_LINUX, HELD_MS, codes, G_N_ELEMENTS(codes), 0) < 0)
        libvirt_error_set(&pressed->error, "cannot press Alt-SysRq-%c", key);
    on_main_thread(tell_pressed, pressed, pressed_free);
}

static void write_until_closed(struct console *console) {
    gboolean works = TRUE;
    g_mutex_lock(&console->lock);
    while (!console->closing) {
        if (console->sysrq != 0 && console->domain != NULL) {
            char key = console->sysrq;
            console->sysrq = 0;
            g_mutex_unlock(&console->lock);
            press(console, key);
            g_mutex_lock(&console->lock);
            continue;
        }
        if (console->queue->len == 0 || !works) {
            g_cond_wait(&console->wake, &console->lock);
            continue;
        }
        g_autoptr(GByteArray) part = console->queue;
        console->queue = g_byte_array_new();
        g_mutex_unlock(&console->lock);
        works = send_some(console, part->data, part->len);
        g_mutex_lock(&console->lock);
    }
    g_mutex_unlock(&console->lock);
}

static gpointer console_main(gpointer data) {
    struct console *console = data;
    open_all(console, &console->error);
    on_main_thread(tell_opened, console_ref(console), console_unref);
    write_until_closed(console);
    if (console->stream != NULL) {
        virStreamAbort(console->stream);
        virStreamFree(console->stream);
    }
    if (console->domain != NULL)
        virDomainFree(console->domain);
    libvirt_connect_close(console->connection);
    console_unref(console);
    return NULL;
}

struct console *console_open(struct host *host, const char *uuid, const char *device, gboolean force,
                             const struct console_events *events, gpointer data) {
    struct console *console = g_new0(struct console, 1);
    g_atomic_int_inc(&living);
    g_atomic_ref_count_init(&console->references);
    g_mutex_init(&console->lock);
    g_cond_init(&console->wake);
    console->uuid = g_strdup(uuid);
    console->device = g_strdup(device);
    console->uri = g_strdup(host_uri(host));
    console->force = force;
    console->events = events;
    console->data = data;
    console->queue = g_byte_array_new();
    g_thread_unref(g_thread_new("console", console_main, console_ref(console)));
    return console;
}

gboolean console_send(struct console *console, const guint8 *bytes, gsize length) {
    g_mutex_lock(&console->lock);
    gboolean fits = console->queue->len + length <= QUEUE_MAX;
    if (fits) {
        g_byte_array_append(console->queue, bytes, (guint)length);
        g_cond_signal(&console->wake);
    }
    g_mutex_unlock(&console->lock);
    return fits;
}

gboolean console_sysrq(struct console *console, char key) {
    g_mutex_lock(&console->lock);
    gboolean fine = key_code(key) != 0 && console->sysrq == 0;
    if (fine) {
        console->sysrq = key;
        g_cond_signal(&console->wake);
    }
    g_mutex_unlock(&console->lock);
    return fine;
}

void console_close(struct console *console) {
    if (console == NULL)
        return;
    console->events = NULL;
    end(console, CONSOLE_ENDED, NULL);
    console_unref(console);
}

static gboolean note_late(gpointer data) {
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

void console_wait_closed(guint limit_ms) {
    gboolean late = FALSE;
    if (g_atomic_int_get(&living) == 0)
        return;
    guint source = g_timeout_add(limit_ms, note_late, &late);
    while (!late && g_atomic_int_get(&living) > 0)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(source);
}
