/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <langinfo.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "config/units.h"
#include "core/doctor/examine.h"
#include "core/doctor/machine.h"
#include "core/host/model.h"
#include "core/host/sight.h"

/* syslog(2) */
#define SYSLOG_ACTION_READ_ALL    3
#define SYSLOG_ACTION_SIZE_BUFFER 10
#define LOG_LIMIT                 (16 * 1024 * 1024)

/* ---- devices ---- */

static void want_device(struct examination *examination, struct check *check, gsize offset, const char *fix) {
    GPtrArray *guests = examine_guests(examination);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < guests->len; i++) {
        struct seen_guest *guest = g_ptr_array_index(guests, i);
        if (!*(gboolean *)G_STRUCT_MEMBER_P(guest->facts, offset))
            g_ptr_array_add(names, guest->name);
    }
    g_autofree char *text = examine_names(names);
    if (names->len == 0) {
        check_say(check, CHECK_OK, "%u guest%s, none without", guests->len, guests->len == 1 ? "" : "s");
        return;
    }
    check_say(check, CHECK_WARNING, "none in %s", text);
    check_fix(check, "%s", fix);
}

void probe_agent(struct examination *examination, struct check *check) {
    want_device(examination, check, G_STRUCT_OFFSET(struct guest_facts, agent_channel),
                "virsh edit GUEST: in <devices>, <channel type='unix'><target type='virtio' "
                "name='org.qemu.guest_agent.0'/></channel>; install qemu-guest-agent in the guest");
}

void probe_console(struct examination *examination, struct check *check) {
    want_device(examination, check, G_STRUCT_OFFSET(struct guest_facts, serial),
                "virsh edit GUEST: in <devices>, <serial type='pty'/>; in the guest, console=ttyS0 on the "
                "kernel's command line");
}

/* ---- memory ---- */

void probe_memory(struct examination *examination, struct check *check) {
    GPtrArray *guests = examine_guests(examination);
    guint64 total = 0, available = 0, wanted = 0, swap = 0;
    guint running = 0;
    g_autofree char *meminfo = NULL;
    sight_host_memory(examination->connection, &total, &available);
    if (total == UNKNOWN_SIZE || total == 0) {
        check_say(check, CHECK_SKIPPED, "libvirt does not tell the host's memory");
        return;
    }
    for (guint i = 0; i < guests->len; i++) {
        struct seen_guest *guest = g_ptr_array_index(guests, i);
        if (!guest->active || guest->facts->memory_max == UNKNOWN_SIZE)
            continue;
        wanted += guest->facts->memory_max;
        running++;
    }
    gboolean swap_known = examination->here && g_file_get_contents("/proc/meminfo", &meminfo, NULL, NULL) &&
                          machine_meminfo(meminfo, "SwapTotal", &swap);
    g_autofree char *guests_size = units_format_size(wanted), *host_size = units_format_size(total);
    g_autofree char *swap_size = units_format_size(swap);
    enum check_status status = wanted <= total                       ? CHECK_OK
                               : swap_known && wanted > total + swap ? CHECK_FAILURE
                                                                     : CHECK_WARNING;
    check_say(check, status, "%u running guest%s with %s, the host has %s%s%s", running,
              running == 1 ? "" : "s", guests_size, host_size, swap_known ? " and swap " : "",
              swap_known ? swap_size : "");
    check_fix(check, "give guests less memory, shut some down, or add swap");
}

void probe_ksm(struct examination *examination, struct check *check) {
    g_autofree char *run = NULL, *shared = NULL;
    guint64 total = 0, available = 0, wanted = 0;
    if (!g_file_get_contents("/sys/kernel/mm/ksm/run", &run, NULL, NULL)) {
        check_say(check, CHECK_SKIPPED, "this kernel has no KSM");
        return;
    }
    GPtrArray *guests = examine_guests(examination);
    for (guint i = 0; i < guests->len; i++) {
        struct seen_guest *guest = g_ptr_array_index(guests, i);
        if (guest->active && guest->facts->memory_max != UNKNOWN_SIZE)
            wanted += guest->facts->memory_max;
    }
    sight_host_memory(examination->connection, &total, &available);
    if (*run == '1' && g_file_get_contents("/sys/kernel/mm/ksm/pages_sharing", &shared, NULL, NULL)) {
        g_autofree char *saved =
            units_format_size(g_ascii_strtoull(shared, NULL, 10) * (guint64)sysconf(_SC_PAGESIZE));
        check_say(check, CHECK_OK, "KSM saves %s", saved);
    } else if (total != UNKNOWN_SIZE && wanted > total) {
        check_say(check, CHECK_WARNING, "KSM is off, and guests have more memory than the host");
        check_fix(check,
                  "echo 1 | sudo tee /sys/kernel/mm/ksm/run; guests that must not learn of each other by "
                  "timing should not share");
    } else
        check_say(check, CHECK_OK, "KSM is off, and not needed");
}

/* ---- denials ---- */

/* The kernel's ring of messages, the caller's; NULL where this user may not read it. */
static char *kernel_log(void) {
    int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
    if (size <= 0 || size > LOG_LIMIT)
        return NULL;
    char *text = g_malloc((gsize)size + 1);
    int length = klogctl(SYSLOG_ACTION_READ_ALL, text, size);
    if (length < 0) {
        g_free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

void probe_denials(struct examination *examination, struct check *check) {
    xmlNode *root = examine_capabilities(examination);
    g_autofree char *model =
        root == NULL ? NULL : xml_string(root, "host/secmodel/model[.='apparmor' or .='selinux']");
    if (model == NULL) {
        check_say(check, CHECK_OK, "libvirt confines guests by neither AppArmor nor SELinux");
        return;
    }
    const char *name = strcmp(model, "apparmor") == 0 ? "AppArmor" : "SELinux";
    g_autofree char *log = kernel_log(), *last = NULL;
    if (log == NULL) {
        check_say(check, CHECK_SKIPPED,
                  "%s is on; this user may not read the kernel's log: sudo innkeep doctor", name);
        return;
    }
    guint count = machine_denials(log, &last);
    if (count == 0) {
        check_say(check, CHECK_OK, "%s is on, and the kernel's log has no denial", name);
        return;
    }
    check_say(check, CHECK_WARNING, "%s denied %u times, last: %s", name, count, last);
    if (strcmp(model, "apparmor") == 0)
        check_fix(check, "keep images in a pool's folder, or allow the path in "
                         "/etc/apparmor.d/local/abstractions/libvirt-qemu");
    else
        check_fix(
            check,
            "keep images in a pool's folder, and restorecon -R it; ausearch -m avc -ts recent explains");
}

/* ---- the terminal ---- */

/* Terminals that draw sixels by themselves, by what they call themselves. */
static gboolean draws_sixels(const char *term) {
    static const char *const kinds[] = {"foot", "mlterm", "contour", "yaft", "sixel", "wezterm"};
    const char *program = g_getenv("TERM_PROGRAM");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strstr(term, kinds[i]) != NULL)
            return TRUE;
    return program != NULL && (strcmp(program, "WezTerm") == 0 || strcmp(program, "iTerm.app") == 0);
}

void probe_terminal(struct examination *examination, struct check *check) {
    const char *term = g_getenv("TERM"), *more = g_getenv("COLORTERM");
    if (!isatty(STDOUT_FILENO) || term == NULL) {
        check_say(check, CHECK_SKIPPED, "no terminal here");
        return;
    }
    gboolean utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    gboolean dumb = strcmp(term, "dumb") == 0;
    const char *colours = more != NULL && (strstr(more, "truecolor") != NULL || strstr(more, "24bit") != NULL)
                              ? "16 million"
                          : strstr(term, "256color") != NULL || strcmp(term, "foot") == 0 ? "256"
                          : dumb || g_str_has_prefix(term, "vt")                          ? "no"
                                                                                          : "a few";
    check_say(check, dumb || !utf8 ? CHECK_WARNING : CHECK_OK, "%s: %s colours, %s, %s", term, colours,
              utf8 ? "UTF-8" : "no UTF-8: graphs are drawn in ASCII",
              draws_sixels(term) ? "sixel pictures" : "no sixel pictures as far as it says");
    if (dumb)
        check_fix(check, "set TERM to what the terminal is, xterm-256color for most");
    else
        check_fix(check, "choose a UTF-8 locale: LANG=C.UTF-8");
}
