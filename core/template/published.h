/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/template.h"
#include "core/base/libvirt.h"
#include "core/host/model.h"

/* What a guest's definition says of the template that is made of it. Any thread. */

/* The template by that name: sizes, firmware or direct boot (paths on the host), network, role and system of
 * the guest; of origin, the template that the guest was made from (NULL: not known), who is to log in and
 * what is waited for. notes gets a line (char *) for each thing that new guests of it do not have. The
 * caller frees. */
struct template *published_definition(const char *name, xmlDoc *domain, const struct guest_facts *facts,
                                      const struct template *origin, GPtrArray *notes);

/* Whether the guest's identity is what its kernel is told, so that nothing of it lies on its disk: so are
 * the guests of the template tiny. */
gboolean published_told_by_kernel(xmlDoc *domain);
