#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of the manual pages that are a shell's, run as they stand there, in the order of a person who begins with a
bare libvirt. The arguments are the pages."""
import os
import re
import subprocess
import sys
import unittest

import house

ORDER = ['innkeep-setup.7', 'innkeep.1', 'innkeep-metadata.5']
PAGES = {}
MARKED = re.compile(r'^\.\\" tested: shell\n\.Bd .*\n((?:.*\n)*?)\.Ed', re.M)


def plain(text):
    return text.replace('\\-', '-').replace('\\e', '\\').replace('\\&', '')


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What a person has at hand.
        house.run('mount', '-t', 'tmpfs', 'none', '/mnt')
        os.mkdir('/mnt/backup')
        os.makedirs(os.path.join(os.environ['INNKEEP_STATEDIR'], 'bin'))
        os.symlink(house.INNKEEP, os.path.join(os.environ['INNKEEP_STATEDIR'], 'bin', 'innkeep'))
        os.environ['PATH'] = os.path.join(os.environ['INNKEEP_STATEDIR'], 'bin') + ':' + os.environ['PATH']

    def prepare(self, text):
        """What examples take for granted: other examples, which cannot be run here, would have made it."""
        if ' -t tiny' in text and not house.innkeep_json('template', 'show', 'tiny')['ready']:
            house.build_tiny()
        if re.search(r' web\b', text) and 'create web' not in text and 'web' not in house.guests():
            house.create('web', arguments=('--wait', 'address'))

    def test_each_does_what_it_says_without_an_error(self):
        ran = 0
        for page in ORDER:
            for text in map(plain, MARKED.findall(PAGES[page])):
                with self.subTest(page=page, text=text):
                    self.prepare(text)
                    done = subprocess.run(['bash', '-e', '-o', 'pipefail', '-c', text], stdin=subprocess.DEVNULL,
                                          capture_output=True, text=True, timeout=300, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                ran += 1
            if page == 'innkeep-setup.7':
                self.what_set_up_left()
        self.assertGreater(ran, 9)

    def what_set_up_left(self):
        guests = house.guests()
        self.assertEqual(guests['first']['state'], 'running')
        self.assertTrue(guests['web']['autostart'])
        self.assertEqual(guests['web-copy']['state'], 'shut-off')
        self.assertGreater(os.path.getsize('/mnt/backup/web.qcow2'), 0)
        for name in guests:
            house.innkeep('delete', name, '--force', '--yes')


if __name__ == '__main__':
    for path in sys.argv[1:]:
        with open(path, encoding='utf-8') as opened:
            PAGES[os.path.basename(path)] = opened.read()
    del sys.argv[1:]
    unittest.main(verbosity=2)
