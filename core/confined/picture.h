/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/screen/text_screen.h"

/* A guest's screen, decoded in a confined child process: what QEMU says of it is hostile, and a picture's
 * decoder is where such bytes do harm. The parent sees bounded cells or pixels alone. Main thread. */
struct picture;

struct picture_seen {
    guint width, height; /* of the guest's screen, in pixels */
    gboolean is_text;
    struct text_screen text; /* these two by is_text; every character may be drawn and takes one column */
    struct pixels pixels;    /* fitted into the box that was asked for */
};

/* One of them ends each picture_read(). All may free the picture. */
struct picture_events {
    void (*seen)(struct picture *picture, const struct picture_seen *seen, gpointer data);
    void (*unreadable)(struct picture *picture, const char *why, gpointer data);
    void (*died)(struct picture *picture, const char *why, gpointer data); /* it reads nothing any more */
};

/* Starts the child. NULL and an error when it cannot be. events must outlive the picture. */
struct picture *picture_new(const struct picture_events *events, gpointer data, GError **error);

/* Reads a file, as libvirt gives it, into a box of so many pixels (0: as large as it is); with text, text as
 * text. One that comes before the last one has ended takes its place. */
void picture_read(struct picture *picture, GBytes *file, guint width, guint height, gboolean text);

void picture_free(struct picture *picture);

/* The program's first argument in the hidden role, and that role, which never returns. */
#define PICTURE_CHILD_ROLE "--confined-picture"
_Noreturn void picture_child_main(int input, int output);
