/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/create_check.h"

#include "config/error.h"
#include "core/seed/static_network.h"

#define SOURCES "one of -t, --iso, --import, --pxe, --kernel"

gboolean create_is_blank(const struct request *request) {
    return request->iso != NULL || request->import != NULL || request->pxe || request->kernel != NULL;
}

static gboolean one_source(const struct request *request, GError **error) {
    const struct {
        const char *option;
        gboolean given;
    } sources[] = {
        {"-t", request->template_name != NULL}, {"--iso", request->iso != NULL},
        {"--import", request->import != NULL},  {"--pxe", request->pxe},
        {"--kernel", request->kernel != NULL},
    };
    const char *first = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++) {
        if (!sources[i].given)
            continue;
        if (first != NULL) {
            error_set(error, INNKEEP_ERROR_USAGE, SOURCES, "%s and %s exclude each other", first,
                      sources[i].option);
            return FALSE;
        }
        first = sources[i].option;
    }
    return TRUE;
}

gboolean create_check(const struct request *request, GError **error) {
    gboolean blank = create_is_blank(request), import = request->import != NULL;
    gboolean cloud_init =
        request->user_data != NULL || (request->ssh_keys != NULL && request->ssh_keys[0] != NULL);
    gboolean fixed = request->address != NULL;
    const struct {
        gboolean wrong;
        const char *why;
    } rules[] = {
        {blank && request->new_name == NULL, "a guest without a template needs a name"},
        {blank && cloud_init, "--ssh-key and --user-data go with a template: nothing else sets a guest up"},
        {!blank && request->no_disk, "--disk 0: a guest of a template has the template's disk"},
        {blank && fixed, "--address goes with a template: nothing else sets a guest up"},
        {fixed && request->count > 1, "--address and --count: one address is one guest's"},
        {!fixed && (request->gateway != NULL || request->dns != NULL),
         "--gateway and --dns go with --address"},
        {import && request->count > 1, "--import and --count: one disk makes one guest"},
        {import && (request->disk != 0 || request->no_disk),
         "--import and --disk exclude each other: the disk that is there stays as it is"},
        {request->kernel == NULL && (request->initrd != NULL || request->cmdline != NULL),
         "--initrd and --cmdline go with --kernel"},
    };
    if (!one_source(request, error))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
        if (rules[i].wrong) {
            error_set(error, INNKEEP_ERROR_USAGE, blank ? "innkeep create NAME --iso FILE" : NULL, "%s",
                      rules[i].why);
            return FALSE;
        }
    g_auto(static_network_t) network = {0};
    return !fixed || static_network_parse(request->address, request->gateway, request->dns, &network, error);
}
