/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tests/provision/operate.h"

/* What the provisioning tests stand on: a golden image and its definition in the pool of tests/host, and
 * looks at what is on that host. All fail the test when something does not work. */

#define HOUSE_TEMPLATE "golden"
#define HOUSE_SEEDED   "golden.seed" /* the same image; its guests get a seed for cloud-init */
#define HOUSE_IMAGE    "/var/lib/libvirt/images/golden.qcow2"

/* Connects, makes the template, and a state directory of its own. For cmocka's group set-up and tear-down. */
int house_open(void **state);
int house_close(void **state);

virConnectPtr house_connection(void);

/* Everything there is: guests with UUID and state, volumes with size, journals, folders that seeds were made
 * in; one a line. The caller's. */
char *house_inventory(void);

/* Makes one guest from the template, shut off, and gives its UUID; the caller's. */
char *house_guest(const char *name);

/* Runs an operation on a guest (uuid and new_name may be NULL); NULL when it went well. The caller's. */
GError *house_try(operation_run run, struct request *request);

/* A copy of the guest's definition changed by replacing old by new, defined again. */
void house_edit(const char *name, const char *old, const char *new);

/* Deletes all guests and all volumes that are not the template's: a test's tear-down. */
int house_clear(void **state);

/* Runs this program again as operate_main() with these words; kill_at > 0: it kills itself at that point.
 * TRUE when it was killed; else its exit status in *status. */
gboolean house_spawn(char **words, int kill_at, int *status);
