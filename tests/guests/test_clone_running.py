#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of guests that run: the source writes all the while and never stops, the copy is whole, and whatever ends the
copying early leaves nothing."""
import json
import os
import re
import select
import signal
import subprocess
import threading
import time
import unittest

import house

IMAGES = '/var/lib/libvirt/images'
FILLED_MB = 240

# Its agent notes what it was asked for.
ANSWERS = r'''
    *fsfreeze-freeze*) echo frozen >>/run/asked; echo '{"return":1}' >&3 ;;
    *fsfreeze-thaw*) echo thawed >>/run/asked; echo '{"return":1}' >&3 ;;
'''


class Beats(threading.Thread):
    """Listens to a guest's console, which says something ten times a second, and keeps the longest silence."""

    def __init__(self, console):
        super().__init__(daemon=True)
        self.console, self.longest, self.over = console, 0, threading.Event()

    def run(self):
        self.console.heard = ''
        last = time.monotonic()
        while not self.over.wait(0.02):
            self.console.read()
            now = time.monotonic()
            if self.console.heard:
                self.console.heard, last = '', now
            self.longest = max(self.longest, now - last)

    def end(self):
        self.over.set()
        self.join()
        return self.longest


class CloneRunning(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('web', arguments=['--wait', 'address'])
        with house.Console('web') as console:
            console.run(f'write-disk {FILLED_MB} 2>/dev/null; mv /data/written /data/kept; sync', 300)
            console.run('(while :; do write-disk 4; done) >/dev/null 2>&1 & true')

    def setUp(self):
        house.innkeep('list')
        self.before = self.inventory()
        self.id = house.guests()['web']['id']

    def tearDown(self):
        for name in house.virsh('list', '--all', '--name').split():
            if name != 'web':
                house.innkeep('delete', name, '--yes', '--force')
        self.assertEqual(self.inventory(), self.before)
        self.assertEqual(house.guests()['web']['id'], self.id, 'the source was not stopped')

    def inventory(self):
        return (house.virsh('list', '--all', '--name').split(), sorted(os.listdir(IMAGES)))

    def copying(self):
        """Without asking QEMU, which may hang."""
        return house.virsh('backup-dumpxml', 'web', check=False) != ''

    @staticmethod
    def copied():
        try:
            return os.stat(f'{IMAGES}/copy.qcow2').st_blocks * 512
        except FileNotFoundError:
            return 0

    def wait_nothing_left(self):
        def nothing_left():
            self.left = house.innkeep('-v', 'list').stderr, self.inventory()
            return self.left[1] == self.before
        try:
            house.wait_until('nothing is left', nothing_left, 40)
        except AssertionError:
            self.fail(f'{self.left} is not {self.before}')
        self.assertFalse(self.copying())

    def catch_clone(self):
        """A clone in the middle of its copying, which cannot end: the source hangs. One that was too quick is made
        anew."""
        for _ in range(20):
            process = subprocess.Popen([house.INNKEEP, 'clone', 'web', 'copy'], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            until = time.monotonic() + 60
            while self.copied() <= 1 << 20 and process.poll() is None and time.monotonic() < until:
                select.select([], [], [], 0.005)
            house.hang('web')
            if self.copying():
                return process
            house.unhang('web')
            errors = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, 0, errors)
            house.innkeep('delete', 'copy', '--yes')
        return self.fail('it ended 20 times before it could be caught')

    def check_whole(self, name):
        """The copy's file system needs nothing but its journal, and has what was written before."""
        raw = f'/tmp/{name}.raw'
        house.run('qemu-img', 'convert', '-O', 'raw', f'{IMAGES}/{name}.qcow2', raw, check=True)
        try:
            replayed = house.run('e2fsck', '-p', raw)
            self.assertIn(replayed.returncode, (0, 1), replayed.stdout + replayed.stderr)
            clean = house.run('e2fsck', '-fn', raw)
            self.assertEqual(clean.returncode, 0, clean.stdout + clean.stderr)
            listed = house.run('debugfs', '-R', 'stat kept', raw).stdout
            self.assertEqual(int(re.search(r'Size: (\d+)', listed).group(1)), FILLED_MB << 20)
        finally:
            os.unlink(raw)

    def test_the_source_goes_on_and_the_copy_is_whole_and_boots(self):
        with house.Console('web') as console:
            console.run('(while [ ! -e /run/quiet ]; do echo beat; usleep 100000; done) & true')
            beats = Beats(console)
            beats.start()
            done = house.innkeep('clone', 'web', 'copy')
            silence = beats.end()
            console.run('touch /run/quiet')
        self.assertEqual(done.stdout, 'copy\n')
        self.assertIn('crash-consistent: no guest agent', done.stderr)
        self.assertLess(silence, 2, 'seconds without a beat')
        copy, source = house.innkeep_json('show', 'copy'), house.innkeep_json('show', 'web')
        self.assertEqual(copy['state'], 'shut-off')
        self.assertTrue(copy['managed'])
        self.assertEqual(copy['template'], 'tiny')
        self.assertNotEqual(copy['uuid'], source['uuid'])
        self.assertNotEqual(copy['nics'][0]['mac'], source['nics'][0]['mac'])
        self.assertTrue(copy['disks'][0]['made_by_innkeep'])
        self.assertIsNone(copy['disks'][0]['backing'])
        self.check_whole('copy')
        house.innkeep('start', 'copy')
        house.innkeep('wait', 'copy', '--for', 'address')
        with house.Console('copy') as console:
            self.assertIn('/data ext4', console.run('cat /proc/mounts'))
            self.assertIn(str(FILLED_MB << 20), console.run('ls -l /data/kept'))

    def test_all_disks_of_a_paused_guest(self):
        house.virsh('vol-create-as', 'default', 'more.qcow2', '64M', '--format', 'qcow2')
        house.virsh('attach-disk', 'web', f'{IMAGES}/more.qcow2', 'vdb', '--subdriver', 'qcow2', '--config', '--live')
        try:
            house.innkeep('pause', 'web')
            done = house.innkeep('clone', 'web', 'copy', '--json')
            self.assertIn('crash-consistent: it is paused', done.stderr)
            self.assertEqual([step['step'] for step in json.loads(done.stdout)[0]['steps']],
                             ['volume', 'volume', 'copy', 'define'])
            disks = house.innkeep_json('show', 'copy')['disks']
            self.assertEqual([(disk['target'], disk['volume']) for disk in disks],
                             [('vda', 'copy.qcow2'), ('vdb', 'copy-vdb.qcow2')])
            self.check_whole('copy')
        finally:
            house.innkeep('resume', 'web')
            house.virsh('detach-disk', 'web', 'vdb', '--config', '--live')
            house.wait_until('vdb is gone', lambda: 'vdb' not in house.virsh('domblklist', 'web'))
            house.virsh('vol-delete', 'more.qcow2', 'default')

    def test_a_guest_that_runs_with_other_disks_than_its_definition_is_refused(self):
        house.virsh('vol-create-as', 'default', 'more.qcow2', '64M', '--format', 'qcow2')
        house.virsh('attach-disk', 'web', f'{IMAGES}/more.qcow2', 'vdb', '--subdriver', 'qcow2', '--config')
        try:
            done = house.innkeep('clone', 'web', check=False)
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertIn('other disks than its definition', done.stderr)
        finally:
            house.virsh('detach-disk', 'web', 'vdb', '--config')
            house.virsh('vol-delete', 'more.qcow2', 'default')

    def test_linked_is_refused_and_names_the_way(self):
        done = house.innkeep('clone', 'web', '--linked', check=False)
        self.assertEqual(done.returncode, 6)
        self.assertIn("innkeep clone --full 'web'", done.stderr)

    def test_an_interrupt_ends_the_copying(self):
        process = self.catch_clone()
        process.send_signal(signal.SIGINT)
        house.unhang('web')
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)
        self.assertFalse(self.copying())

    def test_a_source_that_is_powered_off_fails_the_copy_and_leaves_nothing(self):
        process = self.catch_clone()
        house.virsh('destroy', 'web')
        errors = process.communicate(timeout=60)[1]
        try:
            self.assertEqual(process.returncode, 1, errors)
            self.assertIn('ended before its copy', errors)
            self.assertEqual(self.inventory(), self.before)
        finally:
            house.innkeep('start', 'web')
            house.innkeep('wait', 'web', '--for', 'address')
            self.id = house.guests()['web']['id']
            with house.Console('web') as console:
                console.run('(while :; do write-disk 4; done) >/dev/null 2>&1 & true')

    def test_a_source_that_hangs_while_it_is_copied_holds_nothing_but_its_copy(self):
        process = self.catch_clone()
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn('the next start tries again', errors)
        house.innkeep('list')
        house.unhang('web')
        self.wait_nothing_left()

    def test_killed_while_it_copies_the_next_start_ends_the_copying(self):
        process = self.catch_clone()
        os.kill(house.jobs()[0]['pid'], signal.SIGKILL)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn('its process ended unexpectedly', errors)
        self.assertIn('the next start tries again', errors)
        self.assertTrue(self.copying(), 'the copying does not end with who began it')
        house.unhang('web')
        self.wait_nothing_left()

    def check_killed(self, done):
        """The copy's process was killed: who began it says so, or was killed too while it took that back."""
        if done.returncode != -signal.SIGKILL:
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn('its process ended unexpectedly', done.stderr)

    def test_killed_at_each_step_it_leaves_nothing_or_the_whole_copy(self):
        at, committed, recovered, status = 0, 0, 0, None
        while status != 0:
            at += 1
            done = house.innkeep('clone', 'web', 'copy', check=False, env=house.killing(at))
            status = done.returncode
            if status != 0:
                self.check_killed(done)
                recovered += house.recover()
                # Killed after the commit had reached the disk, it is done.
                if 'copy' in house.guests():
                    committed += 1
                    self.assertIn('copy.qcow2', os.listdir(IMAGES))
                    house.innkeep('delete', 'copy', '--yes')
                self.wait_nothing_left()
        self.assertGreater(at, 8)
        self.assertGreater(recovered, 8)
        self.assertLessEqual(committed, 1)

    def test_with_an_agent_the_file_systems_are_frozen_for_the_moment_and_thawed_after_a_kill(self):
        with house.Console('web') as console:
            house.begin_agent(console, 'web', ANSWERS)
            done = house.innkeep('clone', 'web', 'copy')
            self.assertNotIn('crash-consistent', done.stderr)
            self.assertEqual(console.run('cat /run/asked').split(), ['frozen', 'thawed'])
            house.innkeep('delete', 'copy', '--yes')
            # The points of the freeze's own journal come after those of a volume and of the copy.
            for at in (7, 8, 9, 10, 11, 12):
                console.run('rm -f /run/asked')
                house.innkeep('clone', 'web', 'copy', check=False, env=house.killing(at))
                self.wait_nothing_left()
                asked = console.run('cat /run/asked 2>/dev/null').split()
                self.assertNotEqual(asked[-1:], ['frozen'], f'killed at {at}')
            console.run('kill $(ps | grep "[r]un/agent" | sed "s/^ *//; s/ .*//") 2>/dev/null')
            house.wait_until('the agent is gone', lambda: not house.has_agent('web'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
