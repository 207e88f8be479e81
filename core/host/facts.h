/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* What a domain's XML says of it, innkeep's metadata included; never NULL: of XML that cannot be parsed,
 * empty facts. The caller's reference. Any thread. */
struct guest_facts *guest_facts_parse(const char *xml, const char *uuid);
