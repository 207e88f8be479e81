# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages have a row for everything that the program itself tells of."""
import re
import sys

import innkeep

PAGE = SETTINGS = ''


def plain(line):
    """A line of roff as a reader sees it, more or less."""
    line = line.replace('\\-', '-').replace('\\&', '').replace('\\e', '\\')
    return re.sub(r'\b(Fl|Cm|Ar|Ic|Op|Li|No|Pa) ', lambda macro: '-' if macro[1] == 'Fl' else '', line)


def rows(text):
    return [plain(line[4:]) for line in text.splitlines() if line.startswith('.It ')]


class Manual(innkeep.Case):
    def told(self):
        """Commands and options as --help lists them."""
        commands, _, options = self.fine('--help').out.partition('\nOptions:\n')
        names = re.findall(r'^  ([a-z]+(?: [a-z]+(?=\s))?)', commands.split('Commands:\n')[1], re.M)
        return names, re.findall(r'--[a-z-]+', ' '.join(line[:34] for line in options.splitlines()))

    def test_has_every_command_with_its_options_and_key(self):
        names, _ = self.told()
        self.assertGreater(len(names), 20)
        told = rows(PAGE)
        for name in names:
            self.assertTrue([row for row in told if (row + ' ').startswith(name + ' ')], name)
            text = self.fine('help', *name.split()).out
            for option in re.findall(r'^  (--[a-z-]+)', text, re.M):
                self.assertTrue([row for row in told if re.search(option + r'( |$)', row)], option)
            for key in re.findall(r'^  key in the console: (.*)', text, re.M):
                self.assertIn(' , '.join(key.split()), told, name)

    def test_has_every_global_option(self):
        _, options = self.told()
        self.assertGreaterEqual(len(options), 12)
        for option in options:
            self.assertTrue([row for row in rows(PAGE) if re.search(option + r'( |$)', row)], option)

    def test_explains_every_check_of_doctor(self):
        for check in self.fine('--demo', 'doctor', '--json').json()['checks']:
            self.assertIn(check['id'], rows(PAGE.split('.Sh DIAGNOSTICS')[1]))

    def test_has_every_key_of_a_guest_s_state(self):
        for guest in self.fine('--demo', 'list', '--json').json():
            self.assertIn(guest['state'], plain(PAGE))

    def test_has_every_setting_of_the_annotated_file(self):
        with open('config/defaults/innkeep.ini', encoding='utf-8') as file:
            text = file.read().partition('[keys]')[0]
        keys = re.findall(r'^;([a-z-]+) =', text, re.M)
        self.assertGreater(len(keys), 10)
        for key in keys:
            self.assertTrue([row for row in rows(SETTINGS) if row.startswith(key + ' =')], key)
        for section in re.findall(r'^\[(.*)\]', text, re.M):
            self.assertIn(f'.Ss [{section}]', SETTINGS)


if __name__ == '__main__':
    pages = []
    for path in sys.argv[1:3]:
        with open(path, encoding='utf-8') as opened:
            pages.append(opened.read())
    PAGE, SETTINGS = pages
    del sys.argv[1:3]
    innkeep.main()
