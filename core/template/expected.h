/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/template.h"
#include "core/template/checksum.h"

/* What the image at a template's source must be: its own sha512 or sha256, else what the publisher's list
 * says of it, whose signature is checked where the definition names keys. pinned: the definition's own
 * checksums count; FALSE for one that was written by an earlier fetch. folder is a private folder to work in.
 * None at all is refused. NULL and an error; the caller frees. Blocks: a worker. */
struct checksum *expected_checksum(const struct template *definition, gboolean pinned, const char *folder,
                                   GCancellable *cancellable, GError **error);
