/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/host/model.h"

/* What innkeep notes in a domain's <metadata>, under urn:innkeep:guest:1:
 *
 *   <innkeep:guest xmlns:innkeep="urn:innkeep:guest:1">
 *     <innkeep:uuid>…</innkeep:uuid>             the guest this is about; a copy made by another tool differs
 *     <innkeep:template>debian-12</innkeep:template>  and role, service, member, replica, created (RFC 3339)
 *     <innkeep:user>ada</innkeep:user>           whom cloud-init makes in it
 *     <innkeep:linked/>  <innkeep:protected/>    there, or not
 *     <innkeep:tags><innkeep:tag>prod</innkeep:tag></innkeep:tags>
 *     <innkeep:volumes><innkeep:volume>/path</innkeep:volume></innkeep:volumes>   made by innkeep for this
 * guest
 *   </innkeep:guest>
 *
 * Plain data, all borrowed; NULL, 0 or FALSE: left out. */
struct metadata {
    const char *uuid, *template_name, *role, *service, *member, *created;
    const char *user; /* whom cloud-init makes in it; NULL: it is not set up by cloud-init */
    guint replica;
    gboolean linked, protected;
    char **tags, **volumes;
};

/* Puts the metadata into the domain in place of what innkeep had noted there. Others' metadata stay. */
void metadata_write(xmlDoc *domain, const struct metadata *metadata);

/* Removes innkeep's, and an empty <metadata> with it. */
void metadata_remove(xmlDoc *domain);

/* Fills the metadata's fields of facts (freeing what they held). Managed only where the metadata names this
 * very uuid: else unmanaged, and nothing of it is believed. Any thread. */
void metadata_read(xmlDoc *domain, struct guest_facts *facts, const char *uuid);

/* Notes of the guest as it is defined, and as it runs, that innkeep made the volume at path for it, or (there
 * FALSE) that it has none such. Nothing to do, as for a guest that is not innkeep's, is fine. Blocks. */
gboolean metadata_note_volume(virDomainPtr domain, const char *path, gboolean there, GError **error);
