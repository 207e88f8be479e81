#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests of a full Debian that cloud-init sets up: its end is waited for, one logs in with the key that was given, no
two of them are the same machine, and no secret of theirs lies about. The first argument is test_form_debian: a person at
the console."""
import ctypes
import ctypes.util
import glob
import json
import os
import pathlib
import subprocess
import sys
import unittest

import house
from publisher import Publisher

IMAGES = '/var/lib/libvirt/images'
USER = 'ada'
TEMPLATE = '''[template]
name = debian
os = debian12
source = {image}
checksums = {sums}
[guest]
memory = 512M
vcpus = 1
kernel = debian.vmlinuz
initrd = debian.initrd
cmdline = root=/dev/vda rw console=ttyS0 net.ifnames=0
[cloud-init]
user-data = debian.yaml
wait = cloud-init
'''
# cloud-init merges this into what innkeep writes.
USER_DATA = '#cloud-config\nusers: [default]\nwrite_files: [{path: /etc/from-template, content: template}]\n'
CALLER_DATA = '#!/bin/sh\necho caller >/etc/from-caller\n'
# The guests reach no network, and the agent is in their image.
SETTINGS = f'[create]\nuser = {USER}\nagent = no\ntimezone = Europe/Berlin\n'
LIMIT = '900'
SSH = ['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=10']


def crypt(password, setting):
    """crypt(3): the C library's, since Python's own has none any more."""
    function = ctypes.CDLL(ctypes.util.find_library('crypt')).crypt
    function.argtypes, function.restype = [ctypes.c_char_p] * 2, ctypes.c_char_p
    return function(password.encode(), setting.encode()).decode()


class CloudInit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(os.environ['INNKEEP_STATEDIR'], 'home')
        templates = cls.home / '.config' / 'innkeep' / 'templates'
        templates.mkdir(parents=True)
        cls.publisher = Publisher()
        (templates / 'debian.ini').write_text(TEMPLATE.format(image=cls.publisher.url('debian.qcow2', 'stall'),
                                                              sums=cls.publisher.url('SHA512SUMS')))
        (templates / 'debian.yaml').write_text(USER_DATA)
        (templates.parent / 'innkeep.ini').write_text(SETTINGS)
        (cls.home / 'caller.sh').write_text(CALLER_DATA)
        os.environ['HOME'] = str(cls.home)
        os.environ['XDG_CONFIG_HOME'] = str(cls.home / '.config')
        cls.key = cls.home / 'key'
        house.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'a test', '-f', str(cls.key))
        for name in ('debian.vmlinuz', 'debian.initrd'):
            source = os.path.join(os.environ['INNKEEP_TEST_DEBIAN'], name)
            size = json.loads(house.run('qemu-img', 'info', '--output=json', source).stdout)['virtual-size']
            house.virsh('vol-create-as', 'default', name, str(size), '--format', 'raw', '--allocation', '0')
            house.virsh('vol-upload', '--pool', 'default', name, source, timeout=300)
        cls.publish(pathlib.Path(os.environ['INNKEEP_TEST_DEBIAN'], 'debian.qcow2'))
        cls.at_console('fetch')
        cls.made = cls.create('--count', '2', '--ssh-key', f'{cls.key}.pub', '--user-data',
                              str(cls.home / 'caller.sh'), '--wait', 'cloud-init', '--timeout', LIMIT)

    @classmethod
    def publish(cls, image):
        """The image as its publisher would offer it, with the list of its checksums."""
        cls.publisher.files['debian.qcow2'] = image.read_bytes()
        cls.publisher.files['SHA512SUMS'] = cls.publisher.sums('debian.qcow2').encode()

    @classmethod
    def at_console(cls, what):
        with subprocess.Popen([cls.console, what, f'{cls.key}.pub'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as process:
            told = ''
            for line in process.stdout:
                told += line
                if line == 'halfway\n':
                    cls.publisher.go.set()
        if process.returncode != 0:
            raise AssertionError(told)

    @classmethod
    def create(cls, *arguments):
        old = os.umask(0)
        try:
            return json.loads(house.innkeep('create', '-t', 'debian', *arguments, '--json', timeout=1000).stdout)
        finally:
            os.umask(old)

    def run_ssh(self, name, command):
        addresses = house.guests()[name]['addresses'] or ['192.0.2.1']
        return house.run('ssh', '-i', str(self.key), '-o', f'UserKnownHostsFile={self.home}/known-{name}', *SSH,
                         f'{USER}@{addresses[0]}', command)

    def try_ssh(self, name, command):
        done = self.run_ssh(name, command)
        return done.stdout.strip() if done.returncode == 0 else None

    def ssh(self, name, command):
        done = self.run_ssh(name, command)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def names(self):
        return [one['name'] for one in self.made]

    def test_the_two_are_different_machines(self):
        facts = 'hostname; cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; hostname -I'
        told = [self.ssh(name, facts).split('\n') for name in self.names()]
        self.assertEqual([one[0] for one in told], self.names())
        for one, other in zip(*told):
            self.assertNotEqual(one, other)
            self.assertTrue(one and other)

    def test_the_user_is_the_one_asked_for_and_may_do_all(self):
        name = self.names()[0]
        self.assertIn(f'-l {USER} --', house.innkeep('ssh', name, '--dry-run').stdout)
        self.assertEqual(self.ssh(name, 'id -un; sudo -n id -un').split(), [USER, 'root'])
        self.assertEqual(self.ssh(name, 'readlink -f /etc/localtime'), '/usr/share/zoneinfo/Europe/Berlin')

    def test_user_data_of_template_and_caller_are_merged_in(self):
        name = self.names()[1]
        self.assertEqual(self.ssh(name, 'paste -s /etc/from-template /etc/from-caller; getent passwd debian | cut -d: -f1')
                         .split(), ['template', 'caller', 'debian'])

    def test_the_password_opens_the_console_and_is_nowhere_but_hashed_in_the_guest(self):
        one = self.made[0]
        password = one['console_password']
        self.assertRegex(password, r'^([a-z2-9]{4}-){3}[a-z2-9]{4}$')
        self.assertNotEqual(password, self.made[1]['console_password'])
        shadow = self.ssh(one['name'], f'sudo grep ^{USER}: /etc/shadow').split(':')[1]
        self.assertTrue(shadow.startswith('$6$'))
        self.assertEqual(crypt(password, shadow), shadow)
        for path in glob.glob(f'{os.environ["INNKEEP_STATEDIR"]}/**', recursive=True) + glob.glob(f'{IMAGES}/*.iso') + \
                glob.glob('/etc/libvirt/qemu/*.xml') + glob.glob('/var/log/libvirt/**', recursive=True):
            if os.path.isfile(path):
                self.assertNotIn(password.encode(), pathlib.Path(path).read_bytes(), path)

    def test_the_seed_is_taken_out_when_its_work_is_done_and_nothing_of_it_stays(self):
        for name in self.names():
            self.assertFalse(os.path.exists(f'{IMAGES}/{name}-seed.iso'))
            self.assertNotIn('seed.iso', house.virsh('dumpxml', name, '--inactive'))
            self.assertEqual(self.ssh(name, 'ls /dev/vd*'), '/dev/vda')
        self.assertEqual(os.listdir(f'{os.environ["INNKEEP_STATEDIR"]}/seed'), [])
        self.assertEqual(os.listdir(f'{os.environ["INNKEEP_STATEDIR"]}/journal'), [])

    def test_a_guest_stays_the_same_machine_when_it_starts_without_its_seed(self):
        name = self.names()[0]
        facts = 'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub; hostname'
        before = self.ssh(name, facts)
        house.innkeep('shutdown', name, '--timeout', '120')
        house.innkeep('start', name)
        done = house.innkeep('wait', name, '--for', 'agent', '--timeout', LIMIT, timeout=1000, check=False)
        self.assertEqual(done.returncode, 0, done.stderr + house.autopsy(name) if done.returncode else None)
        house.innkeep('wait', name, '--for', 'cloud-init')
        self.assertEqual(house.wait_until('ssh answers', lambda: self.try_ssh(name, facts), 300), before)

    def test_a_fixed_address_is_the_guest_s_and_stays(self):
        # dnsmasq gives addresses from .2 on; this one is far from what two guests get.
        self.create('fixed', '--address', '192.168.122.250/24', '--gateway', '192.168.122.1', '--dns', '192.168.122.1',
                    '--ssh-key', f'{self.key}.pub', '--wait', 'cloud-init', '--timeout', LIMIT)
        facts = 'ip -4 -o address show dev eth0; ip route show default'

        def told():
            done = house.run('ssh', '-i', str(self.key), '-o', f'UserKnownHostsFile={self.home}/known-fixed', *SSH,
                             f'{USER}@192.168.122.250', facts)
            return done.stdout if done.returncode == 0 else None
        for start in ('first', 'again'):
            with self.subTest(start=start):
                answer = house.wait_until('ssh answers at the address', told, 300)
                self.assertIn('192.168.122.250/24', answer)
                self.assertEqual(answer.count('inet '), 1)
                self.assertIn('via 192.168.122.1', answer)
            if start == 'first':
                house.innkeep('shutdown', 'fixed', '--timeout', '120')
                house.innkeep('start', 'fixed')
        house.innkeep('delete', 'fixed', '--yes', '--force')

    def test_guests_of_what_is_published_are_machines_of_their_own_and_the_source_stays_what_it_is(self):
        facts = 'hostname; cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; hostname -I'
        source = self.names()[1]
        before = self.ssh(source, f'{facts}; cat /proc/sys/kernel/random/boot_id; ls /var/lib/cloud/instances')
        machine = before.split('\n')[1]
        done = house.innkeep('template', 'publish', source, 'office', '--description', 'mail and files', timeout=600)
        self.assertIn('cloud-init renews', done.stdout)
        self.assertNotIn('crash-consistent', done.stdout)
        self.assertEqual(house.innkeep('template', 'verify', 'office').returncode, 0)
        made = json.loads(house.innkeep('create', '-t', 'office', '--count', '2', '--ssh-key', f'{self.key}.pub',
                                        '--wait', 'cloud-init', '--timeout', LIMIT, '--json', timeout=1000).stdout)
        names = [one['name'] for one in made]
        told = [self.ssh(name, facts).split('\n') for name in (source, *names)]
        for values in zip(*told):
            self.assertEqual(len(set(values)), 3, values)
        self.assertEqual([one[0] for one in told[1:]], ['office-1', 'office-2'])
        for name in names:
            self.assertEqual(self.ssh(name, 'cat /etc/from-caller; id -un').split(), ['caller', USER])
            left = f'sudo grep -rlsI {machine} /etc /var/lib /var/log; sudo ls /var/log/journal'
            own = self.ssh(name, 'cat /etc/machine-id')
            self.assertEqual(self.ssh(name, left).split(), [own])
            self.assertEqual(self.ssh(name, 'ls /var/lib/cloud/instances | wc -l; sudo journalctl -q -n 1 | wc -l')
                             .split(), ['1', '1'])
        self.assertEqual(self.ssh(source, f'{facts}; cat /proc/sys/kernel/random/boot_id; ls /var/lib/cloud/instances'),
                         before)
        for name in names:
            house.innkeep('delete', name, '--yes', '--force')
        house.innkeep('template', 'delete', 'office', '--yes')

    def test_copies_are_machines_of_their_own_with_the_source_s_users_and_data(self):
        facts = 'hostname; cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; hostname -I'
        kept = f'cat mine; sudo grep ^{USER}: /etc/shadow; cat /etc/from-caller; id -un'
        source = self.names()[0]
        told_of_source = f'{facts}; cat /proc/sys/kernel/random/boot_id; ls /var/lib/cloud/instances; {kept}'
        self.ssh(source, 'echo "what a person keeps" >mine; sync mine')
        before, data = self.ssh(source, told_of_source), self.ssh(source, kept)
        # One of a guest that runs and has no seed any more, and one whose source never ran: its seed does all.
        done = house.innkeep('clone', source, 'copy', '--full', '--start', timeout=600)
        self.assertIn('cloud-init renews host name, machine-id, SSH host keys', done.stdout + done.stderr)
        self.create('resting', '--no-start', '--ssh-key', f'{self.key}.pub')
        house.innkeep('clone', 'resting', 'twin', '--linked', '--start')
        for name in ('copy', 'twin'):
            house.innkeep('wait', name, '--for', 'cloud-init', '--timeout', LIMIT, timeout=1000)
        told = [self.ssh(name, facts).split('\n') for name in (source, 'copy', 'twin')]
        for values in zip(*told):
            self.assertEqual(len(set(values)), 3, values)
            self.assertTrue(all(values))
        self.assertEqual([one[0] for one in told], [source, 'copy', 'twin'])
        self.assertEqual(self.ssh('copy', kept), data)
        self.assertEqual(self.ssh('copy', 'sudo ls /var/log/journal | sort; ls -d /var/lib/cloud/instances/* | wc -l')
                         .split(), sorted([told[0][1], told[1][1]]) + ['2'])
        self.assertEqual(self.ssh('twin', 'id -un; cat /etc/from-template').split(), [USER, 'template'])
        self.assertEqual(self.ssh(source, told_of_source), before)
        for name in ('copy', 'twin', 'resting'):
            house.innkeep('delete', name, '--yes', '--force')

    def test_the_form_makes_guests_that_let_their_person_in(self):
        self.at_console('create')
        names = ['form-1', 'form-2']
        for name in names:
            house.innkeep('wait', name, '--for', 'cloud-init', '--timeout', LIMIT, timeout=1000)
        facts = 'hostname; cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; hostname -I'
        told = [self.ssh(name, facts).split('\n') for name in names]
        self.assertEqual([one[0] for one in told], names)
        for one, other in zip(*told):
            self.assertNotEqual(one, other)
        for name in names:
            self.assertEqual(self.ssh(name, 'id -un; sudo -n id -un; cat /etc/from-template').split(),
                             [USER, 'root', 'template'])
            house.innkeep('delete', name, '--yes', '--force')

    def test_waiting_again_is_done_at_once(self):
        self.assertEqual(house.innkeep('wait', self.names()[0], '--for', 'cloud-init').returncode, 0)


if __name__ == '__main__':
    CloudInit.console = sys.argv.pop(1)
    unittest.main(verbosity=2)
