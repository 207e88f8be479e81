#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots of real guests, inside their disks and in files of their own: made, listed, gone back to, forgotten, and
refused where they cannot be."""
import json
import os
import signal
import tempfile
import unittest

import house
from test_clone_running import ANSWERS

IMAGES = '/var/lib/libvirt/images'


class Snapshots(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('web', arguments=['--wait', 'address'])
        house.create('off', arguments=['--no-start'])

    def expect(self, status, *arguments):
        done = house.innkeep(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def names(self, guest):
        return [one['name'] for one in house.innkeep_json('snapshot', 'list', guest)]

    def tell(self, command):
        with house.Console('web') as console:
            return console.run(command)

    def test_a_running_guest_goes_back_with_its_memory(self):
        self.tell('touch /tmp/kept')
        made = house.innkeep_json('snapshot', 'create', 'web', 'before')
        self.assertEqual(made, {'guest': 'web', 'snapshot': 'before'})
        one = house.innkeep_json('snapshot', 'list', 'web')[0]
        self.assertEqual((one['name'], one['state'], one['memory'], one['kind'], one['parent'], one['current']),
                         ('before', 'running', True, 'internal', None, True))
        self.tell('rm /tmp/kept')
        house.innkeep('snapshot', 'revert', 'web', 'before', '--yes')
        self.assertEqual(house.virsh('domstate', 'web').strip(), 'running')
        self.assertIn('/tmp/kept', self.tell('echo /tmp/k*'))
        house.innkeep('snapshot', 'delete', 'web', 'before', '--yes')
        self.assertEqual(self.names('web'), [])

    def test_virsh_sees_them_and_a_name_is_made_of_the_time(self):
        name = house.innkeep_json('snapshot', 'create', 'off')['snapshot']
        self.assertRegex(name, r'^\d{8}-\d{6}$')
        house.innkeep('snapshot', 'create', 'off', 'second')
        self.assertEqual(house.virsh('snapshot-list', 'off', '--name').split(), self.names('off'))
        self.assertEqual([one['parent'] for one in house.innkeep_json('snapshot', 'list', 'off')], [None, name])
        house.innkeep('snapshot', 'delete', 'off', name, '--yes')
        self.assertEqual(self.names('off'), ['second'])
        house.innkeep('snapshot', 'delete', 'off', 'second', '--yes')

    def test_what_is_not_there_or_there_already_is_told_and_changes_nothing(self):
        house.innkeep('snapshot', 'create', 'off', 'monday')
        self.assertIn("did you mean 'monday'", self.expect(3, 'snapshot', 'revert', 'off', 'munday', '--yes').stderr)
        self.expect(3, 'snapshot', 'delete', 'off', 'nothing-like-it', '--yes')
        self.expect(3, 'snapshot', 'list', 'nobody')
        self.expect(6, 'snapshot', 'create', 'off', 'monday')
        self.expect(2, 'snapshot', 'revert', 'off')
        self.assertIn('hint', self.expect(2, 'snapshot', 'creat', 'off').stderr)
        for name in ('../x', '-rf', '', 'a\tb', 'x' * 300):
            self.expect(2, 'snapshot', 'create', '--', 'off', name)
        self.assertEqual(self.names('off'), ['monday'])
        house.innkeep('snapshot', 'delete', 'off', 'monday', '--yes')

    def test_going_back_and_forgetting_want_a_yes_and_a_dry_run_does_nothing(self):
        house.innkeep('snapshot', 'create', 'off', 'kept')
        self.expect(4, 'snapshot', 'revert', 'off', 'kept')
        self.expect(4, 'snapshot', 'delete', 'off', 'kept')
        self.expect(4, '--read-only', 'snapshot', 'create', 'off')
        for command in ('create', 'revert', 'delete'):
            target = 'other' if command == 'create' else 'kept'
            plan = json.loads(self.expect(0, 'snapshot', command, 'off', target, '--dry-run', '--json').stdout)
            self.assertEqual([step['step'] for step in plan['steps']], ['snapshot'])
        self.assertEqual(self.names('off'), ['kept'])
        house.innkeep('snapshot', 'delete', 'off', 'kept', '--yes')

    def test_a_raw_disk_and_a_saved_guest_are_refused_with_the_reason(self):
        path = '/var/lib/libvirt/images/raw.img'
        house.run('qemu-img', 'create', '-f', 'raw', path, '1M')
        house.virsh('attach-disk', 'off', path, 'vdb', '--config', '--subdriver', 'raw')
        self.assertIn('vdb is raw', self.expect(6, 'snapshot', 'create', 'off').stderr)
        house.virsh('detach-disk', 'off', 'vdb', '--config')
        os.unlink(path)
        house.create('sleeper', arguments=['--wait', 'running'])
        house.innkeep('snapshot', 'create', 'sleeper', 'awake')
        house.innkeep('save', 'sleeper')
        self.assertIn('saved', self.expect(6, 'snapshot', 'create', 'sleeper').stderr)
        self.expect(6, 'snapshot', 'revert', 'sleeper', 'awake', '--yes')
        house.innkeep('delete', 'sleeper', '--yes', '--force')

    def make(self, name, *arguments):
        house.create(name, arguments=arguments)
        self.addCleanup(lambda: house.innkeep('delete', name, '--yes', '--force'))

    @staticmethod
    def disk(name):
        return house.virsh('domblklist', name).split()[1].rsplit('/', 1)[1]

    @staticmethod
    def files(name):
        return sorted(file for file in os.listdir(IMAGES) if file.startswith(f'{name}.'))

    @staticmethod
    def noted(name):
        return sorted(line.split('>')[1].split('<')[0].rsplit('/', 1)[1]
                      for line in house.virsh('dumpxml', name, '--inactive').splitlines() if 'innkeep:volume>' in line)

    def same_content(self, copy):
        """Whether the guest sees in its disk what is in the copy."""
        return house.run('qemu-img', 'compare', copy, f'{IMAGES}/{self.disk("ext")}').returncode == 0

    @staticmethod
    def write(name, word):
        with house.Console(name) as console:
            console.run(f'echo {word} >/data/{word}; sync')

    @staticmethod
    def written(name):
        with house.Console(name) as console:
            return set(console.run('ls /data').split()) & {'first', 'second', 'third'}

    def make_in_three_files(self):
        """A guest with what it wrote before, between and after its snapshots one and two."""
        self.make('ext', '--wait', 'address')
        for word, name in (('first', 'one'), ('second', 'two'), ('third', None)):
            self.write('ext', word)
            if name:
                self.expect(0, 'snapshot', 'create', 'ext', name, '--external')

    def forget_two(self):
        """When one is forgotten: two still freezes what it froze, until it is forgotten as well."""
        self.expect(0, 'clone', 'ext', 'ext-copy', '--linked', '--snapshot', 'two', '--start')
        house.innkeep('wait', 'ext-copy', '--for', 'address')
        self.assertEqual(self.written('ext-copy'), {'first', 'second'})
        self.assertIn('ext-copy', self.expect(6, 'snapshot', 'delete', 'ext', 'two', '--yes').stderr)
        self.expect(0, 'delete', 'ext-copy', '--yes', '--force')
        self.expect(0, 'snapshot', 'delete', 'ext', 'two', '--yes')
        self.assertEqual((self.disk('ext'), self.files('ext'), self.noted('ext')),
                         ('ext.qcow2', ['ext.qcow2'], ['ext.qcow2']))

    def test_files_of_their_own_freeze_the_disk_of_a_guest_that_goes_on(self):
        self.make('ext', '--wait', 'address')
        process = house.qemu_pid('ext')
        done = self.expect(0, 'snapshot', 'create', 'ext', 'one', '--external')
        self.assertIn('crash-consistent: no guest agent', done.stdout)
        self.assertEqual(house.qemu_pid('ext'), process)
        one = house.innkeep_json('snapshot', 'list', 'ext')[0]
        self.assertEqual((one['name'], one['kind'], one['memory']), ('one', 'external', False))
        self.assertEqual((self.disk('ext'), self.files('ext')), ('ext.one.qcow2', ['ext.one.qcow2', 'ext.qcow2']))
        self.assertEqual(self.noted('ext'), self.files('ext'))

    def test_with_an_agent_the_file_systems_are_frozen_for_the_moment(self):
        self.make('ext', '--wait', 'address')
        with house.Console('ext') as console:
            house.begin_agent(console, 'ext', ANSWERS)
            done = self.expect(0, 'snapshot', 'create', 'ext', 'one', '--external')
            self.assertNotIn('crash-consistent', done.stdout)
            self.assertEqual(console.run('cat /run/asked').split(), ['frozen', 'thawed'])

    def test_what_was_written_since_is_merged_when_it_is_forgotten(self):
        self.make_in_three_files()
        self.assertEqual(self.disk('ext'), 'ext.two.qcow2')
        self.expect(0, 'snapshot', 'delete', 'ext', 'one', '--yes')
        self.assertEqual((self.names('ext'), self.files('ext')), (['two'], ['ext.qcow2', 'ext.two.qcow2']))
        self.forget_two()
        self.assertEqual(self.written('ext'), {'first', 'second', 'third'})
        self.expect(0, 'poweroff', 'ext')
        self.expect(0, 'start', 'ext')
        house.innkeep('wait', 'ext', '--for', 'address')
        self.assertEqual(self.written('ext'), {'first', 'second', 'third'})

    def test_going_back_to_one_and_forth_to_another(self):
        self.make_in_three_files()
        self.assertIn('powers it off', self.expect(6, 'snapshot', 'revert', 'ext', 'one', '--yes').stderr)
        for name, words in (('one', {'first'}), ('two', {'first', 'second'})):
            self.expect(0, 'snapshot', 'revert', 'ext', name, '--yes', '--force')
            self.assertEqual(house.virsh('domstate', 'ext').strip(), 'shut off')
            self.assertEqual([one['name'] for one in house.innkeep_json('snapshot', 'list', 'ext') if one['current']],
                             [name])
            self.expect(0, 'start', 'ext')
            house.innkeep('wait', 'ext', '--for', 'address')
            self.assertEqual(self.written('ext'), words)
        self.assertEqual(self.noted('ext'), self.files('ext'))
        self.assertEqual(len(self.files('ext')), 3)

    def test_while_it_is_shut_off_it_is_merged_too(self):
        self.make_in_three_files()
        self.expect(0, 'poweroff', 'ext')
        self.expect(0, 'snapshot', 'delete', 'ext', 'one', '--yes')
        self.assertEqual((self.names('ext'), self.files('ext'), self.disk('ext')),
                         (['two'], ['ext.qcow2', 'ext.two.qcow2'], 'ext.two.qcow2'))
        self.forget_two()
        self.expect(0, 'start', 'ext')
        house.innkeep('wait', 'ext', '--for', 'address')
        self.assertEqual(self.written('ext'), {'first', 'second', 'third'})

    def test_shut_off_it_is_not_merged_under_saved_memory_or_without_qemu_img_and_the_way_is_named(self):
        self.make('ext', '--wait', 'address')
        self.expect(0, 'snapshot', 'create', 'ext', 'one', '--external')
        self.expect(0, 'save', 'ext')
        self.assertIn('memory is saved', self.expect(6, 'snapshot', 'delete', 'ext', 'one', '--yes').stderr)
        house.virsh('managedsave-remove', 'ext')
        with tempfile.TemporaryDirectory() as folder:
            done = house.innkeep('snapshot', 'delete', 'ext', 'one', '--yes', check=False, env={'PATH': folder})
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("innkeep start 'ext'", done.stderr)
        self.assertEqual((self.names('ext'), self.disk('ext')), (['one'], 'ext.one.qcow2'))

    def test_killed_while_it_is_merged_at_rest_nothing_is_lost(self):
        self.make('ext', '--wait', 'address')
        self.write('ext', 'first')
        self.expect(0, 'poweroff', 'ext')
        before = f'{os.environ["INNKEEP_STATEDIR"]}/before.qcow2'
        for at in range(1, 40):
            with self.subTest(at=at):
                self.expect(0, 'snapshot', 'create', 'ext', 'one', '--external')
                top = f'{IMAGES}/{self.disk("ext")}'
                house.run('qemu-io', '-f', 'qcow2', '-c', f'write -P {at} 0 64k', top, check=True)
                house.run('qemu-img', 'convert', '-O', 'qcow2', top, before, check=True)
                status = house.innkeep('snapshot', 'delete', 'ext', 'one', '--yes', check=False,
                                       env=house.killing(at)).returncode
                house.recover()
                self.assertTrue(self.same_content(before))
                self.assertIn(self.disk('ext'), self.noted('ext'))
                if 'one' in self.names('ext'):
                    self.expect(0, 'snapshot', 'delete', 'ext', 'one', '--yes')
                    self.assertTrue(self.same_content(before))
            if status == 0:
                break
        self.assertEqual((status, self.names('ext')), (0, []))

    def test_a_clone_stands_on_no_snapshot_inside_the_disks(self):
        self.make('ext', '--no-start')
        self.expect(0, 'snapshot', 'create', 'ext', 'inside')
        self.assertIn('--full', self.expect(6, 'clone', 'ext', 'other', '--linked', '--snapshot', 'inside').stderr)
        self.expect(3, 'clone', 'ext', 'other', '--snapshot', 'nothing')
        self.expect(2, 'clone', 'ext', 'other', '--full', '--snapshot', 'inside')
        self.expect(2, 'clone', 'tiny', 'other', '--snapshot', 'inside')

    def test_what_stays_for_a_clone_when_its_source_is_deleted_is_said(self):
        house.create('ext', arguments=['--no-start'])
        self.expect(0, 'snapshot', 'create', 'ext', 'apart', '--external')
        self.expect(0, 'clone', 'ext', 'other', '--linked', '--snapshot', 'apart', '--no-start')
        self.assertIn('ext.qcow2 stays: is used by other.qcow2', self.expect(0, 'delete', 'ext', '--yes').stdout)
        self.assertEqual(self.files('ext'), ['ext.qcow2'])
        self.expect(0, 'delete', 'other', '--yes')
        house.virsh('vol-delete', 'ext.qcow2', 'default')

    def test_what_others_made_is_gone_back_to_and_forgotten_too(self):
        self.make('ext', '--no-start')
        house.virsh('snapshot-create-as', 'ext', 'apart', '--disk-only')
        self.assertEqual(self.disk('ext'), 'ext.apart')
        house.virsh('pool-refresh', 'default')
        self.expect(0, 'snapshot', 'revert', 'ext', 'apart', '--yes')
        self.assertEqual(self.disk('ext'), 'ext.apart.qcow2')
        self.expect(0, 'start', 'ext')
        self.expect(6, 'snapshot', 'delete', 'ext', 'apart', '--yes')  # its own file, which stays, stands on it
        house.virsh('vol-delete', 'ext.apart', 'default')
        self.expect(0, 'snapshot', 'delete', 'ext', 'apart', '--yes')
        self.assertEqual(self.files('ext'), ['ext.qcow2'])

    def test_a_snapshot_inside_a_file_that_would_go_keeps_it(self):
        self.make('ext', '--wait', 'address')
        self.expect(0, 'snapshot', 'create', 'ext', 'apart', '--external')
        self.expect(0, 'snapshot', 'create', 'ext', 'inside')
        for command in (('delete', 'ext', 'apart'), ('revert', 'ext', 'apart', '--force')):
            refused = self.expect(6, 'snapshot', *command, '--yes').stderr
            self.assertIn("'inside' of 'ext' lies inside", refused)
            self.assertIn("innkeep snapshot delete 'ext' 'inside'", refused)
            self.assertEqual((self.names('ext'), self.disk('ext')), (['apart', 'inside'], 'ext.apart.qcow2'))
        self.expect(0, 'snapshot', 'revert', 'ext', 'inside', '--yes')
        self.expect(0, 'snapshot', 'delete', 'ext', 'inside', '--yes')
        self.expect(0, 'snapshot', 'delete', 'ext', 'apart', '--yes')
        self.assertEqual((self.disk('ext'), self.files('ext')), ('ext.qcow2', ['ext.qcow2']))

    def test_nothing_goes_back_into_a_file_that_others_stand_on(self):
        self.make('ext', '--no-start')
        self.expect(0, 'snapshot', 'create', 'ext', 'inside')
        self.expect(0, 'snapshot', 'create', 'ext', 'apart', '--external')
        self.expect(0, 'clone', 'ext', 'other', '--linked', '--snapshot', 'apart', '--no-start')
        self.addCleanup(lambda: house.innkeep('delete', 'other', '--yes', check=False))
        refused = self.expect(6, 'snapshot', 'revert', 'ext', 'inside', '--yes').stderr
        self.assertIn("innkeep snapshot delete 'ext' 'apart'", refused)
        self.assertEqual(self.disk('ext'), 'ext.apart.qcow2')
        self.expect(0, 'start', 'ext')
        self.assertIn('other', self.expect(6, 'snapshot', 'delete', 'ext', 'apart', '--yes').stderr)
        self.expect(0, 'delete', 'other', '--yes')
        self.expect(0, 'snapshot', 'delete', 'ext', 'apart', '--yes')
        self.expect(0, 'snapshot', 'revert', 'ext', 'inside', '--yes')
        self.assertEqual(self.disk('ext'), 'ext.qcow2')

    def test_killed_at_each_step_the_guest_has_the_snapshot_or_nothing_of_it(self):
        self.make('ext', '--no-start')
        for verb, option, before in (('create', '--external', []), ('revert', '--yes', ['one'])):
            at, status = 0, -signal.SIGKILL
            while status == -signal.SIGKILL:
                at += 1
                status = house.innkeep('snapshot', verb, 'ext', 'one', option, check=False,
                                       env=house.killing(at)).returncode
                house.recover()
                self.assertEqual(self.noted('ext'), self.files('ext'), f'{verb} killed at {at}')
                self.assertLessEqual(len(self.files('ext')), 2, f'{verb} killed at {at}')
                self.assertIn(self.disk('ext'), self.files('ext'))
                # Made already, and killed at the end.
                if verb == 'create' and self.names('ext') and status == -signal.SIGKILL:
                    break
                if status == -signal.SIGKILL:
                    self.assertEqual(self.names('ext'), before)
            self.assertGreater(at, 4)
        self.expect(0, 'start', 'ext')
        house.innkeep('wait', 'ext', '--for', 'address')

    def test_killed_while_it_is_merged_the_guest_goes_on_and_nothing_is_lost(self):
        self.make('ext', '--wait', 'address')
        self.write('ext', 'first')
        for at in range(1, 40):
            self.expect(0, 'snapshot', 'create', 'ext', 'one', '--external')
            self.write('ext', 'second')
            status = house.innkeep('snapshot', 'delete', 'ext', 'one', '--yes', check=False,
                                   env=house.killing(at)).returncode
            house.recover()
            self.assertEqual(self.written('ext'), {'first', 'second'}, f'killed at {at}')
            self.assertIn(self.disk('ext'), self.noted('ext'))
            if 'one' in self.names('ext'):
                self.expect(0, 'snapshot', 'delete', 'ext', 'one', '--yes')
            if status == 0:
                break
        self.assertEqual(status, 0)
        self.expect(0, 'poweroff', 'ext')
        self.expect(0, 'start', 'ext')
        house.innkeep('wait', 'ext', '--for', 'address')
        self.assertEqual(self.written('ext'), {'first', 'second'})

    def test_a_guest_goes_with_its_snapshots(self):
        house.create('short', arguments=['--no-start'])
        house.innkeep('snapshot', 'create', 'short', 'one')
        house.innkeep('delete', 'short', '--yes')
        self.assertNotIn('short', house.virsh('list', '--all', '--name').split())
        self.assertNotIn('short.qcow2', house.virsh('vol-list', 'default'))


if __name__ == '__main__':
    unittest.main()
