/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "tests/unit/unit.h"

/* The real program on a pseudo-terminal, and what a person would see: its output goes through libvterm. Every
 * wait has a limit; a failing test prints the whole screen. $INNKEEP is the program. */
struct screen;

#define SCREEN_UP    "\033[A"
#define SCREEN_DOWN  "\033[B"
#define SCREEN_RIGHT "\033[C"
#define SCREEN_LEFT  "\033[D"
#define SCREEN_END   "\033[F"
#define SCREEN_PGDN  "\033[6~"
#define SCREEN_ENTER "\r"

/* Starts it. arguments: NULL-terminated, without the program's name. environment: NULL-terminated
 * "NAME=VALUE" (or "NAME": not set) over TERM=xterm-256color, LANG=C.UTF-8 and an empty home; NULL: just
 * these. */
struct screen *screen_start(const char *const *arguments, int rows, int columns,
                            const char *const *environment);

/* The sample house at 80x24, when its guests are there. */
struct screen *screen_demo(void);

/* Ends the program if it still runs, and frees. */
void screen_free(struct screen *screen);

/* One key as a finger types it: not sooner after the last one than a person could. */
void screen_key(struct screen *screen, const char *bytes);

/* Esc, and the time after which what follows is a key of its own again. */
void screen_escape(struct screen *screen);

/* Each byte of text as a key. */
void screen_type(struct screen *screen, const char *text);

/* Bytes in one piece, at once. */
void screen_send(struct screen *screen, const char *bytes, gsize length);

/* Takes what the program sends in that time. */
void screen_listen(struct screen *screen, guint milliseconds);

/* Until the text is on the screen, in that row, or nowhere any more; the test fails where that takes too
 * long. */
void screen_wait(struct screen *screen, const char *text);
void screen_wait_row(struct screen *screen, int row, const char *text);
void screen_wait_gone(struct screen *screen, const char *text);

/* One row, without the spaces at its end; negative rows count from the bottom. The caller's. */
char *screen_row(struct screen *screen, int row);

/* The row with that text, or -1. */
int screen_find(struct screen *screen, const char *text);

/* Fails, with the screen printed, unless the text is there (is not there) now. */
void screen_expect(struct screen *screen, const char *text);
void screen_expect_not(struct screen *screen, const char *text);
_Noreturn void screen_fail(struct screen *screen, const char *format, ...) G_GNUC_PRINTF(2, 3);

void screen_resize(struct screen *screen, int rows, int columns);

/* Bytes that the program sent so far. */
gsize screen_bytes(struct screen *screen);

/* All of them, for what must never be among them. Owned by the screen. */
const GByteArray *screen_raw(struct screen *screen);

pid_t screen_pid(struct screen *screen);

/* Until the program stopped itself (Ctrl-Z). */
void screen_wait_stopped(struct screen *screen);

/* Hangs the line up: the terminal is gone. */
void screen_hang_up(struct screen *screen);

/* Waits until the program ended; its status as waitpid() gives it. Fails after limit milliseconds. */
int screen_end(struct screen *screen, guint limit);

/* Fails unless the terminal is as the program found it: modes, main screen, cursor, no mouse, no paste mode.
 */
void screen_expect_restored(struct screen *screen);

/* A file with a host for libvirt's test driver: networks, and so many guests named by name(i); shut off
 * unless running. The URI to open it; the caller's. */
char *screen_host(guint guests, char *(*name)(guint index));
