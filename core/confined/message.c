/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/message.h"

#include <errno.h>
#include <unistd.h>

static void write_all(int fd, const void *bytes, gsize length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t count = write(fd, at, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            _exit(CHILD_EXIT_BROKEN);
        at += count;
        length -= (gsize)count;
    }
}

static void read_all(int fd, void *bytes, gsize length) {
    char *at = bytes;
    while (length > 0) {
        ssize_t count = read(fd, at, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            _exit(CHILD_EXIT_ALONE);
        at += count;
        length -= (gsize)count;
    }
}

void message_say(int fd, guint32 kind, const void *head, gsize head_length, const void *body,
                 gsize body_length) {
    struct message_header header = {kind, (guint32)(head_length + body_length)};
    write_all(fd, &header, sizeof header);
    write_all(fd, head, head_length);
    if (body_length > 0)
        write_all(fd, body, body_length);
}

struct message_header message_hear(int fd, void *bytes, gsize size) {
    struct message_header header;
    read_all(fd, &header, sizeof header);
    if (header.length > size)
        _exit(CHILD_EXIT_BROKEN);
    read_all(fd, bytes, header.length);
    return header;
}
