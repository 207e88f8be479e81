#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fonts.py VGABIOS UNICODE.PF2 FIXED.PSF.GZ >fonts.def: the glyphs by which a picture of text is read. Run by hand when a
font is to be added; on Debian the files are /usr/share/seabios/vgabios-stdvga.bin (package seabios; its fonts are in the
public domain), /usr/share/grub/unicode.pf2 (package grub-common; GNU Unifont, GPL-2.0-or-later with its font exception)
and /usr/share/consolefonts/Uni2-Fixed16.psf.gz (package console-setup-linux; public domain)."""
import gzip
import struct
import sys

LOW = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼'
# The first three glyphs of the VGA's fonts by their height: nothing, and the two faces.
FACES = {16: '00' * 16 + '00007e81a58181bd9981817e00000000', 14: '00' * 14 + '00007e81a58181bd99817e000000',
         8: '00' * 8 + '7e81a581bd99817e'}
# What GRUB and consoles draw with; U+2581 is GRUB's cursor, and read as one.
UNIFONT = [range(0x21, 0x7f), range(0xa1, 0x100), range(0x2190, 0x2196), range(0x2500, 0x2581), range(0x2582, 0x25a0),
           (0x25b2, 0x25bc, 0x25c6)]


def character(code):
    """Of code page 437, as a Unicode code point."""
    if code < 0x20:
        return ord(LOW[code])
    if code == 0x7f:
        return 0x2302
    return 0x20 if code == 0xff else ord(bytes([code]).decode('cp437'))


def row(macro, code, bitmap):
    high, low = struct.unpack('>QQ', bitmap.ljust(16, b'\0'))
    print(f'{macro}(0x{code:04x}, 0x{high:016x}, 0x{low:016x})')


def vga(bios):
    for height, faces in FACES.items():
        start = bios.index(bytes.fromhex(faces))
        for code in range(256):
            bitmap = bios[start + code * height:start + (code + 1) * height]
            if any(bitmap):
                row(f'GLYPH_{height}', character(code), bitmap)


def sections(font):
    at = 0
    while at < len(font):
        name, length = font[at:at + 4], struct.unpack('>I', font[at + 4:at + 8])[0]
        if name == b'DATA':
            return
        yield name.decode(), font[at + 8:at + 8 + length]
        at += 8 + length


def unifont(font):
    parts = dict(sections(font))
    ascent = struct.unpack('>H', parts['ASCE'])[0]
    wanted = {code for some in UNIFONT for code in some}
    index = parts['CHIX']
    for at in range(0, len(index), 9):
        code, _, offset = struct.unpack('>IBI', index[at:at + 9])
        if code not in wanted:
            continue
        width, height, x, y, advance = struct.unpack('>HHhhh', font[offset:offset + 10])
        if advance != 8:
            continue
        bits = int.from_bytes(font[offset + 10:offset + 10 + (width * height + 7) // 8], 'big')
        left = (width * height + 7) // 8 * 8
        rows = bytearray(16)
        for line in range(height):
            left -= width
            where = ascent - y - height + line
            if 0 <= where < 16:
                rows[where] |= (bits >> left & (1 << width) - 1) << 8 - width - x & 0xff
        row('GLYPH_16', code, bytes(rows))


def psf(font):
    """Version 1, with its table: of each glyph its characters, then 0xffff; 0xfffe begins combinations."""
    magic, mode, height = struct.unpack('<HBB', font[:4])
    assert magic == 0x0436 and mode & 2 and height == 16
    count = 512 if mode & 1 else 256
    wanted = {code for some in UNIFONT for code in some}
    table = iter(struct.unpack_from(f'<{(len(font) - 4 - count * height) // 2}H', font, 4 + count * height))
    for glyph in range(count):
        combined = False
        for code in iter(lambda: next(table), 0xffff):
            combined = combined or code == 0xfffe
            if not combined and code in wanted:
                row('GLYPH_16', code, font[4 + glyph * height:4 + (glyph + 1) * height])


print('/* SPDX-License-Identifier: GPL-2.0-or-later */')
print('/* Made by fonts.py, which says of what: GLYPH_HEIGHT(character, rows 0 to 7, rows 8 to 15), a byte a row. First')
print(' * the VGA\'s, then GNU Unifont\'s, which GRUB has, and Fixed, which consoles of Debian and Ubuntu load. */')
with open(sys.argv[1], 'rb') as file:
    vga(file.read())
with open(sys.argv[2], 'rb') as file:
    unifont(file.read())
with gzip.open(sys.argv[3]) as file:
    psf(file.read())
