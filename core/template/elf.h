/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What we must know of programs and kernel modules, read from their ELF headers; elf(5). The files come from
 * packages and are not trusted: every offset is checked. Any thread. */

/* TRUE for a 64-bit program that needs no loader and no libraries (no PT_INTERP). */
gboolean elf_is_static_program(GBytes *file);

/* The names of the modules that this kernel module needs, '-' written as '_'; empty where none, NULL if this
 * is no module. The caller's. */
GStrv elf_module_depends(GBytes *file);
