#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fails when a file includes what its layer may not see. Follows our own headers, so that what a public header drags
in counts as well."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
CURSES = re.compile(r'^(n?curses(w)?(/.*)?\.h|panel\.h|term\.h)$')
LIBVIRT = re.compile(r'^(libvirt|libvirt-glib)/')
JSON = re.compile(r'^json-glib/')

# layer: (own folders it may include, outside headers it may not)
LAYERS = {
    'config': (('config/',), (CURSES, LIBVIRT)),
    'core': (('core/', 'config/'), (CURSES,)),
    'tui': (('tui/', 'core/', 'config/'), (LIBVIRT, JSON)),
    'cli': (('cli/', 'tui/tui.h', 'core/', 'config/'), (LIBVIRT, CURSES)),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def includes(path, seen):
    """All that path includes, by way of our own headers too: (header, chain)."""
    for header in INCLUDE.findall(path.read_text()):
        yield header, [path]
        own = ROOT / header
        if own.is_file() and own not in seen:
            seen.add(own)
            for deeper, chain in includes(own, seen):
                yield deeper, [path] + chain


def main():
    wrong, files = [], 0
    for layer, (own, banned) in LAYERS.items():
        for path in sorted((ROOT / layer).rglob('*.[ch]')):
            files += 1
            for header in INCLUDE.findall(path.read_text()):
                inside = (ROOT / header).is_file() and not header.startswith('build')
                if inside and not header.startswith(own):
                    wrong.append(f'{path.relative_to(ROOT)}: {layer} may not include {header}')
            for header, chain in includes(path, set()):
                if any(rule.match(header) for rule in banned):
                    way = ' -> '.join(str(p.relative_to(ROOT)) for p in chain)
                    wrong.append(f'{way}: {layer} may not see {header}')
    print('\n'.join(wrong) or f'{files} files, no layer is crossed')
    if files < 50:
        wrong.append('hardly a file was looked at')
    return 1 if wrong else 0


sys.exit(main())
