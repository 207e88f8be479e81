# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests with names nobody would choose: inert on a terminal, exact in JSON, usable as operands."""
import unicodedata
import uuid
from xml.sax.saxutils import escape

import innkeep

# XML itself has no way to write ESC and most other C0 controls; C1 has the same power on many terminals.
NAMES = ['-rf', '--json', 'two words', 'colon:name', '"quoted"', "it's", '$(id)', '`id`', ';reboot', '100%s%n',
         'tab\there', '\x9b31mred', '\x85next', '\x9d0;title\x9c', '\u202egnp.exe', '\u2066iso\u2069',
         '\u200bzero', '\u2028line', 'e\u0301\u0301\u0301\u0301\u0301', '\u6f22\u5b57' * 30, '\U0001f98a', '\ue000private',
         '\\033[31m', '[section]', 'x' * 5000]
DOMAIN = """<domain type='test'><name>{}</name><uuid>{}</uuid><title>{}</title><memory>65536</memory><os><type>hvm</type></os>
<devices><disk type='file' device='disk'><source file='/{}'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""


def character(one):
    return f'&#{ord(one)};' if ord(one) < 32 or 127 <= ord(one) < 160 or ord(one) in (0x2028, 0x85) else escape(one)


def written(name):
    return ''.join(character(one) for one in name)


def inert(text):
    return all(one in '\n' or unicodedata.category(one) not in ('Cc', 'Cf', 'Co', 'Cn', 'Zl', 'Zp') for one in text)


class Names(innkeep.Case):
    def setUp(self):
        super().setUp()
        domains = [DOMAIN.format(written(name), uuid.uuid4(), written(name), written(name.replace("'", '')[:200])) for name in NAMES]
        self.node = 'test://' + self.write('node.xml', '<node>' + ''.join(domains) + '</node>')

    def test_are_exact_in_json(self):
        told = {guest['name'] for guest in self.fine('-c', self.node, 'list', '--json').json()}
        self.assertEqual(told, set(NAMES))

    def test_are_inert_and_bounded_in_the_table(self):
        lines = self.fine('-c', self.node, 'list').out
        self.assertTrue(inert(lines), ascii(lines))
        self.assertEqual(len(lines.split('\n')), len(NAMES) + 2)
        self.assertLess(max(len(line) for line in lines.split('\n')), 400)

    def test_keep_one_line_each_between_tabs(self):
        lines = self.fine('-c', self.node, 'list', '--no-headers').out.rstrip('\n').split('\n')
        self.assertEqual(len(lines), len(NAMES))
        for line in lines:
            self.assertEqual(line.count('\t'), 5, ascii(line))
            self.assertTrue(inert(line.replace('\t', '')), ascii(line))

    def test_are_inert_in_every_other_command(self):
        for words in (['delete', '--force', '-n'], ['pause'], ['start'], ['save']):
            result = self.fine('-c', self.node, *words, '--', *NAMES)
            self.assertTrue(inert(result.out + result.err), ascii((words, result.out, result.err)))
        for name in (one for one in NAMES if not inert(one)):
            result = self.fine('-c', self.node, 'show', '--', name)
            self.assertTrue(inert(result.out + result.err), ascii((name, result.out, result.err)))

    def test_that_look_like_options_are_completed_where_they_are_none(self):
        def offered(line):
            return self.fine('complete', 'bash', line.format(self.node)).out.split()
        self.assertEqual([name for name in offered('innkeep -c {} pause ') if name.startswith('-')], [])
        self.assertIn('-rf', offered('innkeep -c {} pause -- '))

    def test_a_name_that_is_not_there_is_inert_in_the_error(self):
        for name in NAMES + ['\033]0;title\007', '\033[2J']:
            result = self.fails(3, '--demo', 'show', '--', name)
            self.assertTrue(inert(result.err), ascii(result.err))
            self.assertLess(len(result.err), 2200)

    def test_that_are_not_utf_8_are_refused_quietly(self):
        result = self.fails(3, '--demo', 'show', b'\xff\xfe')
        self.assertTrue(inert(result.err))
        self.fails(2, '--demo', 'list', b'\xff\xfe')


if __name__ == '__main__':
    innkeep.main()
