#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same bytes played into the console's terminal and into tmux leave the same screen, cell by cell."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

PLAY = sys.argv[1]
BOLD, UNDERLINE, INVERSE, BLINK, ITALIC = 1, 2, 4, 8, 16
RGB = 1 << 24
STEPS = (0, 95, 135, 175, 215, 255)
LIMIT_S = 20


def palette(index):
    """A colour as the console has it."""
    if index < 16:
        return index
    if index >= 232:
        grey = 8 + (index - 232) * 10
        return RGB | grey << 16 | grey << 8 | grey
    index -= 16
    return RGB | STEPS[index // 36] << 16 | STEPS[index // 6 % 6] << 8 | STEPS[index % 6]


class Look:
    def __init__(self):
        self.attributes, self.foreground, self.background = 0, -1, -1

    def take(self, numbers):
        numbers = list(numbers)
        on = {1: BOLD, 3: ITALIC, 4: UNDERLINE, 5: BLINK, 7: INVERSE}
        off = {22: BOLD, 23: ITALIC, 24: UNDERLINE, 25: BLINK, 27: INVERSE}
        while numbers:
            number = numbers.pop(0)
            if number == 0:
                self.__init__()
            elif number in on:
                self.attributes |= on[number]
            elif number in off:
                self.attributes &= ~off[number]
            elif number in (38, 48):
                if numbers.pop(0) == 5:
                    colour = palette(numbers.pop(0))
                else:
                    red, green, blue = numbers[:3]
                    del numbers[:3]
                    colour = RGB | red << 16 | green << 8 | blue
                if number == 38:
                    self.foreground = colour
                else:
                    self.background = colour
            elif 30 <= number <= 37:
                self.foreground = number - 30
            elif 90 <= number <= 97:
                self.foreground = number - 82
            elif number == 39:
                self.foreground = -1
            elif 40 <= number <= 47:
                self.background = number - 40
            elif 100 <= number <= 107:
                self.background = number - 92
            elif number == 49:
                self.background = -1
            else:
                raise AssertionError(f'tmux says SGR {number}')

    def values(self):
        return self.attributes, self.foreground, self.background


def width(character):
    return 2 if unicodedata.east_asian_width(character) in 'WF' else 1


def reference(data, columns, rows):
    """What tmux makes of it: {(row, column): (characters, attributes, foreground, background)}."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'bytes')
        with open(file, 'wb') as handle:
            handle.write(data)
        tmux = ['tmux', '-S', os.path.join(folder, 'socket'), '-f', '/dev/null', '-u']
        environment = dict(os.environ, LANG='C.UTF-8', LC_ALL='C.UTF-8', TERM='xterm-256color')
        # raw: what is played is what the terminal gets; the channel tells when tmux has read all of it
        command = f"stty raw -echo; cat '{file}'; printf '\\033[c'; dd bs=1 count=1 >/dev/null 2>&1; tmux wait-for -S read; exec sleep 60"
        subprocess.run(tmux + ['new-session', '-d', '-x', str(columns), '-y', str(rows), command], check=True,
                       env=environment)
        try:
            subprocess.run(tmux + ['set', '-g', 'status', 'off'], check=True, env=environment)
            subprocess.run(tmux + ['wait-for', 'read'], check=True, env=environment, timeout=LIMIT_S)
            captured = subprocess.run(tmux + ['capture-pane', '-e', '-p', '-N'], check=True, env=environment,
                                      stdout=subprocess.PIPE).stdout.decode()
        finally:
            subprocess.run(tmux + ['kill-server'], check=False, env=environment)
    return cells_of(captured.split('\n')[:rows])


LINES = {'q': '─', 'x': '│', 'l': '┌', 'k': '┐', 'm': '└', 'j': '┘', 'n': '┼', 't': '├', 'u': '┤', 'v': '┴', 'w': '┬',
         'a': '▒', '`': '◆', 'o': '⎺', 's': '⎽', '~': '·'}


def cells_of(lines):
    cells, look, drawing = {}, Look(), False
    for row, line in enumerate(lines):
        column = 0
        for piece in re.findall(r'\033\[[0-9;:]*m|\033\([0B]|[\016\017]|.', line):
            if piece in ('\016', '\017', '\033(0', '\033(B'):
                drawing = piece in ('\016', '\033(0')
            elif piece.startswith('\033'):
                look.take(int(number or 0) for number in re.split('[;:]', piece[2:-1]))
            elif unicodedata.combining(piece):
                where = max(key for key in cells if key[0] == row)
                characters, *rest = cells[where]
                cells[where] = (characters + piece, *rest)
            else:
                piece = LINES.get(piece, piece) if drawing else piece
                cells[row, column] = (piece, *look.values())
                column += width(piece)
    return cells


def ours(data, columns, rows):
    said = subprocess.run([PLAY, str(columns), str(rows)], input=data, stdout=subprocess.PIPE, check=True).stdout
    cells = {}
    for line in said.decode().split('\n')[:-1]:
        row, column, _, characters, attributes, foreground, background = line.split('\t')
        cells[int(row), int(column)] = (characters, int(attributes), int(foreground), int(background))
    return cells


def shown(cell):
    """What can be seen: the colour of the letters of a space cannot."""
    characters, attributes, foreground, background = cell
    if characters == ' ':
        attributes &= INVERSE | UNDERLINE
        if attributes == 0:
            foreground = -1
    return characters, attributes, foreground, background


def compare(name, data, columns=80, rows=24, but=()):
    """but: places that are known to differ, and why is said where they are given."""
    blank = (' ', 0, -1, -1)
    left, right = ours(data, columns, rows), reference(data, columns, rows)
    places = [place for place in sorted(set(left) | set(right)) if place not in but]
    wrong = [(place, left.get(place, blank), right.get(place, blank)) for place in places
             if shown(left.get(place, blank)) != shown(right.get(place, blank))]
    for place, mine, theirs in wrong[:8]:
        print(f'{name}: {place}: ours {mine}, tmux {theirs}')
    print(f'{name}: {len(places)} cells, {len(wrong)} differ')
    return not wrong


def editor():
    """A full-screen editor: alternate screen, a region that scrolls, lines put in and taken out, a line of status."""
    lines = ''.join(f'\033[{row};1H\033[33m{row:3d} \033[0mtext of line {row}' for row in range(1, 24))
    return ('before\r\n\033[?1049h\033[2J\033[1;23r' + lines +
            '\033[24;1H\033[7m-- INSERT --\033[K\033[0m\033[5;1H\033[2L new\033[10;5H\033[3M'
            '\033[12;10H\033[4@ins\033[13;10H\033[5P\033[14;3H\033[4X\033[23;1H\033D\033[1;1H\033M'
            '\033[3;8H\033[1;4mbold\033[22m under\033[24m\033[1K\033[20;30H\033[K').encode()


def colours():
    text = ''.join(f'\033[{30 + i % 8}m{i % 10}\033[{40 + i % 8}m{i % 10}\033[0m' for i in range(16)) + '\r\n'
    text += ''.join(f'\033[{90 + i}m{i}\033[{100 + i}m{i}\033[0m' for i in range(8)) + '\r\n'
    text += ''.join(f'\033[38;5;{i}mx\033[48;5;{255 - i}my\033[0m' for i in range(16, 240)) + '\r\n'
    text += ''.join(f'\033[38;2;{i};{255 - i};{i * 7 % 256}mz\033[48;2;{i};0;9mw\033[0m' for i in range(0, 256, 3))
    return text.encode()


def wide():
    return ('漢字 かな 한글\r\ne\u0301a\u0323\u0302 combined\r\n\033[3;79H漢x\r\n\033[5;80H字\r\n'
            '\033[8;1Habcdef\033[8;3H漢\033[9;1H漢漢\033[9;2Hx\033[10;80He\u0301z\033[12;1H\033[7;4minv\033[K\033[0m ').encode()


# A wide character whose right half was written over: tmux keeps it blank and two columns wide, so that what it says of
# the rest of that row is a column off.
HALVES = [(8, column) for column in (1, 2, 3)]


def long_lines():
    return (('0123456789' * 20 + '\r\n') * 3 + '\033[?7l' + 'no wrap ' * 30 + '\r\n\033[?7h' + 'x' * 80 + '\r\ny\r\n').encode()


def scrolling():
    return ''.join(f'line {i}\r\n' for i in range(100)).encode() + b'\033[5;10r\033[10;1H\n\n\033[5;1H\033M\033[r\033[2T\033[1S'


def drawing():
    return (b'\033(0lqqqk\r\nx   x\r\nmqqqj\033(B plain\r\n\016\033)0lqk\017\r\n\033[2;10Ha\tb\tc\033[3g\033[4;1H'
            b'\0337\033[10;10H\033[35mthere\0338back\r\n')


def main():
    if shutil.which('tmux') is None:
        print('SKIP: no tmux')
        return 77
    fine = [compare('editor', editor()), compare('colours', colours()), compare('wide and combining', wide(), but=HALVES),
            compare('200 columns in 80', long_lines()), compare('a line of 200 columns', long_lines(), 200, 30),
            compare('scrolling', scrolling()), compare('drawing', drawing())]
    return 0 if all(fine) else 1


sys.exit(main())
