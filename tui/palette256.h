/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The nearest colour that a terminal of so many colours has for one of xterm's 256; -1 stays -1. */
int palette256_nearest(int colour, int colours);

/* The nearest one for 0xRRGGBB; of 256 colours none of the first sixteen, which a person may have changed. */
int palette256_of_rgb(int value, int colours);
