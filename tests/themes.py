#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fails when a shipped theme that names its own background has a look that is hard to read on it: a contrast below 4.5,
and below 7 for high-contrast (WCAG 2.1, 1.4.3 and 1.4.6), in xterm's palette of 256 colours."""
import configparser
import pathlib
import re
import sys

LOOK = re.compile(r'^(default|\d+)?(?: ?on (\d+))?((?: ?(?:bold|dim|underline|reverse))*)$')
SIXTEEN = 16  # what lies below may have been given other colours by the person
BLACK, WHITE = 16, 231


def rgb(colour):
    if colour >= 232:
        return (8 + (colour - 232) * 10,) * 3
    steps = (0, 95, 135, 175, 215, 255)
    return tuple(steps[(colour - 16) // size % 6] for size in (36, 6, 1))


def luminance(colour):
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (one / 255 for one in rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def parse(words, normal):
    foreground, background, _ = LOOK.match(words).groups()
    pair = [normal[0] if foreground in (None, 'default') else int(foreground), normal[1] if background is None else int(background)]
    return pair


def faults(path):
    theme = configparser.ConfigParser(comment_prefixes=(';',))
    theme.read(path)
    looks = dict(theme['looks'])
    if ' on ' not in looks['normal']:
        return
    wanted = 7 if path.stem == 'high-contrast' else 4.5
    normal = parse(looks['normal'], None)
    for key, words in looks.items():
        if not LOOK.match(words):
            yield f'{key}: a theme with its own background gives its colours by number, not "{words}"'
            continue
        pair = parse(words, normal)
        if min(pair) < SIXTEEN:
            yield f'{key}: what colours 0 to 15 look like is the terminal\'s'
        elif contrast(*pair) < wanted:
            yield f'{key}: the contrast is {contrast(*pair):.1f}, not {wanted}'


def main():
    assert round(contrast(BLACK, WHITE)) == 21
    paths = sorted((pathlib.Path(sys.argv[1]) / 'themes').glob('*.ini'))
    assert len(paths) >= 7, paths
    found = [f'{path.name}: {fault}' for path in paths for fault in faults(path)]
    print('\n'.join(found))
    sys.exit(1 if found else 0)


main()
