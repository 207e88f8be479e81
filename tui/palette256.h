/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The nearest colour that a terminal of so many colours has for one of xterm's 256; -1 stays -1. */
int palette256_nearest(int colour, int colours);

/* The nearest of the 240 that are the same everywhere, 16 to 255, to 0xRRGGBB. */
int palette256_of_rgb(unsigned int rgb);
