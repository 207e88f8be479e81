/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/report-private.h"

#include <string.h>

#include "config/units.h"
#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/guest/agent.h"
#include "core/guest/freeze.h"
#include "core/host/host-private.h"

static void user_free(gpointer data) {
    struct report_user *user = data;
    g_free(user->name);
    g_free(user);
}

static void file_system_free(gpointer data) {
    struct report_file_system *file_system = data;
    g_free(file_system->mount_point);
    g_free(file_system->type);
    g_free(file_system->device);
    g_strfreev(file_system->disks);
    g_free(file_system);
}

static struct report *report_new(void) {
    struct report *report = g_atomic_rc_box_new0(struct report);
    report->skew_s = NAN;
    report->skew_error_s = NAN;
    report->users = g_ptr_array_new_with_free_func(user_free);
    report->file_systems = g_ptr_array_new_with_free_func(file_system_free);
    return report;
}

static void report_clear(gpointer data) {
    struct report *report = data;
    g_free(report->os);
    g_free(report->kernel);
    g_free(report->hostname);
    g_free(report->timezone);
    g_ptr_array_unref(report->users);
    g_ptr_array_unref(report->file_systems);
}

struct report *report_ref(struct report *report) {
    return g_atomic_rc_box_acquire(report);
}

void report_unref(struct report *report) {
    if (report != NULL)
        g_atomic_rc_box_release_full(report, report_clear);
}

/* ---- libvirt's parameters ---- */

struct parameters {
    virTypedParameterPtr list;
    int count;
};

static char *text_of(const struct parameters *from, const char *name) {
    const char *text = NULL;
    if (virTypedParamsGetString(from->list, from->count, name, &text) != 1 || text == NULL || *text == '\0')
        return NULL;
    g_autofree char *bounded = g_strndup(text, REPORT_TEXT_MAX);
    return g_utf8_make_valid(bounded, -1);
}

static guint64 size_of(const struct parameters *from, const char *name) {
    unsigned long long value = 0;
    return virTypedParamsGetULLong(from->list, from->count, name, &value) == 1 && value <= G_MAXINT64
               ? value
               : UNKNOWN_SIZE;
}

static guint count_of(const struct parameters *from, const char *name, guint most) {
    unsigned int value = 0;
    return virTypedParamsGetUInt(from->list, from->count, name, &value) == 1 ? MIN(value, most) : 0;
}

/* A member of one of a list: "fs.3.name". Static, until the next. */
static const char *member(const char *list, guint index, const char *name) {
    static _Thread_local char text[64];
    g_snprintf(text, sizeof text, "%s.%u.%s", list, index, name);
    return text;
}

static void take_users(const struct parameters *from, struct report *report) {
    guint count = count_of(from, "user.count", REPORT_USERS_MAX);
    for (guint i = 0; i < count; i++) {
        struct report_user *user = g_new0(struct report_user, 1);
        user->name = text_of(from, member("user", i, "name"));
        guint64 milliseconds = size_of(from, member("user", i, "login-time"));
        user->since = milliseconds == UNKNOWN_SIZE ? -1 : (gint64)(milliseconds / 1000);
        g_ptr_array_add(report->users, user);
    }
}

static char **disks_of(const struct parameters *from, guint index) {
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    guint count = count_of(from, member("fs", index, "disk.count"), REPORT_DISKS_MAX);
    for (guint i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("disk.%u.alias", i);
        g_autofree char *alias = text_of(from, member("fs", index, name));
        if (alias != NULL)
            g_strv_builder_add(builder, alias);
    }
    return g_strv_builder_end(builder);
}

static void take_file_systems(const struct parameters *from, struct report *report) {
    guint count = count_of(from, "fs.count", REPORT_FILE_SYSTEMS_MAX);
    for (guint i = 0; i < count; i++) {
        struct report_file_system *one = g_new0(struct report_file_system, 1);
        one->mount_point = text_of(from, member("fs", i, "mountpoint"));
        one->type = text_of(from, member("fs", i, "fstype"));
        one->device = text_of(from, member("fs", i, "name"));
        one->total = size_of(from, member("fs", i, "total-bytes"));
        one->used = size_of(from, member("fs", i, "used-bytes"));
        if (one->total == UNKNOWN_SIZE || one->used > one->total)
            one->total = one->used = UNKNOWN_SIZE;
        one->disks = disks_of(from, i);
        g_ptr_array_add(report->file_systems, one);
    }
}

/* Zones lie within a day. */
#define OFFSET_MOST_S 86400

static void take_zone(const struct parameters *from, struct report *report) {
    int offset = 0;
    report->timezone = text_of(from, "timezone.name");
    if (virTypedParamsGetInt(from->list, from->count, "timezone.offset", &offset) == 1 &&
        ABS((gint64)offset) <= OFFSET_MOST_S)
        report->utc_offset_s = offset;
    else
        g_clear_pointer(&report->timezone, g_free);
}

struct report *report_parse(virTypedParameterPtr parameters, int count) {
    const struct parameters from = {parameters, count};
    struct report *report = report_new();
    report->os = text_of(&from, "os.pretty-name");
    if (report->os == NULL)
        report->os = text_of(&from, "os.name");
    report->kernel = text_of(&from, "os.kernel-release");
    report->hostname = text_of(&from, "hostname");
    take_zone(&from, report);
    take_users(&from, report);
    take_file_systems(&from, report);
    return report;
}

/* ---- the worker ---- */

struct asking {
    char *uuid, *name;
    report_done done;
    gpointer data;
};

static void asking_free(gpointer data) {
    struct asking *asking = data;
    g_free(asking->uuid);
    g_free(asking->name);
    g_free(asking);
}

/* The guest read its clock at some moment between the two looks at ours. FALSE and an error where the agent
 * does not answer at all; one that has no time to tell may have the rest. */
static gboolean take_skew(virDomainPtr domain, const char *name, struct report *report, GError **error) {
    long long seconds = 0;
    unsigned int nanoseconds = 0;
    gint64 before = g_get_real_time(), began = g_get_monotonic_time();
    if (virDomainGetTime(domain, &seconds, &nanoseconds, 0) == 0) {
        double took = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
        double here = (double)before / G_USEC_PER_SEC + took / 2;
        report->skew_s = (double)seconds + (double)nanoseconds / 1e9 - here;
        report->skew_error_s = took / 2;
        return TRUE;
    }
    if (virGetLastErrorCode() == VIR_ERR_AGENT_UNRESPONSIVE) {
        agent_error_set(error, "cannot ask the guest agent of '%s'", name);
        return FALSE;
    }
    g_debug("time of '%s': %s", name, virGetLastErrorMessage());
    return TRUE;
}

static gboolean is_frozen(virDomainPtr domain) {
    gboolean frozen = FALSE;
    g_autoptr(GError) error = NULL;
    if (!freeze_status(domain, REPORT_ANSWER_S, &frozen, &error))
        g_debug("%s", error->message);
    return frozen;
}

/* Its time first: of a command that is not answered libvirt goes on to the next, and waits for that too. */
static struct report *ask(virDomainPtr domain, const char *name, GError **error) {
    virTypedParameterPtr parameters = NULL;
    int count = 0;
    struct report time = {.skew_s = NAN, .skew_error_s = NAN}, *report = NULL;
    if (!take_skew(domain, name, &time, error))
        return NULL;
    if (virDomainGetGuestInfo(domain, 0, &parameters, &count, 0) < 0)
        agent_error_set(error, "cannot ask the guest agent of '%s'", name);
    else
        report = report_parse(parameters, count);
    virTypedParamsFree(parameters, count);
    if (report == NULL)
        return NULL;
    report->skew_s = time.skew_s;
    report->skew_error_s = time.skew_error_s;
    report->frozen = count == 0 && is_frozen(domain);
    return report;
}

static gpointer run(struct operation *operation, gpointer about, GError **error) {
    const struct asking *asking = about;
    const struct request asked = {.uuid = asking->uuid, .name = asking->name};
    g_autoptr(virDomain) domain = operation_domain(operation, &asked, error);
    if (domain == NULL)
        return NULL;
    if (!agent_begin(domain, REPORT_ANSWER_S, error))
        return NULL;
    struct report *report = ask(domain, asking->name, error);
    agent_end(domain);
    if (report != NULL)
        host_set_frozen(operation->host, asking->uuid, report->frozen);
    return report;
}

static void tell(gpointer result, const GError *error, gpointer about) {
    const struct asking *asking = about;
    asking->done(result, error, asking->data);
}

void report_request(struct engine *engine, const struct guest *guest, report_done done, gpointer data) {
    struct asking *asking = g_new0(struct asking, 1);
    *asking = (struct asking){
        .uuid = g_strdup(guest->uuid), .name = g_strdup(guest->name), .done = done, .data = data};
    const struct reading reading = {.title = "ask the guest agent",
                                    .uuid = guest->uuid,
                                    .deadline_s = REPORT_ALL_S,
                                    .read = run,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)report_unref,
                                    .about = asking,
                                    .free_about = asking_free};
    reading_request(engine, &reading);
}

gboolean report_possible(const struct guest *guest, gboolean read_only, const char **why) {
    *why = NULL;
    if (!guest->facts->agent_channel)
        return FALSE;
    *why = !guest_state_active(guest->state) ? guest_state_screen(guest->state)
           : guest->state != GUEST_RUNNING   ? "the guest does not run"
           : !guest->responding              ? "the guest does not answer"
           : read_only                       ? "a read-only connection may not ask it"
                                             : NULL;
    return *why == NULL;
}

/* ---- for a person ---- */

static void add(GStrvBuilder *builder, const char *label, char *text) {
    g_strv_builder_add_many(builder, label, text, NULL);
    g_free(text);
}

static char *clock_text(const struct report *report) {
    double off = fabs(report->skew_s), wrong = MAX(report->skew_error_s, 0.001);
    if (off <= wrong)
        return g_strdup_printf("as this machine's, within %.3f s", wrong);
    g_autofree char *long_time = off < 3600 ? NULL : units_format_duration((guint64)MIN(off, 1e12));
    if (long_time != NULL)
        return g_strdup_printf("%s %s this machine's", long_time, report->skew_s > 0 ? "before" : "behind");
    return g_strdup_printf("%.3f s %s this machine's, within %.3f s", off,
                           report->skew_s > 0 ? "before" : "behind", wrong);
}

static char *zone_text(const struct report *report) {
    gint64 minutes = ABS(report->utc_offset_s) / 60;
    return g_strdup_printf("%s, UTC%c%02d:%02d", report->timezone, report->utc_offset_s < 0 ? '-' : '+',
                           (int)(minutes / 60), (int)(minutes % 60));
}

static char *user_text(const struct report_user *user) {
    g_autoptr(GDateTime) since = user->since < 0 ? NULL : g_date_time_new_from_unix_local(user->since);
    g_autofree char *when = since == NULL ? NULL : g_date_time_format(since, "%F %R");
    return g_strdup_printf("%s%s%s", user->name == NULL ? "?" : user->name, when == NULL ? "" : ", since ",
                           when == NULL ? "" : when);
}

static char *file_system_text(const struct report_file_system *one) {
    GString *text = g_string_new(one->mount_point == NULL ? "?" : one->mount_point);
    if (one->total != UNKNOWN_SIZE && one->total > 0) {
        g_autofree char *used = units_format_size(one->used), *total = units_format_size(one->total);
        g_string_append_printf(text, ", %s of %s used (%.0f%%)", used, total,
                               100.0 * (double)one->used / (double)one->total);
    }
    g_autofree char *disks = g_strjoinv(" ", one->disks);
    const char *parts[] = {one->type, *disks == '\0' ? one->device : disks};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i] != NULL)
            g_string_append_printf(text, ", %s", parts[i]);
    return g_string_free(text, FALSE);
}

GStrv report_lines(const struct report *report) {
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    if (report->frozen)
        add(builder, "frozen", g_strdup("its file systems are frozen; innkeep thaw ends that"));
    if (report->os != NULL)
        add(builder, "system", g_strdup(report->os));
    if (report->kernel != NULL)
        add(builder, "kernel", g_strdup(report->kernel));
    if (report->hostname != NULL)
        add(builder, "host name", g_strdup(report->hostname));
    if (report->timezone != NULL)
        add(builder, "time zone", zone_text(report));
    if (!isnan(report->skew_s))
        add(builder, "clock", clock_text(report));
    for (guint i = 0; i < report->users->len; i++)
        add(builder, "logged in", user_text(g_ptr_array_index(report->users, i)));
    for (guint i = 0; i < report->file_systems->len; i++)
        add(builder, "file system", file_system_text(g_ptr_array_index(report->file_systems, i)));
    return g_strv_builder_end(builder);
}
