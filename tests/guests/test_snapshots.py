#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots inside the disks of real guests: made, listed, gone back to, forgotten, and refused where they cannot be."""
import json
import os
import unittest

import house


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

    def test_a_snapshot_in_files_of_its_own_is_shown_and_left_to_virsh(self):
        house.create('outside', arguments=['--no-start'])
        house.virsh('snapshot-create-as', 'outside', 'apart', '--disk-only')
        self.assertEqual(house.innkeep_json('snapshot', 'list', 'outside')[0]['kind'], 'external')
        self.assertIn('hint', self.expect(6, 'snapshot', 'revert', 'outside', 'apart', '--yes').stderr)
        self.expect(6, 'snapshot', 'delete', 'outside', 'apart', '--yes')
        self.assertEqual(self.names('outside'), ['apart'])

    def test_a_guest_goes_with_its_snapshots(self):
        house.create('short', arguments=['--no-start'])
        house.innkeep('snapshot', 'create', 'short', 'one')
        house.innkeep('delete', 'short', '--yes')
        self.assertNotIn('short', house.virsh('list', '--all', '--name').split())
        self.assertNotIn('short.qcow2', house.virsh('vol-list', 'default'))


if __name__ == '__main__':
    unittest.main()
