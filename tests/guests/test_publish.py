#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests become templates: whole and read-only, with a kernel of their own, whatever the guest did meanwhile, and the
guest is as it was; what cannot be published is refused and leaves nothing."""
import json
import os
import signal
import stat
import subprocess
import tempfile
import unittest

import house

IMAGES = '/var/lib/libvirt/images'


class Publish(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('web', arguments=['--wait', 'address'])
        house.create('off', arguments=['--no-start'])
        with house.Console('web') as console:
            console.run('write-disk 8 2>/dev/null; mv /data/written /data/kept; sync')

    def setUp(self):
        self.before = self.inventory()
        self.definitions = [house.virsh('dumpxml', name, '--inactive') for name in ('web', 'off')]

    def tearDown(self):
        for guest in house.innkeep_json('list'):
            if guest['name'] not in ('web', 'off'):
                house.innkeep('delete', guest['name'], '--yes', '--force')
        for template in house.innkeep_json('template', 'list'):
            if template['ready'] and template['name'] != 'tiny':
                house.innkeep('template', 'delete', template['name'], '--yes')
        self.assertEqual(self.inventory(), self.before)
        self.assertEqual([house.virsh('dumpxml', name, '--inactive') for name in ('web', 'off')], self.definitions)

    @staticmethod
    def inventory():
        return (sorted(house.virsh('list', '--all', '--name').split()), sorted(os.listdir(IMAGES)))

    def expect(self, status, *arguments):
        done = house.innkeep(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def refuse(self, status, message, *arguments):
        before = self.inventory()
        done = self.expect(status, *arguments)
        self.assertIn(message, done.stderr)
        self.assertEqual(self.inventory(), before)
        return done.stderr

    def definition(self, name):
        with open(f'{IMAGES}/{name}.template', encoding='utf-8') as file:
            return dict(line.strip().split(' = ', 1) for line in file if ' = ' in line)

    def boot(self, template):
        """A guest of it comes up by the name that its kernel is told; what is on its disk."""
        house.innkeep('create', '-t', template, '--wait', 'address', timeout=200)
        with house.Console(f'{template}-1') as console:
            self.assertIn(f'{template}-1', console.run('hostname'))
            return console.run('ls /data')

    def test_a_guest_that_is_shut_off(self):
        done = self.expect(0, 'template', 'publish', 'off', 'office', '--description', 'for the office')
        self.assertEqual(done.stdout, 'office: published from off as office.qcow2\n')
        image = json.loads(house.run('qemu-img', 'info', '--output=json', f'{IMAGES}/office.qcow2').stdout)
        self.assertNotIn('backing-filename', image)
        for suffix in ('qcow2', 'vmlinuz', 'initrd', 'template'):
            self.assertEqual(stat.S_IMODE(os.stat(f'{IMAGES}/office.{suffix}').st_mode), 0o444, suffix)
        definition = self.definition('office')
        self.assertEqual((definition['description'], definition['kernel'], definition['vcpus'], definition['network']),
                         ('for the office', 'office.vmlinuz', '1', 'default'))
        self.assertNotIn('renew', definition)
        self.assertIn('ok', self.expect(0, 'template', 'verify', 'office').stdout)
        self.boot('office')

    def test_a_guest_that_runs_is_copied_at_one_moment_and_goes_on(self):
        process = house.qemu_pid('web')
        done = self.expect(0, 'template', 'publish', 'web', 'live')
        self.assertIn('crash-consistent: no guest agent', done.stdout)
        self.assertEqual(house.qemu_pid('web'), process)
        self.assertEqual(stat.S_IMODE(os.stat(f'{IMAGES}/live.qcow2').st_mode), 0o444)
        self.expect(0, 'template', 'verify', 'live')
        self.assertIn('kept', self.boot('live'))

    def test_images_are_read_only_whoever_puts_them_there(self):
        """As a person who may not change the pool's files: libvirt makes them so."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            disk = os.path.join(folder, 'disk')
            with open(disk, 'wb') as file:
                file.truncate(1 << 20)
            process = house.qemu_pid('web')
            for name, arguments in (('live', ('template', 'publish', 'web', 'live')),
                                    ('whole', ('template', 'publish', 'off', 'whole')),
                                    ('part', ('template', 'import', '--guest', 'web', 'part')),
                                    ('rest', ('template', 'import', '--guest', 'off', 'rest')),
                                    ('mine', ('template', 'import', disk, 'mine'))):
                with self.subTest(arguments):
                    before = set(os.listdir(IMAGES))
                    done = house.innkeep_as_nobody(folder, *arguments)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    made = set(os.listdir(IMAGES)) - before
                    self.assertIn(f'{name}.qcow2', made)
                    self.assertEqual([file for file in made if file.endswith('.copying')], [])
                    for file in made:
                        self.assertEqual(stat.S_IMODE(os.stat(f'{IMAGES}/{file}').st_mode), 0o444, file)
                    self.expect(0, 'template', 'verify', name)
            self.assertEqual(house.qemu_pid('web'), process)
            self.assertIn('kept', self.boot('live'))

    def test_a_copy_that_libvirt_makes_read_only_leaves_no_other_when_it_fails(self):
        """The first copy, made while the guest runs, is taken back with the second."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            before = self.inventory()
            at = 1
            while at < 60:
                done = house.innkeep_as_nobody(folder, 'template', 'publish', 'web', 'live', env=house.killing(at))
                if done.returncode == 0:
                    break
                recovered = house.innkeep_as_nobody(folder, 'template', 'list')
                self.assertEqual(recovered.returncode, 0, recovered.stderr)
                if os.path.exists(f'{IMAGES}/live.template'):
                    self.assertFalse(os.path.exists(f'{IMAGES}/live.qcow2.copying'))
                    self.expect(0, 'template', 'delete', 'live', '--yes')
                self.assertEqual(self.inventory(), before, f'killed at point {at}')
                at += 1
            self.assertTrue(8 < at < 60, at)

    def test_a_template_stands_without_the_one_before_it(self):
        self.expect(0, 'template', 'publish', 'off', 'office')
        self.refuse(6, 'depend', 'template', 'delete', 'tiny', '--yes')
        for part in ('office.vmlinuz', 'office.qcow2'):
            self.assertNotIn('tiny', house.virsh('vol-dumpxml', part, 'default'))

    def test_published_again_it_is_a_new_version_and_its_guests_keep_theirs(self):
        self.expect(0, 'template', 'publish', 'off', 'office')
        self.expect(0, 'create', '-t', 'office', '--no-start')
        self.expect(0, 'template', 'publish', 'off', 'office')
        old = self.definition('office')['previous'].split(', ')
        self.assertEqual(old, ['office.qcow2', 'office.vmlinuz', 'office.initrd'])
        self.assertIn(f'{IMAGES}/office.qcow2', house.virsh('vol-dumpxml', 'office-1.qcow2', 'default'))
        self.expect(0, 'template', 'delete', '--unused', '--yes')
        self.assertTrue(os.path.exists(f'{IMAGES}/office.qcow2'))
        self.refuse(6, 'office-1', 'template', 'delete', 'office', '--yes')
        self.expect(0, 'delete', 'office-1', '--yes')
        self.expect(0, 'template', 'delete', '--unused', '--yes')
        self.assertFalse([name for name in old if os.path.exists(f'{IMAGES}/{name}')])

    def test_a_name_that_another_template_has_is_refused(self):
        self.refuse(6, "a template 'tiny' already", 'template', 'publish', 'off', 'tiny')
        self.refuse(6, 'defined in', 'template', 'publish', 'off', 'debian-12')
        self.expect(0, 'template', 'publish', 'off', 'office')
        self.refuse(6, "a template 'office' already", 'template', 'publish', 'web', 'office')
        self.refuse(6, "a template 'office' already", 'template', 'import', '--guest', 'off', 'office')

    def test_words_that_do_not_fit(self):
        for arguments in (('template', 'publish', 'off'), ('template', 'publish', 'off', 'A B'),
                          ('template', 'publish', 'off', 'office', '--description', 'a;b'),
                          ('template', 'import', '--guest', 'off'),
                          ('template', 'import', 'x', 'y', '--storage', 'vda')):
            self.expect(2, *arguments)
        self.expect(3, 'template', 'publish', 'nobody', 'office')
        self.expect(4, '--read-only', 'template', 'publish', 'off', 'office')

    def test_a_dry_run_says_what_it_would_do_and_does_nothing(self):
        plan = json.loads(self.expect(0, 'template', 'publish', 'web', 'office', '--dry-run', '--json').stdout)
        self.assertEqual([(step['step'], step['object']) for step in plan['steps']],
                         [('copy', 'web'), ('copy', 'web'), ('volume', 'office.qcow2'),
                          ('definition', 'office.template')])
        self.assertEqual(self.inventory(), self.before)

    def test_several_disks_are_refused_and_one_of_them_can_be_imported(self):
        house.create('two', arguments=['--no-start'])
        house.virsh('vol-create-as', 'default', 'more.raw', '4M', '--format', 'raw')
        house.virsh('attach-disk', 'two', f'{IMAGES}/more.raw', 'vdb', '--subdriver', 'raw', '--config')
        self.assertIn('--storage', self.refuse(6, 'it has 2: vda, vdb', 'template', 'publish', 'two', 'office'))
        self.refuse(6, 'it has 2: vda, vdb', 'template', 'import', '--guest', 'two', 'office')
        self.refuse(3, 'no disk vdc', 'template', 'import', '--guest', 'two', '--storage', 'vdc', 'office')
        self.expect(0, 'template', 'import', '--guest', 'two', '--storage', 'vdb', 'office')
        image = json.loads(house.run('qemu-img', 'info', '--output=json', f'{IMAGES}/office.qcow2').stdout)
        self.assertEqual((image['virtual-size'], image['format']), (4 << 20, 'qcow2'))
        self.assertNotIn('memory', self.definition('office'))
        house.virsh('detach-disk', 'two', 'vdb', '--config')
        house.virsh('vol-delete', 'more.raw', 'default')

    def test_a_guest_whose_memory_is_saved_is_refused(self):
        house.create('sleeper', arguments=['--wait', 'running'])
        house.innkeep('save', 'sleeper')
        self.refuse(6, 'its memory is saved', 'template', 'publish', 'sleeper', 'office')

    def test_without_cloud_init_it_is_said_what_stays(self):
        house.virsh('vol-create-as', 'default', 'plain.qcow2', '4M', '--format', 'qcow2')
        definition = house.virsh('dumpxml', 'off', '--inactive')
        start, end = definition.index('<uuid>'), definition.index('</uuid>')
        definition = definition[:start] + definition[end + len('</uuid>'):]
        definition = definition.replace('<name>off<', '<name>plain<').replace('off.qcow2', 'plain.qcow2')
        definition = definition.replace('innkeep.name=off', '').replace(
            definition[definition.index('<mac '):definition.index('/>', definition.index('<mac ')) + 2], '')
        path = os.path.join(os.environ['INNKEEP_STATEDIR'], 'plain.xml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(definition)
        house.virsh('define', path)
        try:
            done = self.expect(0, 'template', 'publish', 'plain', 'office')
            self.assertIn('machine-id, SSH host keys', done.stdout)
            self.assertNotIn('renew', self.definition('office'))
        finally:
            house.virsh('undefine', 'plain')
            house.virsh('vol-delete', 'plain.qcow2', 'default')

    def test_killed_at_each_step_while_it_runs_it_leaves_nothing_or_the_whole_template(self):
        at, committed, status = 0, 0, None
        while status != 0:
            at += 1
            done = house.innkeep('template', 'publish', 'web', 'office', check=False,
                                 env={'INNKEEP_TEST_KILL_AT': str(at)})
            status = done.returncode
            if status == 0:
                break
            # Its process was killed: who began it says so, or was killed too while it took that back.
            if status != -signal.SIGKILL:
                self.assertEqual(status, 1, done.stderr)
                self.assertIn('its process ended unexpectedly', done.stderr)
            house.wait_until('nothing is left but what is whole', self.recovered)
            committed += self.inventory() != self.before
            if self.inventory() != self.before:
                self.expect(0, 'template', 'verify', 'office')
                self.expect(0, 'template', 'delete', 'office', '--yes')
        self.assertGreater(at, 12)
        self.assertLessEqual(committed, 2)

    def recovered(self):
        house.innkeep('list')
        there = set(self.inventory()[1]) - set(self.before[1])
        whole = {f'office.{suffix}' for suffix in ('qcow2', 'vmlinuz', 'initrd', 'template')}
        return os.listdir(f'{os.environ["INNKEEP_STATEDIR"]}/journal') == [] and there in (set(), whole)

    def test_an_interrupt_while_it_copies_leaves_nothing(self):
        house.hang('web')
        try:
            process = subprocess.Popen([house.INNKEEP, 'template', 'publish', 'web', 'office'], text=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            house.wait_until('it copies', lambda: os.path.exists(f'{IMAGES}/office.qcow2'))
            process.send_signal(signal.SIGINT)
        finally:
            house.unhang('web')
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)

        def nothing_left():
            house.innkeep('list')
            return self.inventory() == self.before
        house.wait_until('nothing is left', nothing_left)


if __name__ == '__main__':
    unittest.main(verbosity=2)
