#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done through innkeep is kept with who did it and what came of it, and never stands in its way."""
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time
import unittest

import house

WHO = {'SUDO_USER': 'anna', 'SSH_CONNECTION': '192.0.2.7 40000 192.0.2.1 22'}


class Events(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = pathlib.Path(folder.name)
        self.env = {**os.environ, **WHO, 'INNKEEP_STATEDIR': folder.name}
        xml = ("<domain type='qemu'><name>kept</name><memory unit='MiB'>32</memory>"
               "<os><type arch='x86_64'>hvm</type></os></domain>")
        subprocess.run(['virsh', 'define', '/dev/stdin'], input=xml, text=True, check=True, capture_output=True)
        self.addCleanup(subprocess.run, ['virsh', 'undefine', 'kept'], capture_output=True, check=False)
        self.addCleanup(subprocess.run, ['virsh', 'destroy', 'kept'], capture_output=True, check=False)

    def innkeep(self, *words):
        return subprocess.run([house.INNKEEP, *words], env=self.env, capture_output=True, text=True, timeout=120,
                              check=False)

    def kept(self):
        ended = self.innkeep('events', '--json')
        self.assertEqual((ended.returncode, ended.stderr), (0, ''))
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def test_what_was_done_is_kept_with_who_did_it(self):
        self.assertEqual(self.kept(), [])
        self.assertEqual(self.innkeep('start', 'kept').returncode, 0)
        self.assertEqual(self.innkeep('--yes', 'poweroff', 'kept').returncode, 0)
        entries = self.kept()
        self.assertEqual([(e['kind'], e['guest'], e['action'], e['result']) for e in entries],
                         [('action', 'kept', 'start', 'done'), ('action', 'kept', 'poweroff', 'done')])
        for entry in entries:
            self.assertRegex(entry['by'], r'^\S+ \(sudo by anna\) from 192\.0\.2\.7$')
        self.assertIn('kept', self.innkeep('events').stdout)
        since = self.innkeep('events', '--json', '--since', entries[1]['time']).stdout.splitlines()
        self.assertEqual([json.loads(line)['action'] for line in since], ['poweroff'])
        self.assertEqual(len(self.innkeep('events', '--since', '1h').stdout.splitlines()), 2)

    def test_what_failed_is_kept_with_why(self):
        self.assertEqual(self.innkeep('snapshot', 'revert', 'kept', 'none', '--yes').returncode, 3)
        entry, = self.kept()
        self.assertEqual((entry['guest'], entry['action'], entry['result']), ('kept', 'snapshot revert', 'failed'))
        self.assertIn("none", entry['detail'])

    def follow(self):
        """A process that follows, and has been told of something."""
        following = subprocess.Popen([house.INNKEEP, 'events', '--follow', '--json'], env=self.env, text=True,
                                     stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.addCleanup(following.stdout.close)
        self.addCleanup(following.wait)
        self.addCleanup(following.kill)
        deadline = time.monotonic() + 60
        while not select.select([following.stdout], [], [], 0.5)[0]:
            self.assertLess(time.monotonic(), deadline, 'nothing is told')
            self.virsh('start', 'kept')
            self.virsh('destroy', 'kept')
        return following

    def virsh(self, *words):
        subprocess.run(['virsh', '-q', *words], check=True, capture_output=True)

    def test_what_those_who_follow_see_is_kept_once(self):
        following = [self.follow(), self.follow()]
        self.virsh('start', 'kept')
        pid = pathlib.Path('/run/libvirt/qemu/kept.pid').read_text()
        os.kill(int(pid), signal.SIGKILL)
        for one in following:
            while json.loads(one.stdout.readline())['detail'] not in ('failed', 'crashed'):
                pass
            one.send_signal(signal.SIGINT)
            self.assertEqual(one.wait(30), 130)
        seen = [(e['guest'], e['action'], e['result'], e['by']) for e in self.kept()
                if e['kind'] == 'lifecycle' and e['detail'] in ('failed', 'crashed')]
        self.assertEqual(seen, [('kept', 'stopped', None, None)])

    def test_a_file_that_cannot_be_used_costs_a_warning_and_not_the_action(self):
        (self.state / 'innkeep.db').write_text('no database at all ' * 50)
        ended = self.innkeep('start', 'kept')
        self.assertEqual(ended.returncode, 0)
        self.assertEqual(ended.stderr.count('what happens is not kept'), 1)
        self.assertEqual(self.innkeep('events').returncode, 1)


if __name__ == '__main__':
    unittest.main()
