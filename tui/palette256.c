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
