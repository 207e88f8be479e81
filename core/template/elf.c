/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/elf.h"

#include <elf.h>
#include <string.h>

struct image {
    const guint8 *bytes;
    gsize size;
};

/* size bytes at offset, or NULL where they are not all there. */
static const void *at(const struct image *image, guint64 offset, guint64 size) {
    return offset <= image->size && size <= image->size - offset ? image->bytes + offset : NULL;
}

static gboolean open_image(GBytes *file, struct image *image, Elf64_Ehdr *header) {
    image->bytes = g_bytes_get_data(file, &image->size);
    const void *start = at(image, 0, sizeof *header);
    if (start == NULL)
        return FALSE;
    memcpy(header, start, sizeof *header);
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64;
}

gboolean elf_is_static_program(GBytes *file) {
    struct image image;
    Elf64_Ehdr header;
    if (!open_image(file, &image, &header) || (header.e_type != ET_EXEC && header.e_type != ET_DYN) ||
        header.e_phnum == 0)
        return FALSE;
    for (guint i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        const void *bytes = at(&image, header.e_phoff + (guint64)i * sizeof segment, sizeof segment);
        if (bytes == NULL)
            return FALSE;
        memcpy(&segment, bytes, sizeof segment);
        if (segment.p_type == PT_INTERP)
            return FALSE;
    }
    return TRUE;
}

static gboolean read_section(const struct image *image, const Elf64_Ehdr *header, guint index,
                             Elf64_Shdr *section) {
    const void *bytes = at(image, header->e_shoff + (guint64)index * sizeof *section, sizeof *section);
    if (index >= header->e_shnum || bytes == NULL)
        return FALSE;
    memcpy(section, bytes, sizeof *section);
    return TRUE;
}

/* The section of that name, or NULL. */
static const char *find_section(const struct image *image, const Elf64_Ehdr *header, const char *name,
                                gsize *size) {
    Elf64_Shdr names, section;
    gsize length = strlen(name) + 1;
    if (!read_section(image, header, header->e_shstrndx, &names))
        return NULL;
    for (guint i = 0; i < header->e_shnum && read_section(image, header, i, &section); i++) {
        const void *found = at(image, names.sh_offset + section.sh_name, length);
        if (found != NULL && memcmp(found, name, length) == 0) {
            *size = section.sh_size;
            return at(image, section.sh_offset, section.sh_size);
        }
    }
    return NULL;
}

GStrv elf_module_depends(GBytes *file) {
    static const char key[] = "depends=";
    struct image image;
    Elf64_Ehdr header;
    gsize size = 0;
    if (!open_image(file, &image, &header) || header.e_type != ET_REL)
        return NULL;
    const char *info = find_section(&image, &header, ".modinfo", &size);
    if (info == NULL)
        return NULL;
    for (const char *entry = info, *end = info + size; entry < end;) {
        gsize length = strnlen(entry, (gsize)(end - entry));
        if (length > strlen(key) && memcmp(entry, key, strlen(key)) == 0) {
            g_autofree char *value = g_strndup(entry + strlen(key), length - strlen(key));
            return g_strsplit(g_strdelimit(value, "-", '_'), ",", -1);
        }
        entry += length + 1;
    }
    return g_new0(char *, 1);
}
