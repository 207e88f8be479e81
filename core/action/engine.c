/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request.h"
#include "core/journal/event_log.h"

/* A call on a guest that does not answer would hold one of the daemon's workers for ever. */
static gboolean does_not_answer(const char *uuid, gpointer data) {
    struct engine *engine = data;
    g_autoptr(snapshot_t) snapshot = host_snapshot(engine->host);
    const struct guest *guest = snapshot_guest(snapshot, uuid);
    return guest != NULL && !guest->responding;
}

static void host_changed(gpointer data) {
    struct engine *engine = data;
    jobs_poke(engine->jobs);
}

void engine_open(struct engine *engine, const struct host_options *options, const struct settings *settings) {
    engine->settings = settings;
    engine->host = host_new(options);
    engine->events = event_log_open(host_uri(engine->host));
    engine->jobs = jobs_new(NULL, NULL);
    jobs_set_gate(engine->jobs, does_not_answer, engine);
    host_subscribe(engine->host, host_changed, engine);
    host_start(engine->host);
}

void engine_take_settings(struct engine *engine, struct settings *settings) {
    if (engine->own_settings == NULL)
        engine->own_settings = g_ptr_array_new_with_free_func((GDestroyNotify)settings_free);
    g_ptr_array_add(engine->own_settings, settings);
    engine->settings = settings;
}

void engine_close(struct engine *engine, guint grace_ms) {
    if (engine->jobs != NULL)
        jobs_free(engine->jobs, grace_ms);
    event_store_close(engine->events);
    engine->events = NULL;
    host_free(engine->host);
    g_clear_pointer(&engine->own_settings, g_ptr_array_unref);
    engine->jobs = NULL;
    engine->host = NULL;
}
