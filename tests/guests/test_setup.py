#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guided set-up, from a libvirt with nothing in it to a first guest that runs; as a script calls it and as a person at a
terminal is led through it. The host is bare: no network, no pool."""
import json
import os
import pty
import re
import shutil
import tempfile
import unittest

import house

# What this machine is; setup may say so and has no command for it here.
MACHINE = {'cpu-virtualization', 'hardware-virtualization', 'time-sync', 'cpu-governor', 'kvm-device', 'memory'}
# A package manager with the one package at hand that the template's kernel comes in: this host reaches no network.
APT = '''#!/bin/sh
case " $* " in *" download "*) cp "$INNKEEP_TEST_KERNEL" . ;; *) echo "no packages here" >&2; exit 100 ;; esac
'''
WALK = ['pool', 'network-active', 'template', 'first-guest']


class Dialogue:
    """Setup on a terminal, answered by a person."""

    def __init__(self, *words):
        self.heard = ''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ['TERM'] = 'xterm-256color'
            os.execv(house.INNKEEP, [house.INNKEEP, 'setup', *words])

    def wait_for(self, pattern, limit=60):
        def found():
            self.heard += house.hear(self.fd, 0.05)
            return re.search(pattern, self.heard)
        where = house.wait_until(lambda: f'{pattern!r} in {self.heard!r}', found, limit)
        said, self.heard = self.heard[:where.end()], self.heard[where.end():]
        return said

    def answer(self, pattern, keys):
        said = self.wait_for(pattern + r'[^\n]*\n(?s:.*?)Run this\? \[./., \? manual, q leave\] ')
        os.write(self.fd, keys)
        return said

    def end(self):
        self.heard += house.hear(self.fd, 10)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status


class Setup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bin = tempfile.mkdtemp()
        with open(f'{cls.bin}/apt-get', 'w', encoding='ascii') as file:
            file.write(APT)
        os.chmod(f'{cls.bin}/apt-get', 0o755)
        os.environ['PATH'] = f'{cls.bin}:{os.environ["PATH"]}'

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.bin)

    def tearDown(self):
        for name in house.guests():
            house.innkeep('delete', name, '--force', '--yes')
        house.innkeep('template', 'delete', 'tiny', '--yes', check=False)
        for kind, name in (('net', 'default'), ('pool', 'default')):
            for verb in ('destroy', 'undefine'):
                house.virsh(f'{kind}-{verb}', name, check=False)

    def setup(self, *words, status=0):
        done = house.innkeep('setup', *words, '--json', check=False, timeout=300)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout if status == 0 else done.stderr)

    def test_from_nothing_to_the_first_guest_and_then_there_is_nothing_to_do(self):
        planned = self.setup('--dry-run')['steps']
        self.assertEqual([step['step'] for step in planned if step['step'] not in MACHINE], WALK[:3])
        self.assertEqual(house.virsh('pool-list', '--all', '--name').strip(), '', 'a plan changes nothing')
        ran = self.setup('--yes')['ran']
        self.assertEqual(list(dict.fromkeys(run['id'] for run in ran if run['id'] not in MACHINE)), WALK)
        self.assertEqual([run for run in ran if run['exit'] != 0 and run['id'] not in MACHINE], [])
        self.assertTrue(all(run['command'] for run in ran))
        self.assertEqual(house.guests()['first']['state'], 'running')
        self.assertTrue(house.guests()['first']['addresses'])
        again = self.setup('--yes')
        self.assertEqual([run for run in again['ran'] if run['id'] not in MACHINE], [])
        self.assertEqual([check['id'] for check in again['checks']
                          if check['status'] in ('warning', 'failure') and check['id'] not in MACHINE], [])

    def test_only_what_is_named(self):
        self.assertEqual({run['id'] for run in self.setup('network-active', '--yes')['ran']}, {'network-active'})
        self.assertEqual(house.virsh('pool-list', '--all', '--name').strip(), '')

    def test_refusals(self):
        self.assertIn('nobody can answer', self.setup(status=4)['error']['message'])
        self.assertIn('read-only', self.setup('--yes', '--read-only', status=4)['error']['message'])
        self.assertIn("did you mean 'pool'", self.setup('pol', '--yes', status=2)['error']['hint'])
        self.assertEqual(house.virsh('pool-list', '--all', '--name').strip(), '')

    def test_a_person_is_led_through_it(self):
        person = Dialogue('pool', 'network-active', 'pool-permission', 'template', 'first-guest')
        self.assertIn('pool-define-as default dir', person.answer('a storage pool is there', b'\n'))
        person.wait_for("done: pool 'default' is active")
        person.answer('a network is active', b'?\n')
        person.wait_for('NETWORKS')  # the manual, in its pager
        os.write(person.fd, b'q')
        person.wait_for(r'Run this\? ')
        os.write(person.fd, b'n\n')
        person.answer('a template is ready', b'q\n')
        self.assertEqual(person.end(), 8)
        self.assertIn('Left for you', person.heard)
        self.assertIn('a network is active', person.heard)
        self.assertEqual(house.virsh('net-list', '--all', '--name').strip(), '')

    def test_what_changes_something_that_is_there_is_not_done_by_enter(self):
        self.setup('pool', 'network-active', '--yes')
        with open('/proc/sys/net/ipv4/ip_forward', 'w', encoding='ascii') as file:
            file.write('0')
        person = Dialogue('forwarding')
        self.assertIn('[y/N', person.answer('the kernel forwards packets', b'\n'))
        self.assertEqual(person.end(), 8)
        with open('/proc/sys/net/ipv4/ip_forward', encoding='ascii') as file:
            self.assertEqual(file.read().strip(), '0')
        person = Dialogue('forwarding')
        person.answer('the kernel forwards packets', b'y\n')
        self.assertEqual(person.end(), 0)
        self.assertNotIn('ready', person.heard, 'one step tells nothing of the whole host')
        self.assertEqual(house.innkeep('setup', 'forwarding', '--yes').stdout.strip(), 'Nothing to do.')

    def test_a_command_that_fails_is_told_of_and_the_rest_goes_on(self):
        with open(f'{self.bin}/virsh', 'w', encoding='ascii') as file:
            file.write(f'#!/bin/sh\ncase " $* " in *" pool-build "*) exit 3 ;; esac\nexec {shutil.which("virsh")} "$@"\n')
        os.chmod(f'{self.bin}/virsh', 0o755)
        self.addCleanup(os.unlink, f'{self.bin}/virsh')
        done = house.innkeep('setup', 'pool', 'network-active', '--yes', check=False)
        self.assertEqual(done.returncode, 8)
        self.assertRegex(done.stdout, r'pool-build default: exit status 3\n  still: ')
        self.assertIn('done: 1 active network', done.stdout)


if __name__ == '__main__':
    unittest.main(verbosity=2)
