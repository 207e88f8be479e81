#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests whose QEMU does not answer, and a daemon that dies: what stays alive, and what it costs others."""
import os
import signal
import subprocess
import time
import unittest

import house

HUNG = [f'h{number}' for number in range(20)]


class Hung(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('well', 'spare', *HUNG)
        house.innkeep('wait', 'well', '--for', 'running')

    def setUp(self):
        for name in HUNG:
            house.hang(name)

    def tearDown(self):
        for name in HUNG:
            if name in house.virsh('list', '--name'):
                house.unhang(name)

    def test_a_the_list_comes_soon_and_names_at_least_those_that_hold_calls(self):
        began = time.monotonic()
        listed = house.guests()
        self.assertLess(time.monotonic() - began, 10)
        self.assertTrue(listed['well']['responding'])
        self.assertTrue(any(not listed[name]['responding'] for name in HUNG))

    def test_b_actions_on_other_guests_work_meanwhile(self):
        house.innkeep('pause', 'spare', timeout=20)
        house.innkeep('resume', 'spare', timeout=20)
        self.assertEqual(house.virsh('domstate', 'spare').strip(), 'running')

    def test_c_an_action_on_a_hung_guest_can_be_interrupted(self):
        process = subprocess.Popen([house.INNKEEP, 'pause', HUNG[0]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        house.innkeep('list', timeout=20)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)

    def test_d_virsh_still_answers_with_consoles_watching(self):
        watchers = [subprocess.Popen([house.INNKEEP, 'top', '--json', '--interval', '1'], stdout=subprocess.DEVNULL)
                    for _ in range(2)]
        try:
            until = time.monotonic() + 6  # the watchers' calls pile up in the daemon meanwhile
            while time.monotonic() < until:
                house.virsh('list', '--all', timeout=5)
                house.virsh('dominfo', 'well', timeout=5)
        finally:
            for watcher in watchers:
                watcher.terminate()
                watcher.wait(20)

    def test_e_a_hung_guest_can_be_powered_off(self):
        house.innkeep('poweroff', HUNG[-1], timeout=60)
        self.assertEqual(house.virsh('domstate', HUNG[-1]).strip(), 'shut off')
        HUNG.remove(HUNG[-1])

    def test_f_they_come_back_by_themselves(self):
        house.guests()
        for name in HUNG:
            house.unhang(name)
        house.wait_until('all answer', lambda: all(guest['responding'] for guest in house.guests().values()), 30)


class DaemonGone(unittest.TestCase):
    def test_no_daemon_is_no_connection_and_guests_are_back_with_it(self):
        pid = int(house.run('pgrep', '-x', 'libvirtd').stdout.split()[0])
        names = set(house.guests())
        os.kill(pid, signal.SIGKILL)
        done = house.innkeep('list', check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn('hint', done.stderr)
        house.run(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'host'), 'libvirtd', 'start')
        self.assertEqual(set(house.guests()), names)


if __name__ == '__main__':
    unittest.main(verbosity=2)
