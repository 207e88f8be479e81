/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "core/base/text.h"

/* One who follows. */
struct following {
    struct cli *cli;
    enum link_state link;
    gboolean ended; /* whoever read has gone */
};

static void print_json(const struct host_event *event, const char *time) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    member_string(builder, "time", time);
    member_string(builder, "kind", event->kind);
    member_string(builder, "guest", event->guest);
    member_string(builder, "action", event->action);
    /* libvirt tells what happened, not who did it or what came of it. */
    member_string(builder, "result", NULL);
    member_string(builder, "by", NULL);
    member_string(builder, "detail", event->detail);
    json_builder_end_object(builder);
    output_builder(builder, TRUE);
}

static void print_words(const struct host_event *event, const char *time) {
    g_autofree char *guest = text_safe(event->guest == NULL ? "-" : event->guest, -1, FALSE);
    g_autofree char *detail = text_safe(event->detail, -1, FALSE);
    g_autofree char *padded = text_fit(guest, MAX(text_columns(guest), 16), FALSE, FALSE);
    printf("%s  %-9s  %s  %s%s%s\n", time, event->kind, padded, event->action, *detail == '\0' ? "" : ", ",
           detail);
}

static void print_event(const struct host_event *event, gpointer data) {
    struct following *following = data;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ");
    if (following->cli->json)
        print_json(event, time);
    else
        print_words(event, time);
    following->ended = following->ended || fflush(stdout) != 0;
}

/* What happens while there is no connection nobody tells: at least that is told. */
static void look_at_link(gpointer data) {
    struct following *following = data;
    g_autoptr(snapshot_t) snapshot = host_snapshot(following->cli->engine.host);
    if (snapshot->link == following->link)
        return;
    following->link = snapshot->link;
    struct host_event event = {.kind = "host", .detail = snapshot->link_error};
    event.action = snapshot->link == LINK_UP     ? "connected"
                   : snapshot->link == LINK_LOST ? "disconnected"
                                                 : "connecting";
    print_event(&event, following);
}

int command_events(struct cli *cli) {
    GError *error = NULL;
    struct following following = {.cli = cli, .link = LINK_UP};
    if (!cli_given(cli, PARAM_follow)) {
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep events --follow tells what happens from now on",
                  "events: what happened before is kept nowhere");
        return output_fail(cli, error);
    }
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    host_subscribe(cli->engine.host, look_at_link, &following);
    host_set_listener(cli->engine.host, print_event, &following);
    look_at_link(&following);
    cli_wait(&following.ended, 0);
    host_set_listener(cli->engine.host, NULL, NULL);
    host_unsubscribe(cli->engine.host, &following);
    return following.ended ? 0 : cli_interrupted_status();
}
