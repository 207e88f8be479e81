/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/palette256.h"

#include <glib.h>

struct rgb {
    int red, green, blue;
};

/* xterm's palette: 16 named colours, a cube of 6 steps each, 24 greys. */
static struct rgb rgb_of(int colour) {
    static const struct rgb named[16] = {
        {0, 0, 0},     {205, 0, 0},     {0, 205, 0},     {205, 205, 0},   {0, 0, 238}, {205, 0, 205},
        {0, 205, 205}, {229, 229, 229}, {127, 127, 127}, {255, 0, 0},     {0, 255, 0}, {255, 255, 0},
        {92, 92, 255}, {255, 0, 255},   {0, 255, 255},   {255, 255, 255},
    };
    static const int steps[6] = {0, 95, 135, 175, 215, 255};
    if (colour < 16)
        return named[colour];
    if (colour >= 232) {
        int grey = 8 + (colour - 232) * 10;
        return (struct rgb){grey, grey, grey};
    }
    colour -= 16;
    return (struct rgb){steps[colour / 36], steps[colour / 6 % 6], steps[colour % 6]};
}

static int distance(struct rgb a, struct rgb b) {
    int red = a.red - b.red, green = a.green - b.green, blue = a.blue - b.blue;
    return red * red + green * green + blue * blue;
}

/* Among the named ones. */
static int nearest_named(struct rgb wanted, int colours) {
    int best = -1;
    for (int i = 0; i < MIN(colours, 16); i++)
        if (best < 0 || distance(wanted, rgb_of(i)) < distance(wanted, rgb_of(best)))
            best = i;
    return best;
}

int palette256_nearest(int colour, int colours) {
    return colour < 0 || colour < colours ? colour : nearest_named(rgb_of(MIN(colour, 255)), colours);
}

/* 0 to 5: where the cube's steps part. */
static int step_of(int value) {
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

int palette256_of_rgb(int value, int colours) {
    struct rgb wanted = {value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff};
    if (colours < 256)
        return nearest_named(wanted, colours);
    int cube = 16 + step_of(wanted.red) * 36 + step_of(wanted.green) * 6 + step_of(wanted.blue);
    int mean = (wanted.red + wanted.green + wanted.blue) / 3;
    int grey = 232 + (mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10);
    return distance(wanted, rgb_of(grey)) < distance(wanted, rgb_of(cube)) ? grey : cube;
}
