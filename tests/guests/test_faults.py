#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that are taken, images that are missing, words that are hostile, secrets: what provisioning does with them."""
import json
import os
import re
import select
import shutil
import stat
import subprocess
import tempfile
import unicodedata
import unittest
import xml.etree.ElementTree as ElementTree

import house
from publisher import make_image
from test_foreign import define
from test_jobs import ENTER, Screen, socket_of

IMAGES = '/var/lib/libvirt/images'
STATE = os.environ['INNKEEP_STATEDIR']
# XML has no way to write ESC; C1's CSI does the same on many terminals. A '/' is refused by libvirt itself.
HOSTILE = ['\u009b31m\u202etxt.exe', 'tab\tname', '-rf', '"q" \'s\' $(touch ran) `touch ran`', '漢字' * 20, 'y' * 200]


def inert(text, but=''):
    return all(one in '\n' + but or unicodedata.category(one) not in ('Cc', 'Cf', 'Co', 'Cn', 'Zl', 'Zp') for one in text)


def setUpModule():
    house.build_tiny()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        os.chmod(cls.work, 0o755)
        cls.image = make_image(cls.work, 'qcow2', 1 << 20)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.work)

    def setUp(self):
        self.before = self.inventory()

    def tearDown(self):
        for name in house.guests():
            house.innkeep('delete', '--yes', '--force', '--', name)
        left = sorted(set(os.listdir(IMAGES)) - set(self.before[1]))
        for name in left:
            os.unlink(f'{IMAGES}/{name}')
        house.virsh('pool-refresh', 'default')
        self.assertEqual(left, [])
        self.assertEqual(self.inventory(), self.before)

    @staticmethod
    def inventory():
        journal = f'{STATE}/journal'
        return (sorted(house.guests()), sorted(os.listdir(IMAGES)),
                os.listdir(journal) if os.path.isdir(journal) else [], house.jobs())

    def refused(self, status, *arguments, says=None, **options):
        before = self.inventory()
        done = house.innkeep(*arguments, check=False, **options)
        self.assertEqual(done.returncode, status, (arguments, done.stdout + done.stderr))
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.startswith('innkeep: ')]), 1, done.stderr)
        self.assertTrue(inert(done.stderr), ascii(done.stderr))
        self.assertLess(len(done.stderr), 3000)
        if says is not None:
            self.assertIn(says, done.stderr)
        self.assertEqual(self.inventory(), before)
        return done


class Taken(Case):
    """A guest or a volume of that name exists."""

    def put(self, name, text=b'precious'):
        """A file in the pool's folder, of which libvirt knows nothing yet."""
        path = f'{IMAGES}/{name}'
        with open(path, 'wb') as file:
            file.write(text)

        def same():
            with open(path, 'rb') as again:
                self.assertEqual(again.read(), text)
            os.unlink(path)
            house.virsh('pool-refresh', 'default')
        self.addCleanup(house.virsh, 'pool-refresh', 'default')
        return same

    def test_by_a_file_that_libvirt_has_not_seen(self):
        house.create('web', arguments=['--no-start'])
        for arguments in (('create', 'x', '-t', 'tiny'), ('create', 'x', '--pxe'), ('clone', 'web', 'x'),
                          ('clone', '--linked', 'web', 'x'), ('clone', '--full', 'tiny', 'x')):
            with self.subTest(arguments):
                same = self.put('x.qcow2')
                self.refused(6, *arguments, says='x.qcow2')
                same()
        same = self.put('web.x.qcow2')  # a snapshot's file is named otherwise then
        house.innkeep('snapshot', 'create', 'web', 'x', '--external')
        house.innkeep('delete', 'web', '--yes')
        same()

    def test_by_a_second_disk_of_a_copy(self):
        house.create('web', arguments=['--no-start'])
        house.virsh('vol-create-as', 'default', 'more.qcow2', '4M', '--format', 'qcow2')
        house.virsh('attach-disk', 'web', f'{IMAGES}/more.qcow2', 'vdb', '--subdriver', 'qcow2', '--config')
        same = self.put('x-vdb.qcow2')
        self.refused(6, 'clone', 'web', 'x', says='x-vdb.qcow2')
        same()
        house.innkeep('delete', 'web', '--yes')
        house.virsh('vol-delete', 'more.qcow2', 'default')

    def test_a_template_s_volumes_take_nothing_that_is_there(self):
        house.create('web', arguments=['--no-start'])
        for name in ('mine.qcow2', 'mine.vmlinuz', 'mine.template'):
            for arguments in (('template', 'import', self.image, 'mine'), ('template', 'publish', 'web', 'mine')):
                with self.subTest(name=name, arguments=arguments):
                    same = self.put(name)
                    done = house.innkeep(*arguments, check=False)
                    if done.returncode == 0:
                        house.innkeep('template', 'delete', 'mine', '--yes')
                    same()

    def test_among_several_the_taken_ones_are_passed_over(self):
        same = self.put('x-2.qcow2')
        done = house.innkeep('create', 'x', '-t', 'tiny', '--count', '3', '--no-start')
        self.assertEqual(sorted(done.stdout.split()), ['x-1', 'x-3', 'x-4'])
        for name in done.stdout.split():
            house.innkeep('delete', name, '--yes')
        same()

    def test_between_the_look_and_the_definition(self):
        house.create('web', arguments=['--wait', 'address'])
        with house.Console('web') as console:
            console.run('write-disk 240 2>/dev/null; sync', 300)
        process = self.catch('clone', '--full', 'web', 'x')
        xml = "<domain type='qemu'><name>x</name><memory>65536</memory><os><type>hvm</type></os></domain>"
        define(xml)
        before = house.virsh('dumpxml', 'x')
        house.unhang('web')
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 6, errors)
        self.assertIn("'x'", errors)
        self.assertEqual(house.virsh('dumpxml', 'x'), before)
        self.assertNotIn('x.qcow2', os.listdir(IMAGES))
        house.virsh('undefine', 'x')

    def catch(self, *arguments):
        """A copy in its middle, held by its source that hangs. One that was too quick is made anew."""
        for _ in range(20):
            process = subprocess.Popen([house.INNKEEP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            path = f'{IMAGES}/{arguments[-1]}.qcow2'
            house.wait_until('it copies', lambda: process.poll() is not None or
                             os.path.exists(path) and os.stat(path).st_blocks > 2048)
            house.hang('web')
            if house.virsh('backup-dumpxml', 'web', check=False) != '':
                return process
            house.unhang('web')
            process.communicate(timeout=60)
            house.innkeep('delete', arguments[-1], '--yes')
        return self.fail('it ended 20 times before it could be caught')


class Missing(Case):
    def test_a_guest_whose_image_is_gone_is_told_which_and_what_to_do(self):
        house.innkeep('template', 'import', self.image, 'mine')
        house.create('web', arguments=['--no-start'])
        house.innkeep('create', 'guest', '-t', 'mine', '--no-start')
        self.refused(6, 'template', 'delete', 'mine', '--yes', says='guest')
        os.rename(f'{IMAGES}/mine.qcow2', f'{IMAGES}/away')
        done = house.innkeep('start', 'guest', check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f'{IMAGES}/mine.qcow2', done.stderr)
        self.assertIn('hint: put that file back', done.stderr)
        self.refused(3, 'create', 'other', '-t', 'mine', says='its image is not in pool')
        house.innkeep('start', 'web')
        os.rename(f'{IMAGES}/away', f'{IMAGES}/mine.qcow2')
        house.innkeep('start', 'guest')
        house.innkeep('delete', 'guest', '--yes', '--force')
        house.innkeep('template', 'delete', 'mine', '--yes')


class Hostile(Case):
    """Names that others gave: shown inert, exact in JSON, never run by a shell."""

    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: self.assertFalse(os.path.exists('ran')))

    def tell(self, *arguments, **options):
        """What a command said, which is inert."""
        done = house.innkeep(*arguments, **options)
        self.assertTrue(inert(done.stdout + done.stderr), ascii((arguments, done.stdout, done.stderr)))
        return done

    def rename(self, old, new):
        house.virsh('domrename', old, f'--new-name={new}')

    def test_guests_are_sources_of_all_that_is_made(self):
        for name in HOSTILE:
            with self.subTest(ascii(name)):
                house.create('source', arguments=['--no-start'])
                self.rename('source', name)
                told = json.loads(house.innkeep('snapshot', 'create', '--json', '--', name, 'one').stdout)
                self.assertEqual(told, {'guest': name, 'snapshot': 'one'})
                self.tell('snapshot', 'list', '--', name)
                self.tell('snapshot', 'delete', '--yes', '--', name, 'one')
                for words in (['clone', '--full'], ['clone', '--linked'], ['clone']):
                    self.tell(*words, '--', name, 'copy')
                    house.innkeep('delete', 'copy', '--yes')
                    self.tell(*words, '--dry-run', '--', name)
                # The name of a copy is made of the source's, and is one that innkeep itself takes.
                copy = json.loads(house.innkeep('clone', '--json', '--', name).stdout)[0]['name']
                self.assertTrue(inert(copy), ascii(copy))
                house.innkeep('delete', '--yes', '--', copy)
                self.tell('template', 'publish', '--', name, 'office')
                with open(f'{IMAGES}/office.template', encoding='utf-8') as file:
                    self.assertTrue(inert(file.read()))
                self.tell('template', 'list')
                self.tell('template', 'delete', 'office', '--yes')
                self.tell('template', 'import', '--guest', name, 'office')
                self.tell('template', 'delete', 'office', '--yes')
                house.innkeep('delete', '--yes', '--', name)

    def test_snapshots_of_others(self):
        house.create('source', arguments=['--no-start'])
        for name in HOSTILE:
            with self.subTest(ascii(name)):
                house.virsh('snapshot-create-as', 'source', f'--name={name}', '--description=\u009b31m')
                told = house.innkeep_json('snapshot', 'list', 'source')
                self.assertEqual([one['name'] for one in told], [name])
                self.tell('snapshot', 'list', 'source')
                self.tell('snapshot', 'revert', '--yes', '--', 'source', name)
                self.tell('snapshot', 'delete', '--yes', '--', 'source', name)

    def test_jobs_are_listed_and_shown(self):
        name = '\u009b31m\u202e $(touch ran)' + 'y' * 100
        house.create('web', arguments=['--no-start'])
        house.create('source', arguments=['--no-start'])
        self.rename('source', name)
        house.innkeep('start', '--', name)
        house.innkeep('wait', name, '--for', 'address')
        with house.Console(name) as console:
            console.run('write-disk 240 2>/dev/null; sync', 300)
        uuid = house.guests()[name]['uuid']
        pid = int(next(entry for entry in os.listdir('/proc') if entry.isdigit() and self.is_qemu_of(entry, uuid)))
        with Screen() as screen:
            process = self.catch(name, pid)
            job, = house.jobs()
            self.assertEqual(job['title'], f'clone {name} -> copy')
            self.tell('job', 'list')
            self.assertTrue(inert(house.innkeep('job', 'list', '--no-headers').stdout, '\t'))
            self.check(screen, 'clone ')
            screen.press(b'J')
            self.check(screen, r'STATE +TIME +DONE +JOB')
            # The row of a job that another process began comes a moment after the list.
            self.check(screen, r'> runs')
            screen.press(ENTER)
            self.check(screen, r'linked +no')
            self.tell('job', 'cancel', job['id'], '--dry-run')
            os.kill(pid, 18)
            process.communicate(timeout=60)
            self.check(screen, 'ended|done|cloned')

    def check(self, screen, pattern):
        screen.wait_for(pattern)
        self.assertTrue(inert(re.sub(r'\x1b(\[[0-9;?]*[a-zA-Z]|[()][0-9B]|[=>78])|[\r\x0f]', '', screen.heard)), ascii(screen.heard))

    @staticmethod
    def is_qemu_of(entry, uuid):
        try:
            with open(f'/proc/{entry}/cmdline', 'rb') as file:
                words = file.read().split(b'\0')
        except OSError:
            return False
        return b'qemu' in words[0] and uuid.encode() in words

    def catch(self, name, pid):
        for _ in range(20):
            process = subprocess.Popen([house.INNKEEP, 'clone', '--full', '--', name, 'copy'], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            path = f'{IMAGES}/copy.qcow2'
            house.wait_until('it copies', lambda: process.poll() is not None or
                             os.path.exists(path) and os.stat(path).st_blocks > 2048)
            os.kill(pid, 19)
            if house.virsh('backup-dumpxml', name, check=False) != '':
                return process
            os.kill(pid, 18)
            process.communicate(timeout=60)
            house.innkeep('delete', 'copy', '--yes')
        return self.fail('it ended 20 times before it could be caught')

    def test_templates_of_the_pool(self):
        texts = {'esc': 'description = a\x1b[31mred\x07 \u009b31m \u202etxt\nos = \x1b]0;x\x07',
                 'long': 'description = ' + 'x' * 5000, 'shell': 'description = $(touch ran) `touch ran`\nos = ; touch ran',
                 'elsewhere': 'kernel = ../../etc/passwd', 'minus': 'description = -rf'}
        files = {f'{name}.template': f'[template]\nname = {name}\n{text}\n[guest]\nmemory = 64M\n[image]\nvolume = tiny.qcow2\n'
                 for name, text in texts.items()}
        files['\u009b31m\u202etxt.template'] = '[template]\nname = \u009b31m\n[image]\nvolume = tiny.qcow2\n'
        files['up.template'] = '[template]\nname = ../x\n[image]\nvolume = ../../../../etc/passwd\n'
        files['nul.template'] = '[template]\nname = nul\ndescription = a\0b\n'
        files['sizes.template'] = '[template]\nname = sizes\n[guest]\nmemory = -1\ndisk = 9999999T\nvcpus = 1e9\n'
        for name, text in files.items():
            with open(f'{IMAGES}/{name}', 'w', encoding='utf-8') as file:
                file.write(text)
        with open(f'{IMAGES}/bytes.template', 'wb') as file:
            file.write(b'[template]\nname = bytes\ndescription = \xff\xfe\n')
        try:
            house.virsh('pool-refresh', 'default')
            self.tell('template', 'list')
            self.assertTrue(inert(house.innkeep('template', 'list', '--no-headers').stdout, '\t'))
            house.innkeep_json('template', 'list')
            self.tell('template', 'verify', check=False)
            there = self.inventory()
            for name in [*texts, '\u009b31m\u202etxt', 'up', '../x', 'nul', 'sizes', 'bytes']:
                self.tell('template', 'show', '--', name, check=False)
                done = self.tell('create', 'x', '-t', name, '--no-start', check=False)
                if name in ('up', '../x', 'nul', 'sizes', 'bytes', 'elsewhere'):
                    self.assertNotEqual(done.returncode, 0, name)
                    self.assertEqual(self.inventory(), there)
                elif done.returncode == 0:
                    house.innkeep('delete', 'x', '--yes')
        finally:
            for name in [*files, 'bytes.template']:
                os.unlink(f'{IMAGES}/{name}')
            house.virsh('pool-refresh', 'default')

    def test_files_and_pools_that_are_named(self):
        iso = f'{self.work}/"q" \'s\' $(touch ran) \u202e\u009b31m.iso'
        os.mkdir(f'{self.work}/tree')
        shutil.copy(self.image, f'{self.work}/tree')
        subprocess.run(['xorriso', '-no_rc', '-as', 'mkisofs', '-quiet', '-o', f'{self.work}/plain', f'{self.work}/tree'],
                       check=True, stderr=subprocess.DEVNULL)
        os.rename(f'{self.work}/plain', iso)
        self.tell('create', 'x', '--iso', iso, '--no-start')
        self.assertEqual(house.innkeep_json('show', 'x')['disks'][-1]['path'], iso)
        self.tell('show', 'x')
        house.innkeep('delete', 'x', '--yes')
        self.assertTrue(os.path.exists(iso))
        for name in HOSTILE:
            self.refused(3, 'create', 'x', f'--iso={self.work}/{name}.iso')
            self.refused(3, 'create', 'x', f'--import={name}/none.qcow2')
            self.refused(3, 'template', 'import', '--', f'{self.work}/{name}', 'mine')
            self.refused(3, 'create', 'x', '-t', 'tiny', f'--network={name}')
        pool = f'{self.work}/pool'
        os.mkdir(pool)
        name = '\u009b31m $(touch ran)'
        house.virsh('pool-create-as', '--name', name, '--type', 'dir', '--target', pool)
        try:
            shutil.copy(self.image, f'{pool}/\u202e`touch ran`.qcow2')
            self.tell('create', 'x', '--no-start', '--import', f'{name}/\u202e`touch ran`.qcow2')
            self.tell('show', 'x')
            house.innkeep('delete', 'x', '--yes')
            settings = f'{self.work}/innkeep.ini'
            with open(settings, 'w', encoding='utf-8') as file:
                file.write(f'[host]\nstorage-pool = {name}\n')
            self.tell('--config', settings, 'create', 'x', '--pxe', '--no-start', '--disk', '900G')
            house.innkeep('delete', 'x', '--yes')
        finally:
            house.virsh('pool-destroy', name)

    def test_words_that_cannot_be_are_refused_before_anything_is_written(self):
        house.create('web', arguments=['--no-start'])
        there = {name: os.stat(f'{IMAGES}/{name}').st_mtime_ns for name in os.listdir(IMAGES)}
        for name in ('../x', 'x\nruncmd: [[id]]', '-rf', '.x', 'a/b', '', ' ', 'x' * 300, '\x1b[31m', '\u009bx', '\u202ex', b'\xff\xfe'):
            for words in (['create', '-t', 'tiny', '--', name], ['create', '--pxe', '--', name],
                          ['create', '--kernel', '/boot/none', '--', name],
                          ['clone', '--', 'web', name], ['clone', '--linked', '--', 'web', name],
                          ['template', 'import', '--', self.image, name], ['template', 'publish', '--', 'web', name],
                          ['snapshot', 'create', '--', 'web', name], ['snapshot', 'create', '--external', '--', 'web', name]):
                if words[0] == 'snapshot' and name in (' ',):
                    continue
                with self.subTest(words=words):
                    self.refused(2, *words)
        for option in ('--memory', '--disk', '--vcpus', '--count'):
            for value in ('-1', '9999999T', '1e9', '', '0x10', '1 ', '99999999999999999999', b'\xff', '1\u202e'):
                for words in (['create', 'x', '-t', 'tiny'], ['create', 'x', '--pxe'], ['clone', 'web']):
                    if words[0] != 'clone' or option == '--count':
                        self.refused(2, *words, option, value)
        for words in (['show'], ['fetch'], ['delete', '--yes'], ['verify']):
            for name in ('../x', '../../etc/passwd', b'\xff', ''):
                done = house.innkeep('template', *words, '--', name, check=False)
                self.assertIn(done.returncode, (2, 3), (words, name, done.stderr))
        self.assertEqual({name: os.stat(f'{IMAGES}/{name}').st_mtime_ns for name in os.listdir(IMAGES)}, there)


class Secrets(Case):
    KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3p'

    def test_are_in_the_seed_alone_whatever_the_umask(self):
        home = os.environ['HOME'] = f'{self.work}/home'
        os.makedirs(f'{home}/.ssh')
        with open(f'{home}/.ssh/id_ed25519.pub', 'w', encoding='ascii') as file:
            file.write(f'ssh-ed25519 {self.KEY} ada@home\n')
        with open(f'{home}/data', 'w', encoding='ascii') as file:
            file.write('#!/bin/sh\n# innermost-secret\n')
        config = os.environ['XDG_CONFIG_HOME'] = f'{self.work}/config'
        os.makedirs(f'{config}/innkeep/templates')
        with open(f'{config}/innkeep/templates/seeded.ini', 'w', encoding='ascii') as file:
            file.write('[template]\nname = seeded\n[guest]\nmemory = 64M\n[cloud-init]\nuser = ada\n')
        house.virsh('vol-create-as', 'default', 'seeded.qcow2', '16M', '--format', 'qcow2')
        state = f'{self.work}/state'
        env = {**os.environ, 'INNKEEP_STATEDIR': state}
        old = os.umask(0)
        try:
            heard, made = self.watch(['create', 'x', '-t', 'seeded', '--user-data', f'{home}/data'], env, state)
            house.innkeep('poweroff', 'x')
            more, copied = self.watch(['clone', 'x', 'y', '--full', '--start'], env, state)
        finally:
            os.umask(old)
        password = made['console_password']
        self.assertGreater(len(password), 8)
        said = heard + more + [house.innkeep(*words, env=env).stdout for words in (
            ['list', '--json'], ['show', 'x', '--json'], ['show', 'y', '--json'], ['show', 'x'], ['job', 'list', '--json'])]
        said.append(house.virsh('dumpxml', 'x', '--security-info'))
        for folder in ('/var/log/libvirt', state):
            for at, _, names in os.walk(folder):
                for name in names:
                    with open(f'{at}/{name}', encoding='utf-8', errors='replace') as file:
                        said.append(file.read())
        for text in said:
            for secret in (password, self.KEY, 'innermost-secret'):
                self.assertNotIn(secret, text)
        for name in ('x', 'y'):
            path = f'{IMAGES}/{name}-seed.iso'
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, 'rb') as file:
                self.assertNotIn(password.encode(), file.read(), 'its hash is there, and no more')
        for name in ('x', 'y'):
            house.innkeep('delete', name, '--yes', '--force', env=env)
        house.virsh('vol-delete', 'seeded.qcow2', 'default')

    def watch(self, words, env, state):
        """Runs it; all command lines there were meanwhile, and what it told. Nothing it writes is another's to read."""
        process = subprocess.Popen([house.INNKEEP, *words, '--json', '-v'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=env, text=True)
        lines = set()
        while process.poll() is None:
            for entry in os.listdir('/proc'):
                try:
                    with open(f'/proc/{entry}/cmdline', encoding='utf-8', errors='replace') as file:
                        lines.add(file.read())
                except (OSError, NotADirectoryError):
                    pass
            for at, folders, names in os.walk(state):
                for name in [*folders, *names, '']:
                    try:
                        mode = stat.S_IMODE(os.lstat(f'{at}/{name}').st_mode)
                    except FileNotFoundError:
                        continue
                    # What is unpacked keeps a mode of its own, in a folder that nobody else comes into.
                    inside = os.path.relpath(at, state).count('/') > 0
                    self.assertTrue(mode & 0o077 == 0 or inside, f'{at}/{name} {mode:o}')
        out, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors)
        self.assertTrue(any('create' in line or 'clone' in line for line in lines))
        return [*lines, errors], json.loads(out)[0]


if __name__ == '__main__':
    unittest.main(verbosity=2)
