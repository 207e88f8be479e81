#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What setup changes of the machine itself: a package is installed, a person comes into a group, the daemon's socket gets
its mode. The system's folders are covered by copies of themselves, which end with this test's host."""
import grp
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import house
from test_full import must

SOCKET = '/run/libvirt/libvirt-sock'
COVERED = ('/etc', '/usr', '/var/lib/dpkg', '/var/lib/apt', '/var/cache/apt')
PERSON = 'anna'


class Machine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        cls.covered = []
        must('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', cls.work)
        for path in COVERED:
            upper, own = (f'{cls.work}/{part}{path}' for part in ('upper', 'own'))
            os.makedirs(upper)
            os.makedirs(own)
            must('mount', '-t', 'overlay', '-o', f'lowerdir={path},upperdir={upper},workdir={own}', 'overlay', path)
            cls.covered.append(path)
        shutil.copy(house.INNKEEP, f'{cls.work}/innkeep')
        must('useradd', '--create-home', '--home-dir', f'{cls.work}/{PERSON}', PERSON)
        with open(f'/etc/sudoers.d/{PERSON}', 'w', encoding='ascii') as file:
            file.write(f'{PERSON} ALL=(ALL) NOPASSWD: ALL\n')

    @classmethod
    def tearDownClass(cls):
        # A QEMU that libvirt asked for its abilities may still hold a file: what is covered goes with the namespace.
        for path in reversed(cls.covered):
            house.run('umount', '-l', path)
        house.run('umount', '-l', cls.work)

    def as_person(self, *words):
        """In a new login of the person: with the groups of now."""
        home = f'{self.work}/{PERSON}'
        return house.run('setpriv', f'--reuid={PERSON}', f'--regid={PERSON}', '--init-groups', f'{self.work}/innkeep', '-c',
                         house.URI, *words, stdin=subprocess.DEVNULL, cwd=home,
                         env={**os.environ, 'HOME': home, 'USER': PERSON, 'INNKEEP_STATEDIR': f'{home}/state'})

    @staticmethod
    def checks(done):
        return {check['id']: check for check in json.loads(done.stdout)['checks']}

    def socket_is(self, mode, group):
        before = os.stat(SOCKET)
        self.addCleanup(os.chmod, SOCKET, before.st_mode & 0o7777)
        self.addCleanup(os.chown, SOCKET, before.st_uid, before.st_gid)
        shutil.chown(SOCKET, group=group)
        os.chmod(SOCKET, mode)

    def mends(self, name, commands):
        """Exactly these are run, well, and then the check is no longer what it was."""
        found = self.checks(self.as_person('doctor', '--json'))[name]
        self.assertIn(found['status'], ('warning', 'failure'), found)
        done = self.as_person('setup', name, '--yes', '--json')
        ran = json.loads(done.stdout)['ran']
        self.assertEqual([(run['id'], run['command'], run['exit']) for run in ran],
                         [(name, command, 0) for command in commands], done.stderr)
        return found

    def test_a_person_comes_into_the_group(self):
        self.addCleanup(must, 'gpasswd', '--delete', PERSON, 'libvirt')
        self.socket_is(0o770, 'libvirt')
        self.assertEqual(self.as_person('list').returncode, 5)
        self.mends('socket-permission', [f'sudo usermod -aG libvirt {PERSON}'])
        self.assertIn('libvirt', house.run('id', '-nG', PERSON).stdout.split())
        self.assertEqual(self.as_person('list').returncode, 0)
        self.assertEqual(self.checks(self.as_person('doctor', '--json'))['socket-permission']['status'], 'ok')

    def test_the_socket_gets_its_group_and_mode(self):
        self.socket_is(0o700, 'root')
        self.mends('socket-permission', [f'sudo chgrp libvirt {SOCKET}', f'sudo chmod 0770 {SOCKET}'])
        status = os.stat(SOCKET)
        self.assertEqual((status.st_mode & 0o7777, status.st_gid), (0o770, grp.getgrnam('libvirt').gr_gid))

    def test_firmware_is_installed(self):
        must('dpkg', '--remove', '--force-depends', 'ovmf')
        for name in os.listdir(os.environ['INNKEEP_TEST_PACKAGES']):
            shutil.copy(os.path.join(os.environ['INNKEEP_TEST_PACKAGES'], name), '/var/cache/apt/archives')
        self.assertEqual(self.as_person('list').returncode, 0)
        found = self.mends('firmware', ['sudo apt-get install -y ovmf'])
        self.assertIn('no UEFI firmware', found['detail'])
        self.assertEqual(house.run('dpkg-query', '-W', '-f', '${db:Status-Status}', 'ovmf').stdout, 'installed')
        checks = self.checks(self.as_person('doctor', '--json'))
        self.assertEqual([checks[name]['status'] for name in ('firmware', 'secure-boot')], ['ok', 'ok'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
