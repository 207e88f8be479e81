/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/screen.h"

#include <string.h>

#include "core/base/libvirt.h"
#include "core/base/thread.h"
#include "core/host/connection.h"
#include "core/screen/pixels.h"

/* Between two keys: a PS/2 keyboard holds 16 bytes, firmware 15 keys, and an emulated guest takes its time to
 * fetch them. */
#define KEY_EVERY_US (20 * 1000)

/* libvirt's word for QEMU's own time that a key is held: 10 ms, so that it does not repeat. */
#define HOLD_MS 0

struct guest_screen {
    gatomicrefcount references; /* the owner, the thread, what is on its way between them */
    char *uuid, *name, *uri;
    const struct guest_screen_events *events; /* NULL: closed; main thread */
    gpointer data;
    gboolean asked; /* a picture is on its way; main thread */
    GMutex lock;    /* guards what follows */
    GCond wake;
    GArray *keys; /* struct key_press that wait */
    gboolean look, closing;
    virConnectPtr connection; /* these three are the thread's */
    virDomainPtr domain;
    GBytes *last;
};

/* What the thread tells the main thread. */
struct news {
    struct guest_screen *screen;
    gboolean typed;
    GBytes *file;
    GError *error;
};

static struct guest_screen *screen_ref(struct guest_screen *screen) {
    g_atomic_ref_count_inc(&screen->references);
    return screen;
}

static void screen_unref(struct guest_screen *screen) {
    if (!g_atomic_ref_count_dec(&screen->references))
        return;
    g_array_unref(screen->keys);
    g_mutex_clear(&screen->lock);
    g_cond_clear(&screen->wake);
    g_free(screen->uuid);
    g_free(screen->name);
    g_free(screen->uri);
    g_free(screen);
}

static void news_free(gpointer data) {
    struct news *news = data;
    g_clear_pointer(&news->file, g_bytes_unref);
    g_clear_error(&news->error);
    screen_unref(news->screen);
    g_free(news);
}

static gboolean tell(gpointer data) {
    struct news *news = data;
    struct guest_screen *screen = news->screen;
    const struct guest_screen_events *events = screen->events;
    if (events == NULL)
        return G_SOURCE_REMOVE;
    if (news->error != NULL) {
        events->failed(screen, news->error, screen->data);
    } else if (news->typed) {
        events->typed(screen, screen->data);
    } else {
        screen->asked = FALSE;
        events->picture(screen, news->file, screen->data);
    }
    return G_SOURCE_REMOVE;
}

/* Takes file and error. */
static void send_news(struct guest_screen *screen, gboolean typed, GBytes *file, GError *error) {
    struct news *news = g_new0(struct news, 1);
    *news = (struct news){screen_ref(screen), typed, file, error};
    on_main_thread(tell, news, news_free);
}

/* ---- the thread ---- */

static gboolean open_all(struct guest_screen *screen, GError **error) {
    screen->connection = connection_open(screen->uri, FALSE, error);
    if (screen->connection == NULL)
        return FALSE;
    screen->domain = virDomainLookupByUUIDString(screen->connection, screen->uuid);
    if (screen->domain == NULL)
        libvirt_error_set(error, "no such guest '%s'", screen->name);
    return screen->domain != NULL;
}

/* From libvirt's last error. */
static void cannot_look(const struct guest_screen *screen, GError **error) {
    const virError *last = virGetLastError();
    /* libvirt has no code of its own for it, only these words (src/qemu/qemu_driver.c,
     * qemuDomainScreenshot). */
    if (last != NULL && last->message != NULL && strstr(last->message, "no screens") != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT,
                  "innkeep console attaches a serial console, innkeep ssh a shell", "'%s' has no display",
                  screen->name);
    else if (last != NULL && last->code == VIR_ERR_NO_SUPPORT)
        error_set(error, INNKEEP_ERROR_FAILED, NULL,
                  "cannot look at the screen of '%s': this hypervisor's driver shows none", screen->name);
    else
        libvirt_error_set(error, "cannot look at the screen of '%s'", screen->name);
}

/* All that the stream has, if that is no more than a picture can be. */
static gboolean receive(virStreamPtr stream, GByteArray *file) {
    g_autofree char *bytes = g_malloc(256 * 1024);
    for (;;) {
        int count = virStreamRecv(stream, bytes, 256 * 1024);
        if (count <= 0)
            return count == 0;
        if (file->len + (gsize)count > PIXELS_FILE_MAX) {
            file->len = 0;
            return FALSE;
        }
        g_byte_array_append(file, (const guint8 *)bytes, (guint)count);
    }
}

static GBytes *take_picture(struct guest_screen *screen, GError **error) {
    g_autoptr(virStream) stream = virStreamNew(screen->connection, 0);
    char *type = stream == NULL ? NULL : virDomainScreenshot(screen->domain, stream, 0, 0);
    if (type == NULL) {
        cannot_look(screen, error);
        return NULL;
    }
    free(type); /* a word of the source's; the decoder looks at the bytes themselves */
    g_autoptr(GByteArray) file = g_byte_array_new();
    if (receive(stream, file) && virStreamFinish(stream) == 0)
        return g_byte_array_free_to_bytes(g_steal_pointer(&file));
    if (file->len == 0)
        error_set(error, INNKEEP_ERROR_FAILED, NULL,
                  "the picture of the screen of '%s' is larger than innkeep reads", screen->name);
    else
        libvirt_error_set(error, "cannot look at the screen of '%s'", screen->name);
    virStreamAbort(stream);
    return NULL;
}

static gboolean look(struct guest_screen *screen, GError **error) {
    GBytes *file = take_picture(screen, error);
    if (file == NULL)
        return FALSE;
    if (screen->last != NULL && g_bytes_equal(screen->last, file)) {
        g_bytes_unref(file);
        send_news(screen, FALSE, NULL, NULL);
        return TRUE;
    }
    g_clear_pointer(&screen->last, g_bytes_unref);
    screen->last = g_bytes_ref(file);
    send_news(screen, FALSE, file, NULL);
    return TRUE;
}

static gboolean press(struct guest_screen *screen, const struct key_press *press, GError **error) {
    unsigned int codes[KEYBOARD_TOGETHER_MAX];
    for (guint i = 0; i < press->count; i++)
        codes[i] = press->codes[i];
    if (virDomainSendKey(screen->domain, VIR_KEYCODE_SET_LINUX, HOLD_MS, codes, press->count, 0) == 0)
        return TRUE;
    libvirt_error_set(error, "cannot type on the keyboard of '%s'", screen->name);
    return FALSE;
}

/* Takes the first key that waits; FALSE: none. */
static gboolean next_key(struct guest_screen *screen, struct key_press *key) {
    g_mutex_lock(&screen->lock);
    gboolean any = screen->keys->len > 0 && !screen->closing;
    if (any) {
        *key = g_array_index(screen->keys, struct key_press, 0);
        g_array_remove_index(screen->keys, 0);
    }
    g_mutex_unlock(&screen->lock);
    return any;
}

/* The guest's time for a key; cut short when the screen is closed. */
static void let_guest_fetch(struct guest_screen *screen) {
    gint64 until = g_get_monotonic_time() + KEY_EVERY_US;
    g_mutex_lock(&screen->lock);
    while (!screen->closing && g_cond_wait_until(&screen->wake, &screen->lock, until))
        ;
    g_mutex_unlock(&screen->lock);
}

static gboolean type_all(struct guest_screen *screen, GError **error) {
    struct key_press key;
    gboolean any = FALSE;
    while (next_key(screen, &key)) {
        if (!press(screen, &key, error))
            return FALSE;
        any = TRUE;
        let_guest_fetch(screen);
    }
    if (any)
        send_news(screen, TRUE, NULL, NULL);
    return TRUE;
}

/* Waits for something to do. FALSE: it is over. */
static gboolean wait_for_work(struct guest_screen *screen, gboolean *look_now) {
    g_mutex_lock(&screen->lock);
    while (!screen->closing && !screen->look && screen->keys->len == 0)
        g_cond_wait(&screen->wake, &screen->lock);
    *look_now = screen->look;
    screen->look = FALSE;
    gboolean goes_on = !screen->closing;
    g_mutex_unlock(&screen->lock);
    return goes_on;
}

static gpointer screen_main(gpointer data) {
    struct guest_screen *screen = data;
    GError *error = NULL;
    gboolean look_now = FALSE;
    gboolean fine = open_all(screen, &error);
    while (fine && wait_for_work(screen, &look_now))
        fine = type_all(screen, &error) && (!look_now || look(screen, &error));
    if (error != NULL)
        send_news(screen, FALSE, NULL, error);
    g_clear_pointer(&screen->last, g_bytes_unref);
    libvirt_domain_free(screen->domain);
    libvirt_connect_close(screen->connection);
    screen_unref(screen);
    return NULL;
}

/* ---- public ---- */

struct guest_screen *guest_screen_open(struct host *host, const struct guest *guest,
                                       const struct guest_screen_events *events, gpointer data) {
    struct guest_screen *screen = g_new0(struct guest_screen, 1);
    g_atomic_ref_count_init(&screen->references);
    g_mutex_init(&screen->lock);
    g_cond_init(&screen->wake);
    screen->uuid = g_strdup(guest->uuid);
    screen->name = g_strdup(guest->name);
    screen->uri = g_strdup(host_uri(host));
    screen->events = events;
    screen->data = data;
    screen->keys = g_array_new(FALSE, FALSE, sizeof(struct key_press));
    g_thread_unref(g_thread_new("screen", screen_main, screen_ref(screen)));
    return screen;
}

void guest_screen_look(struct guest_screen *screen) {
    if (screen->asked)
        return;
    screen->asked = TRUE;
    g_mutex_lock(&screen->lock);
    screen->look = TRUE;
    g_cond_signal(&screen->wake);
    g_mutex_unlock(&screen->lock);
}

gboolean guest_screen_type(struct guest_screen *screen, const struct key_press *presses, guint count) {
    g_mutex_lock(&screen->lock);
    gboolean fits = screen->keys->len + count <= GUEST_SCREEN_KEYS_MAX;
    if (fits) {
        g_array_append_vals(screen->keys, presses, count);
        g_cond_signal(&screen->wake);
    }
    g_mutex_unlock(&screen->lock);
    return fits;
}

void guest_screen_close(struct guest_screen *screen) {
    if (screen == NULL)
        return;
    screen->events = NULL;
    g_mutex_lock(&screen->lock);
    screen->closing = TRUE;
    g_cond_signal(&screen->wake);
    g_mutex_unlock(&screen->lock);
    screen_unref(screen);
}
