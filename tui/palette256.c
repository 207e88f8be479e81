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

int palette256_nearest(int colour, int colours) {
    if (colour < 0 || colour < colours)
        return colour;
    struct rgb wanted = rgb_of(MIN(colour, 255));
    int best = -1, best_distance = G_MAXINT;
    for (int i = 0; i < MIN(colours, 16); i++) {
        struct rgb have = rgb_of(i);
        int red = wanted.red - have.red, green = wanted.green - have.green, blue = wanted.blue - have.blue;
        int distance = red * red + green * green + blue * blue;
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

static int distance(struct rgb a, struct rgb b) {
    int red = a.red - b.red, green = a.green - b.green, blue = a.blue - b.blue;
    return red * red + green * green + blue * blue;
}

/* Of the cube's six levels (0, 95, 135, …) the nearest. */
static int nearest_step(int value) {
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

int palette256_of_rgb(unsigned int rgb) {
    struct rgb wanted = {(int)(rgb >> 16 & 0xff), (int)(rgb >> 8 & 0xff), (int)(rgb & 0xff)};
    int cube =
        16 + 36 * nearest_step(wanted.red) + 6 * nearest_step(wanted.green) + nearest_step(wanted.blue);
    int grey = 232 + CLAMP(((wanted.red + wanted.green + wanted.blue) / 3 - 3) / 10, 0, 23);
    return distance(wanted, rgb_of(grey)) < distance(wanted, rgb_of(cube)) ? grey : cube;
}
