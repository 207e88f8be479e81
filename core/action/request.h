/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/settings.h"
#include "config/template.h"
#include "core/action/action.h"
#include "core/action/jobs.h"
#include "core/host/host.h"

/* What the console and the command line share: a host, its jobs, the settings. Plain data. */
struct engine {
    struct host *host;
    struct jobs *jobs;
    const struct settings *settings;
    struct event_store *events; /* what is done is kept there; NULL: nowhere */
    GPtrArray *own_settings;    /* those that it was given later; NULL: none */
    gboolean here; /* long requests too are carried out by this process: it is the one made for that */
};

/* Makes the host and its jobs, and starts to watch. Jobs of a guest that does not answer wait until it does.
 * The settings must outlive the engine, the engine must stay where it is. Main thread. */
void engine_open(struct engine *engine, const struct host_options *options, const struct settings *settings);

/* Takes settings that hold from now on. Those before stay until the engine ends, since workers may still read
 * them. Main thread. */
void engine_take_settings(struct engine *engine, struct settings *settings);

/* Cancels jobs, gives them grace_ms to undo what they began, and ends. Fine with an engine that was never
 * opened. */
void engine_close(struct engine *engine, guint grace_ms);

typedef char *request_text, *request_secret, *request_path, **request_texts, **request_paths;
typedef guint request_count;
typedef guint64 request_size;
typedef int request_choice;
typedef gboolean request_flag;

/* One action asked of one target, with its options: the rows of request.def. */
struct request {
    enum action_id action;
#define FIELD(type, name, ...) request_##type name;
#include "core/action/request.def"
#undef FIELD
};

struct step {
    char *step, *object, *action; /* "volume", "web.qcow2", "create" */
    guint64 bytes;                /* size where it has one, else UNKNOWN_SIZE */
    double seconds;               /* how long it took; NAN in a plan */
};

struct made {
    char *name, *uuid;
    char *user, *password; /* to log in with on its console, told this once; NULL: none was made */
    GPtrArray *steps;      /* struct step */
};

/* What came of it. */
struct outcome {
    char *message;   /* one line: "web: started" */
    char *object;    /* what was made or changed besides guests: a snapshot's name; NULL: nothing */
    char *note;      /* what a person should know of it, a part of message too; NULL: nothing */
    GPtrArray *made; /* struct made: new guests; never NULL */
    GPtrArray *plan; /* struct step: with dry_run, what it would do; never NULL */
};

struct request *request_new(enum action_id action, const char *uuid, const char *name);
struct request *request_copy(const struct request *request);
void request_free(struct request *request);

/* done is called once on the main thread. outcome is borrowed and never NULL; error is NULL when it went
 * well. */
typedef void (*request_done)(const struct request *request, const struct outcome *outcome,
                             const GError *error, gpointer data);

/* Queues the request as a job (power off on its own lane, dry runs quietly). Takes the request. Main thread.
 * The job is borrowed and valid until done has returned. A long request is carried out by a process of its
 * own, which goes on when this one ends. */
struct job *request_submit(struct engine *engine, struct request *request, request_done done, gpointer data);

/* The name that a new guest gets by itself, as far as the snapshot knows: of the template "debian-12" it is
 * "debian-12-1", of the guest "web" or "web-2" the first of "web-2", "web-3", … that no guest has. The
 * caller's. */
char *request_propose_name(const struct snapshot *snapshot, const char *base, gboolean of_template);

/* Whether a process of its own carries it out, on that host. Any thread. */
gboolean request_is_long(const struct request *request, struct host *host);

/* What was asked, for a person to read: label, value, label, value, … The caller's. */
GStrv request_asked(const struct request *request);

/* Makes its paths, relative to the folder this process is in, absolute. */
void request_make_absolute(struct request *request);

/* A line that says what the job does: "clone wiki -> wiki-2". The caller's. */
char *request_title(const struct request *request);

struct step *step_new(const char *step, const char *object, const char *action, guint64 bytes);
void step_free(struct step *step);
struct made *made_new(const char *name, const char *uuid);
struct outcome *outcome_new(void);

/* Moves all that from says into outcome, and frees from. */
void outcome_take(struct outcome *outcome, struct outcome *from);
void outcome_free(struct outcome *outcome);

typedef struct request request_t;
typedef struct outcome outcome_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(request_t, request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(outcome_t, outcome_free)
