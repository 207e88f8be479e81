# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages have a row for everything that the program itself tells of."""
import os
import re
import sys
import xml.etree.ElementTree

import innkeep

PAGES = {}  # name of a page, as 'innkeep.1', to its source as generated


def plain(line):
    """A line of roff as a reader sees it, more or less."""
    line = line.replace('\\-', '-').replace('\\&', '').replace('\\e', '\\')
    return re.sub(r'\b(Fl|Cm|Ar|Ic|Op|Li|No|Pa) ', lambda macro: '-' if macro[1] == 'Fl' else '', line)


def rows(text):
    return [plain(line[4:]) for line in text.splitlines() if line.startswith('.It ')]


def examples(kind):
    """The examples of all pages that are marked to be tested so, as a reader sees them."""
    marked = rf'^\.\\" tested: {kind}\n\.Bd .*\n((?:.*\n)*?)\.Ed'
    return [plain(found) for page in PAGES.values() for found in re.findall(marked, page, re.M)]


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Manual(innkeep.Case):
    def told(self):
        """Commands and options as --help lists them."""
        commands, _, options = self.fine('--help').out.partition('\nOptions:\n')
        names = re.findall(r'^  ([a-z]+(?: [a-z]+(?=\s))?)', commands.split('Commands:\n')[1], re.M)
        return names, re.findall(r'--[a-z-]+', ' '.join(line[:34] for line in options.splitlines()))

    def test_has_every_command_with_its_options_and_key(self):
        names, _ = self.told()
        self.assertGreater(len(names), 20)
        told, keys = rows(PAGES['innkeep.1']), rows(PAGES['innkeep-keys.7'])
        for name in names:
            self.assertTrue([row for row in told if (row + ' ').startswith(name + ' ')], name)
            text = self.fine('help', *name.split()).out
            for option in re.findall(r'^  (--[a-z-]+)', text, re.M):
                self.assertTrue([row for row in told if re.search(option + r'( |$)', row)], option)
            for key in re.findall(r'^  key in the console: (.*)', text, re.M):
                self.assertIn(' , '.join(key.split()), keys, name)

    def test_has_every_global_option(self):
        _, options = self.told()
        self.assertGreaterEqual(len(options), 12)
        for option in options:
            self.assertTrue([row for row in rows(PAGES['innkeep.1']) if re.search(option + r'( |$)', row)], option)

    def test_explains_every_check_of_doctor(self):
        for check in self.fine('--demo', 'doctor', '--json').json()['checks']:
            self.assertIn(check['id'], rows(PAGES['innkeep.1'].split('.Sh DIAGNOSTICS')[1]))
            self.assertIn('.Sh ' + check['see'].removeprefix('innkeep-setup(7), '), PAGES['innkeep-setup.7'].splitlines())

    def test_tells_where_this_program_looks_for_settings(self):
        where = [place['path'] for place in self.fine('config', 'path', '--json').json()][1]
        for page in ['innkeep.1', 'innkeep.ini.5']:
            self.assertIn(where, plain(PAGES[page]), page)

    def test_has_every_key_of_a_guest_s_state(self):
        for guest in self.fine('--demo', 'list', '--json').json():
            self.assertIn(guest['state'], plain(PAGES['innkeep.1']))

    def test_has_every_setting_of_the_annotated_file(self):
        text = read('config/defaults/innkeep.ini').partition('[keys]')[0]
        keys = re.findall(r'^;([a-z-]+) =', text, re.M)
        self.assertGreater(len(keys), 10)
        for key in keys:
            self.assertTrue([row for row in rows(PAGES['innkeep.ini.5']) if row.startswith(key + ' =')], key)
        for section in re.findall(r'^\[(.*)\]', text, re.M):
            self.assertIn(f'.Ss [{section}]', PAGES['innkeep.ini.5'])

    def test_has_every_key_of_a_template_s_definition(self):
        told = rows(PAGES['innkeep-template.5'])
        keys = re.findall(r'^KEY\("[a-z-]+", "([a-z0-9-]+)"', read('config/template.def'), re.M)
        self.assertGreater(len(keys), 20)
        for key in keys:
            self.assertTrue([row for row in told if row.startswith(key + ' =')], key)

    def test_has_every_element_of_the_metadata(self):
        guest = self.fine('--demo', 'list', '--json').json()[0]
        for element in ('template', 'role', 'service', 'member', 'replica', 'tags', 'protected'):
            self.assertIn(element, guest)
            self.assertTrue([row for row in rows(PAGES['innkeep-metadata.5']) if row.startswith(element + ' ')], element)

    def test_says_of_every_example_how_it_is_tested(self):
        for page, text in PAGES.items():
            for above in re.findall(r'^(.*)\n\.Bd -literal', text, re.M):
                self.assertRegex(above, r'^\.\\" (tested: (shell|settings|template|metadata)|not tested: ..+)$', page)

    def test_examples_of_settings_are_taken(self):
        for text in examples('settings'):
            self.assertEqual(self.fine('--demo', '--config', self.write('innkeep.ini', text), 'list').err, '')

    def test_examples_of_templates_are_taken(self):
        for text in examples('template'):
            name = re.search(r'^name = (.*)', text, re.M)[1]
            os.makedirs(f'{self.home}/config/innkeep/templates', exist_ok=True)
            self.write(f'config/innkeep/templates/{name}.ini', text)
            shown = self.demo('template', 'show', name, '--json').json()
            self.assertEqual(shown['description'], re.search(r'^description = (.*)', text, re.M)[1])

    def test_the_example_of_metadata_has_known_elements(self):
        text, = examples('metadata')
        known = [row.split()[0] for row in rows(PAGES['innkeep-metadata.5'])]
        for element in xml.etree.ElementTree.fromstring(text):
            self.assertIn(element.tag, known)


if __name__ == '__main__':
    for path in sys.argv[1:]:
        with open(path, encoding='utf-8') as opened:
            PAGES[os.path.basename(path)] = opened.read()
    del sys.argv[1:]
    innkeep.main()
