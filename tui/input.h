/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* From the terminal's file descriptor to keys. */
void input_start(struct ui *ui);
void input_stop(struct ui *ui);

/* Leaves the terminal's input to another program, and takes it back. */
void input_pause(struct ui *ui);
void input_resume(struct ui *ui);

/* Stops the program as Ctrl-Z does, and comes back. */
void input_suspend(struct ui *ui);

/* The program was continued from elsewhere. */
void input_continued(struct ui *ui);
