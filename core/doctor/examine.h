/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/base/xml.h"
#include "core/doctor/doctor.h"

/* What the probes of one visit share. Private to core/doctor; a worker's. */
struct examination {
    struct engine *engine;
    char *uri;
    gboolean walk;
    gboolean here, system; /* the daemon runs on this machine; is the system's and no session's */
    virConnectPtr connection;
    GError *refusal;       /* why there is none */
    gboolean unauthorized; /* it was opened and then refused this user */
    GPtrArray *checks;
    doctor_done done;
    gpointer data;
    /* read when first asked for */
    xmlDoc *capabilities, *abilities;
    GPtrArray *guests, *networks, *pools;
};

/* This program, as the first word of a command. */
#define SELF "innkeep"

#define CHECK(id, ...) void probe_##id(struct examination *examination, struct check *check);
#include "core/doctor/checks.def"
#undef CHECK

/* ---- what a probe says ---- */

/* The status and what was found. */
void check_say(struct check *check, enum check_status status, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* What a person does; after commands, what is left to them. */
void check_fix(struct check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One more command of the fix: words up to NULL. */
void check_command(struct check *check, ...) G_GNUC_NULL_TERMINATED;

/* The same, run by root. */
void check_root_command(struct check *check, ...) G_GNUC_NULL_TERMINATED;

/* virsh on this host: a command, and an object's name (NULL: none), whatever it begins with. */
void check_virsh(struct examination *examination, struct check *check, const char *command, const char *name);

/* ---- what probes look at; all borrowed from the examination ---- */

/* libvirt's capabilities and domain capabilities (q35), or NULL. */
xmlNode *examine_capabilities(struct examination *examination);
xmlNode *examine_abilities(struct examination *examination);

struct seen_guest {
    char *name;
    gboolean active;
    struct guest_facts *facts;
};

struct seen_network {
    char *name, *bridge, *forward; /* forward: "nat", "route", …; NULL: isolated */
    char *address;                 /* its own IPv4 address; NULL: none */
    gboolean active, persistent, autostart, dns;
};

struct seen_pool {
    char *name, *type, *path;
    gboolean active, persistent, autostart;
    guint64 capacity, available; /* bytes; 0 of one that is not active */
    GPtrArray *volumes;          /* struct volume; of one that is active */
};

GPtrArray *examine_guests(struct examination *examination);
GPtrArray *examine_networks(struct examination *examination);
GPtrArray *examine_pools(struct examination *examination);

void examine_forget(struct examination *examination);

/* ---- names, which others gave, in texts ---- */

/* "a, b, c and 4 more"; names: an array of strings. The caller's. */
char *examine_names(const GPtrArray *names);
