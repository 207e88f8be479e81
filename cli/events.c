/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/journal/event_log.h"

/* All that is ever kept. */
#define KEPT_MAX 200000

/* One who follows. */
struct following {
    struct cli *cli;
    enum link_state link;
    gboolean ended; /* whoever read has gone */
};

static void print_json(const struct event_record *event, const char *time) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    member_string(builder, "time", time);
    member_string(builder, "kind", event->kind);
    member_string(builder, "guest", event->guest);
    member_string(builder, "action", event->action);
    /* libvirt tells what happened, not who did it or what came of it. */
    member_string(builder, "result", event->result);
    member_string(builder, "by", event->by);
    member_string(builder, "detail", event->detail);
    json_builder_end_object(builder);
    output_builder(builder, TRUE);
}

static void print_words(const struct event_record *event, const char *time) {
    g_autofree char *guest = text_safe(event->guest == NULL ? "-" : event->guest, -1, FALSE);
    g_autofree char *detail = text_safe(event->detail, -1, FALSE);
    g_autofree char *by = text_safe(event->by, -1, FALSE);
    g_autofree char *padded = text_fit(guest, MAX(text_columns(guest), 16), FALSE, FALSE);
    printf("%s  %-9s  %s  %s", time, event->kind, padded, event->action);
    if (event->result != NULL)
        printf(": %s", event->result);
    if (*by != '\0')
        printf(", by %s", by);
    printf("%s%s\n", *detail == '\0' ? "" : ", ", detail);
}

static void print_record(const struct cli *cli, const struct event_record *record) {
    g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_utc(record->time / G_TIME_SPAN_SECOND);
    g_autoptr(GDateTime) when = g_date_time_add(seconds, record->time % G_TIME_SPAN_SECOND);
    g_autofree char *time = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S.%fZ");
    if (cli->json)
        print_json(record, time);
    else
        print_words(record, time);
}

static void print_event(const struct host_event *event, gpointer data) {
    struct following *following = data;
    struct event_record record = {.time = g_get_real_time(), .kind = (char *)event->kind};
    record.guest = (char *)event->guest;
    record.action = (char *)event->action;
    record.detail = (char *)event->detail;
    print_record(following->cli, &record);
    event_log_event(following->cli->engine.events, event);
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

/* Microseconds since 1970 of "2h" ago, or of a time in RFC 3339; without a zone it is the reader's. */
static void parse_since(const char *text, gint64 *since, GError **error) {
    guint64 ago_ms = 0;
    g_autoptr(GTimeZone) here = g_time_zone_new_local();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, here);
    if (time != NULL)
        *since = g_date_time_to_unix(time) * G_TIME_SPAN_SECOND + g_date_time_get_microsecond(time);
    else if (units_parse_duration(text, &ago_ms, NULL) && ago_ms <= G_MAXINT64 / 1000)
        *since = g_get_real_time() - (gint64)ago_ms * 1000;
    else
        error_set(error, INNKEEP_ERROR_USAGE, "such as 2h, 7d, or 2026-11-25T08:00:00Z",
                  "--since: '%s' is no time", text);
}

/* What is kept, oldest first. */
static int print_kept(struct cli *cli) {
    GError *error = NULL;
    gint64 since = 0;
    if (cli_given(cli, PARAM_since))
        parse_since(cli->texts[PARAM_since], &since, &error);
    if (error != NULL)
        return output_fail(cli, error);
    cli_engine(cli);
    g_autoptr(GPtrArray) records = event_log_read(host_uri(cli->engine.host), since, KEPT_MAX, &error);
    if (records == NULL)
        return output_fail(cli, error);
    for (guint i = 0; i < records->len; i++)
        print_record(cli, g_ptr_array_index(records, i));
    return 0;
}

int command_events(struct cli *cli) {
    GError *error = NULL;
    struct following following = {.cli = cli, .link = LINK_UP};
    if (cli->operands[0] != NULL) {
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep events, innkeep events --follow",
                  "events: '%s' is one word too many", cli->operands[0]);
        return output_fail(cli, error);
    }
    if (!cli_given(cli, PARAM_follow))
        return print_kept(cli);
    if (cli_given(cli, PARAM_since)) {
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep events --since T, innkeep events --follow",
                  "events: --follow tells what happens from now on, and so there is no --since");
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
