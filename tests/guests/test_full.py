#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Storage that is full, or will be: what is asked for is refused or fails with one error that says so and leaves
nothing, what could outgrow its pool is said beforehand, and a guest that its disk stopped is told of."""
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import unittest

import house
from publisher import Publisher, make_image
from test_jobs import Screen

IMAGES = '/var/lib/libvirt/images'
NO_SPACE = 'No space left on device'


def must(*arguments):
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)


def mounted(folder, **options):
    must('mount', '-t', 'tmpfs', '-o', ','.join(f'{key}={value}' for key, value in options.items()), 'tmpfs', folder)


class Case(unittest.TestCase):
    """A pool on a file system of its own, whose size the tests choose."""

    @classmethod
    def setUpClass(cls):
        mounted(IMAGES, size='1g')
        house.build_tiny()
        cls.work = tempfile.mkdtemp()

    @classmethod
    def tearDownClass(cls):
        for template in house.innkeep_json('template', 'list'):
            if template['ready']:
                house.innkeep('template', 'delete', template['name'], '--yes')
        must('umount', IMAGES)
        must('rm', '-r', cls.work)

    def setUp(self):
        self.before = self.inventory()

    def tearDown(self):
        self.room(512 << 20)
        for name in house.guests():
            house.innkeep('delete', name, '--yes', '--force')
        self.assertEqual(self.inventory(), self.before)

    @staticmethod
    def room(size):
        """From now on so many bytes are free in the pool, and no more."""

        def done():
            there = os.statvfs(IMAGES)
            used = (there.f_blocks - there.f_bfree) * there.f_bsize
            return house.run('mount', '-o', f'remount,size={used + size}', IMAGES).returncode == 0
        house.wait_until('its size is set, while others write', done, 10)

    @staticmethod
    def inventory():
        """All that innkeep could leave."""
        state = os.environ['INNKEEP_STATEDIR']
        return (sorted(house.guests()), sorted(os.listdir(IMAGES)), house.jobs(),
                sorted(os.path.join(folder, name) for folder, _, names in os.walk(state) for name in names),
                [name for part in ('build', 'seed') if os.path.isdir(f'{state}/{part}') for name in os.listdir(f'{state}/{part}')])

    def fails(self, *arguments, says=NO_SPACE, env=None):
        """One error, which says so; nothing is left."""
        before = self.inventory()
        done = house.innkeep(*arguments, check=False, env=env)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.startswith('innkeep: ')]), 1, done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(self.inventory(), before)
        return done

    def swollen(self, name, megabytes):
        """A template that takes little in the pool, and much when it is copied: its image is packed."""
        raw, packed = os.path.join(self.work, 'raw'), os.path.join(self.work, f'{name}.qcow2')
        with open(raw, 'wb') as file:
            file.write(b'packs well ' * (megabytes * (1 << 20) // 11))
        must('qemu-img', 'convert', '-c', '-O', 'qcow2', raw, packed)
        os.unlink(raw)
        house.innkeep('template', 'import', packed, name)
        self.addCleanup(house.innkeep, 'template', 'delete', name, '--yes', check=False)
        self.before = self.inventory()


class Full(Case):
    """The disk fills up in the middle of it."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.check_templates)
        self.templates = sorted(os.listdir(IMAGES))

    def check_templates(self):
        self.assertEqual(sorted(os.listdir(IMAGES)), self.templates)

    def test_a_pool_without_room_for_what_is_known_to_be_needed(self):
        self.room(1 << 20)
        self.fails('clone', 'tiny', 'x', '--full', says="pool 'default' has")

    def test_a_new_disk(self):
        self.room(64 << 10)
        self.fails('create', 'x', '-t', 'tiny', '--no-start')
        self.fails('create', 'x', '-t', 'tiny', '--count', '5', '--no-start')
        self.fails('create', 'x', '--pxe', '--no-start')
        self.room(600 << 10)  # for two or three of them
        self.fails('create', 'x', '-t', 'tiny', '--count', '9', '--no-start')

    def test_a_full_copy_of_a_template(self):
        self.swollen('packed', 48)
        self.room(8 << 20)
        self.fails('clone', 'packed', 'x', '--full', '--no-start')

    def test_a_copy_and_a_publication_of_a_guest_that_is_shut_off(self):
        self.swollen('packed', 48)
        house.innkeep('create', 'source', '-t', 'packed', '--no-start')
        self.room(8 << 20)
        self.fails('clone', 'source', 'x', '--full')
        self.fails('template', 'publish', 'source', 'office')
        self.fails('template', 'import', '--guest', 'source', 'office')

    def test_a_copy_and_a_publication_of_a_guest_that_runs(self):
        house.create('source', arguments=['--wait', 'address', '--disk', '1G'])
        with house.Console('source') as console:
            console.run('write-disk 240 2>/dev/null; sync', 300)
        for arguments in (('clone', '--full', 'source', 'x'), ('template', 'publish', 'source', 'office')):
            with self.subTest(arguments):
                self.room(512 << 20)
                process = house.qemu_pid('source')
                before = self.inventory()
                done = self.run_out_of_room(*arguments)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(NO_SPACE, done.stderr)
                self.assertEqual(self.inventory(), before)
                self.assertEqual(house.qemu_pid('source'), process)
                self.assertEqual(house.guests()['source']['state'], 'running')
        with house.Console('source') as console:
            console.run('write-disk 1', 60)

    def run_out_of_room(self, *arguments, writer=None):
        """Its copying begins and finds the pool full. One that was too quick is made anew. writer() is the process that
        is held meanwhile: the source's QEMU, if none is named."""
        writer = writer or (lambda: house.qemu_pid('source'))
        for _ in range(20):
            process = subprocess.Popen([house.INNKEEP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            house.wait_until('it copies', lambda: process.poll() is not None or self.copied(arguments[-1]) > 1 << 20)
            with contextlib.suppress(ProcessLookupError, IndexError):
                held = writer()
                os.kill(held, signal.SIGSTOP)
                self.room(0)
                os.kill(held, signal.SIGCONT)
            out, errors = process.communicate(timeout=60)
            if process.returncode != 0:
                return subprocess.CompletedProcess(arguments, process.returncode, out, errors)
            self.room(512 << 20)
            house.innkeep(*(('delete', 'x') if arguments[0] == 'clone' else ('template', 'delete', 'office')), '--yes')
        return self.fail('it ended 20 times before the pool was full')

    @staticmethod
    def copied(name):
        try:
            return os.stat(f'{IMAGES}/{name}.qcow2').st_blocks * 512
        except FileNotFoundError:
            return 0

    def test_snapshots(self):
        house.create('source', arguments=['--no-start'])
        self.room(64 << 10)
        self.fails('snapshot', 'create', 'source', 'x', '--external')

    def test_an_import(self):
        """The room that was there is gone while the image is uploaded."""
        image = os.path.join(self.work, 'large.qcow2')
        with open(os.path.join(self.work, 'raw'), 'wb') as file:
            for number in range(320):
                file.write(number.to_bytes(2, 'big') * (1 << 19))
        must('qemu-img', 'convert', '-O', 'qcow2', file.name, image)
        os.unlink(file.name)
        self.addCleanup(os.unlink, image)
        self.room(64 << 20)
        self.fails('template', 'import', image, 'office', says="pool 'default' has")
        self.room(512 << 20)
        before = self.inventory()
        done = self.run_out_of_room('template', 'import', image, 'office', writer=lambda: house.jobs()[0]['pid'])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(NO_SPACE, done.stderr)
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.startswith('innkeep: ')]), 1, done.stderr)
        self.assertEqual(self.inventory(), before)

    SIZES = {'size': [pages * 4096 for pages in (*range(1, 40), *range(40, 1800, 80))], 'nr_inodes': range(2, 24)}

    def at_every_size(self, *arguments, undo, says=NO_SPACE):
        """With a state's folder from one that holds nothing to one that is enough: each time one error that says so and
        nothing made, until all is made, which undo(stdout) takes back."""
        state = os.path.join(self.work, 'state')
        os.makedirs(state, exist_ok=True)
        env = {'INNKEEP_STATEDIR': state}
        for option, sizes in self.SIZES.items():
            refused, status = 0, None
            for size in sizes:
                mounted(state, **{option: size, 'mode': '0700'})
                # A file system of no size at all there is not.
                with open(os.path.join(state, 'ballast'), 'wb') as file:
                    file.write(bytes(4096))
                try:
                    before = self.inventory()
                    done = house.innkeep(*arguments, check=False, env=env)
                    status = done.returncode
                    if status == 0:
                        undo(done.stdout, env)
                    else:
                        self.assertRegex(done.stderr, says)
                        errors = [line for line in done.stderr.splitlines() if line.startswith('innkeep: ')]
                        self.assertEqual(len(errors), 1, done.stderr)
                        refused += 1
                    self.assertEqual(self.inventory(), before, f'{option} {size}')
                    # what was done stays told of, as far as there is room
                    left = [name for _, _, names in os.walk(state) for name in names
                            if not name.startswith('innkeep.db')]
                    self.assertEqual(left, ['ballast'], f'{option} {size}')
                finally:
                    # The process of a long job may end after it was heard of its end.
                    house.wait_until('nobody uses it', lambda: house.run('umount', state).returncode == 0)
                if status == 0:
                    break
            self.assertEqual(status, 0)
            self.assertGreater(refused, 0)

    def test_the_state_while_guests_are_made(self):
        def undo(names, env):
            for name in names.split():
                house.innkeep('delete', name, '--yes', env=env)
        self.at_every_size('create', 'x', '-t', 'tiny', '--count', '20', '--no-start', undo=undo)

    def test_the_state_while_guests_are_copied(self):
        def undo(_, env):
            house.innkeep('delete', 'x', '--yes', env=env)
        house.create('source', arguments=['--no-start'])
        self.at_every_size('clone', 'source', 'x', '--full', undo=undo)
        self.at_every_size('clone', 'source', 'x', '--linked', undo=undo)

    def test_the_state_while_templates_are_made(self):
        def undo(_, env):
            house.innkeep('template', 'delete', 'office', '--yes', env=env)
        publisher = Publisher()
        self.addCleanup(publisher.close)
        home = os.path.join(self.work, 'home')
        os.makedirs(f'{home}/innkeep/templates')
        self.addCleanup(must, 'rm', '-r', home)
        image = make_image(self.work, 'vdi', 1 << 20)
        house.create('source', arguments=['--no-start'])
        self.at_every_size('template', 'publish', 'source', 'office', undo=undo)
        room = f'{NO_SPACE}|has .* free and|has room for|it is larger than'
        self.at_every_size('template', 'import', image, 'office', undo=undo, says=room)
        with open(image, 'rb') as file:
            publisher.files['office.vdi'] = file.read()
        with open(f'{home}/innkeep/templates/office.ini', 'w', encoding='ascii') as file:
            file.write(f'[template]\nname = office\nsource = {publisher.url("office.vdi")}\n'
                       f'sha256 = {hashlib.sha256(publisher.files["office.vdi"]).hexdigest()}\n')
        os.environ['XDG_CONFIG_HOME'] = home
        self.addCleanup(os.environ.pop, 'XDG_CONFIG_HOME')
        self.at_every_size('template', 'fetch', 'office', undo=undo, says=room)


class Tight(Case):
    """All fits now, and may not for ever."""

    def test_it_is_said_with_the_guest_and_in_the_plan(self):
        self.room(8 << 20)
        done = house.innkeep('create', 'x', '-t', 'tiny', '--disk', '1G', '--count', '2', '--no-start')
        self.assertRegex(done.stderr, r"^note: pool 'default' has [0-9.]+M free and the disks may grow to 2\.0G\n$")
        plan = json.loads(house.innkeep('create', 'y', '--pxe', '--disk', '3G', '--dry-run', '--json').stdout)
        step = plan['steps'][-1]
        self.assertEqual((step['step'], step['object']), ('room', 'default'))
        self.assertRegex(step['action'], r'and the disks may grow to 3\.0G$')
        done = house.innkeep('clone', 'x-1', 'y', '--linked')
        self.assertRegex(done.stderr, r'and the disks may grow to 1\.0G')
        self.assertIn('room', house.innkeep('clone', 'x-1', '--linked', '--dry-run').stdout)

    def test_memory_is_said_of_guests_that_are_started(self):
        with open('/proc/meminfo', encoding='ascii') as file:
            total = int(file.readline().split()[1]) >> 10
        arguments = ['create', 'x', '-t', 'tiny', '--memory', f'{total // 2}M', '--count', '3', '--dry-run']
        self.assertRegex(house.innkeep(*arguments).stdout, r'the host has [0-9.]+[MG] of memory free and the guests have')
        self.assertNotIn('of memory free', house.innkeep(*arguments, '--no-start').stdout)

    def test_what_fits_is_not_spoken_of(self):
        self.room(2 << 30)
        self.assertNotIn('note', house.innkeep('create', 'x', '-t', 'tiny').stderr)

    def test_a_guest_whose_disk_finds_no_more_space_is_told_of_and_goes_on_when_there_is_some(self):
        house.create('web', arguments=['--disk', '1G', '--wait', 'address'])
        self.room(8 << 20)
        with house.Console('web') as console, Screen() as screen:
            os.write(console.fd, b'write-disk 64; echo ""written\n')
            screen.wait_for('web: paused: no space left for its disk')
            screen.wait_for('disk error')
            screen.wait_for(r'! 1')
            guest = house.guests()['web']
            self.assertEqual((guest['state'], guest['reason'], guest['trouble']),
                             ('paused', 'I/O error', 'no space left for its disk'))
            self.assertIn('paused (no space left for its disk)', house.innkeep('show', 'web').stdout)
            self.room(256 << 20)
            house.innkeep('resume', 'web')
            console.wait_for('\r\nwritten\r\n', 120)
            self.assertIsNone(house.guests()['web']['trouble'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
