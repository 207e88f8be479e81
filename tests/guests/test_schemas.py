#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What commands print as JSON of real guests is as the shipped schemas say; events come as they happen."""
import os
import select
import signal
import subprocess
import sys
import unittest

import house

sys.path.insert(0, os.path.join(os.environ['INNKEEP_TESTS'], '..', 'cli'))
import schemas  # noqa: E402  (its folder is known only now)


def checked(name, *words):
    return schemas.check(name, house.innkeep(*words, '--json').stdout)


class Schemas(unittest.TestCase):
    def test_of_each_command_and_of_events(self):
        schemas.check('create', house.innkeep('template', 'build', 'tiny', '--json', '--kernel-package',
                                              os.environ['INNKEEP_TEST_KERNEL']).stdout)
        with subprocess.Popen([house.INNKEEP, 'events', '--follow', '--json'], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as following:
            self.followed_from_now(following)
            self.walk()
            following.send_signal(signal.SIGINT)
            out, err = following.communicate(timeout=60)
        self.assertEqual((following.returncode, err), (130, ''))
        told = [schemas.check('events', line) for line in out.splitlines()]
        seen = [(event['action'], event['detail']) for event in told if event['guest'] == 'web' and event['kind'] == 'lifecycle']
        for wanted in (('defined', 'added'), ('started', 'booted'), ('paused', 'paused'), ('resumed', 'unpaused'),
                       ('stopped', 'destroyed'), ('undefined', 'removed')):
            self.assertIn(wanted, seen)
        self.assertEqual(schemas.names() - schemas.checked, {'top', 'error', 'exec', 'config-show', 'config-path', 'config-check'},
                         'those that need no guest, or one with an agent, are checked elsewhere')

    def followed_from_now(self, following):
        """Something happens until the first line comes; whatever it was, it listens then."""
        def heard():
            house.innkeep('create', 'probe', '-t', 'tiny', '--no-start')
            house.innkeep('delete', 'probe', '--yes')
            return select.select([following.stdout], [], [], 1)[0]
        house.wait_until('an event', heard)
        schemas.check('events', following.stdout.readline())

    def walk(self):
        checked('plan', 'create', 'web', '-t', 'tiny', '--dry-run')
        checked('create', 'create', 'web', '-t', 'tiny', '--tag', 'a', '--wait', 'address')
        checked('snapshot', 'snapshot', 'create', 'web', 'one')
        self.assertEqual(checked('snapshot-list', 'snapshot', 'list', 'web')[0]['name'], 'one')
        checked('snapshot', 'snapshot', 'delete', 'web', 'one', '--yes')
        guest, = checked('list', 'list')
        self.assertIsNotNone(guest['memory']['used_bytes'])
        shown = checked('show', 'show', 'web')
        self.assertEqual(shown['nics'][0]['addresses'][0]['address'], checked('address', 'address', 'web')[0]['address'])
        self.assertEqual(checked('screen', 'screen', 'web')['kind'], 'text')
        checked('results', 'pause', 'web')
        checked('results', 'resume', 'web')
        checked('results', 'wait', 'web', '--for', 'running')
        checked('results', 'poweroff', 'web')
        checked('create', 'clone', 'web', 'copy', '--full')
        checked('plan', 'delete', 'web', '--dry-run')
        checked('results', 'delete', 'web', 'copy', '--yes')
        checked('host', 'host')
        schemas.check('doctor', house.innkeep('doctor', '--json', check=False).stdout)
        checked('setup', 'setup', 'network-active', '--yes')
        checked('job-list', 'job', 'list')
        checked('template-list', 'template', 'list')
        checked('template-show', 'template', 'show', 'tiny')
        checked('template-verify', 'template', 'verify')


if __name__ == '__main__':
    unittest.main(verbosity=2)
