/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/set.h"

#include "core/guest/agent.h"
#include "core/seed/person.h"
#include "core/seed/public_keys.h"

/* Seconds for each answer: adding a key writes a file, setting a password runs a program. */
#define ANSWER_S 10

static gboolean check(virDomainPtr domain, const struct request *request, GError **error) {
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state != VIR_DOMAIN_RUNNING)
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL,
                  "cannot set that in '%s': it does not run, and its guest agent must do it", request->name);
    else if (request->user == NULL)
        error_set(error, INNKEEP_ERROR_USAGE, "user=NAME says whose",
                  "cannot set that in '%s': which user it has is not known", request->name);
    else
        return TRUE;
    return FALSE;
}

static char *keys_text(guint count) {
    return g_strdup_printf("%u SSH key%s", count, count == 1 ? "" : "s");
}

static void plan(const struct request *request, struct outcome *outcome, guint keys) {
    g_autofree char *what = keys_text(keys);
    g_autofree char *add = g_strdup_printf("add %s for %s", what, request->user);
    g_autofree char *set = g_strdup_printf("set that of %s", request->user);
    if (request->password != NULL)
        g_ptr_array_add(outcome->plan, step_new("password", request->name, set, UNKNOWN_SIZE));
    if (keys > 0)
        g_ptr_array_add(outcome->plan, step_new("ssh-key", request->name, add, UNKNOWN_SIZE));
}

static gboolean set_password(virDomainPtr domain, const struct request *request, GError **error) {
    if (request->password == NULL ||
        virDomainSetUserPassword(domain, request->user, request->password, 0) == 0)
        return TRUE;
    agent_error_set(error, "cannot set the password of %s in '%s' by its guest agent", request->user,
                    request->name);
    return FALSE;
}

static gboolean add_keys(virDomainPtr domain, const struct request *request, GStrv keys, GError **error) {
    guint count = g_strv_length(keys);
    if (count == 0 || virDomainAuthorizedSSHKeysSet(domain, request->user, (const char **)keys, count,
                                                    VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND) == 0)
        return TRUE;
    agent_error_set(error, "%scannot add SSH keys for %s in '%s' by its guest agent",
                    request->password == NULL ? "" : "the password was set, but innkeep ", request->user,
                    request->name);
    return FALSE;
}

static char *message(const struct request *request, guint keys) {
    g_autofree char *added = keys_text(keys);
    if (keys == 0)
        return g_strdup_printf("%s: password of %s set", request->name, request->user);
    return g_strdup_printf("%s: %s%s of %s added", request->name,
                           request->password == NULL ? "" : "password set, ", added, request->user);
}

gboolean set_change(struct operation *operation, const struct request *request, struct outcome *outcome,
                    GError **error) {
    g_auto(person_t) person = {0};
    person_calling(&person);
    gboolean any = request->ssh_keys != NULL && *request->ssh_keys != NULL;
    g_auto(GStrv) keys = any ? public_keys_collect(&person, request->ssh_keys, error) : g_new0(char *, 1);
    g_autoptr(virDomain) domain = keys == NULL ? NULL : operation_domain(operation, request, error);
    if (domain == NULL || !check(domain, request, error))
        return FALSE;
    if (request->dry_run) {
        plan(request, outcome, g_strv_length(keys));
        return TRUE;
    }
    if (!agent_begin(domain, ANSWER_S, error))
        return FALSE;
    job_step(operation->job, "asking the guest agent");
    gboolean done = set_password(domain, request, error) && add_keys(domain, request, keys, error);
    agent_end(domain);
    if (done)
        outcome->message = message(request, g_strv_length(keys));
    return done;
}
