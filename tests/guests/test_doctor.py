#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A host that is broken in many ways: doctor names each with its fix, and setup mends what commands can mend. A sound host
has none of them."""
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import house
from test_foreign import define
from test_full import mounted, must

IMAGES = '/var/lib/libvirt/images'
SOCKET = '/run/libvirt/libvirt-sock'
HOST = os.path.join(os.path.dirname(os.environ['INNKEEP_TESTS']), 'host')
# What this machine is, which no test changes; the rest must be sound.
MACHINE = {'cpu-virtualization', 'hardware-virtualization', 'time-sync', 'cpu-governor', 'kvm-device', 'memory'}


def json_checks(done):
    checks = json.loads(done.stdout)['checks']
    failed = any(check['status'] == 'failure' for check in checks)
    assert done.returncode == (8 if failed else 0), done
    return {check['id']: check for check in checks}


def doctor(run=house.innkeep):
    return json_checks(run('doctor', '--json', check=False))


def wrong(checks):
    return {name for name, check in checks.items() if check['status'] in ('warning', 'failure')} - MACHINE


def commands(fix):
    """The commands that a fix begins with, as a shell would take them."""
    return [shlex.split(command.removeprefix('sudo ')) for command in fix.split(', then ')[0].split(' && ')]


def by_hand(fix):
    for command in commands(fix):
        must(*command)


def mend(fix):
    """Has setup do what doctor says: these commands and no others."""
    name, = [name for name, check in doctor().items() if check['fix'] == fix]
    done = house.innkeep('setup', name, '--yes', '--json', check=False)
    ran = json.loads(done.stdout)['ran']
    assert ' && '.join(run['command'] for run in ran) == fix.split(', then ')[0], (ran, fix)
    assert all(run['exit'] == 0 and run['id'] == name for run in ran) and done.returncode == 0, (ran, done.stderr)
    assert name not in wrong(doctor()), doctor()[name]


def unmount(path):
    """While a QEMU that libvirt asked for its abilities still ends, it may hold what lies there."""
    house.wait_until(f'{path} is unmounted', lambda: house.run('umount', path).returncode == 0, 10)


@contextlib.contextmanager
def covered(path, by):
    must('mount', '--bind', by, path)
    try:
        yield
    finally:
        unmount(path)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        os.chmod(cls.work, 0o755)
        shutil.copy(house.INNKEEP, f'{cls.work}/innkeep')
        os.mkdir(f'{cls.work}/home')
        os.chown(f'{cls.work}/home', 65534, 65534)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.work)

    def setUp(self):
        self.assertEqual(wrong(doctor()), set())
        self.addCleanup(lambda: self.assertEqual(wrong(doctor()), set(), 'it is mended'))

    def names(self, name, status, detail, fix, also=(), checks=None):
        """Exactly these are wrong; the first as given. Its fix."""
        checks = doctor() if checks is None else checks
        self.assertEqual(wrong(checks), {name, *also}, [checks[one] for one in wrong(checks)])
        found = checks[name]
        self.assertEqual(found['status'], status, found)
        self.assertRegex(found['detail'], detail)
        self.assertRegex(found['fix'], fix)
        return found['fix']

    def as_nobody(self, *words, check=False):
        del check
        return house.run('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', f'{self.work}/innkeep', '-c',
                         house.URI, *words, cwd='/',
                         env={**os.environ, 'HOME': f'{self.work}/home', 'INNKEEP_STATEDIR': f'{self.work}/home/state'})


class Daemon(Case):
    def socket_is(self, mode, group):
        self.addCleanup(shutil.chown, SOCKET, group='root')
        self.addCleanup(os.chmod, SOCKET, 0o777)
        os.chmod(SOCKET, mode)
        shutil.chown(SOCKET, group=group)

    def test_a_user_outside_the_group(self):
        self.socket_is(0o770, 'libvirt')
        checks = doctor(run=self.as_nobody)
        self.names('socket-permission', 'failure', 'open to group libvirt, and user nobody is not in it',
                   '^sudo usermod -aG libvirt nobody, then log in again$', ['libvirt'], checks)
        self.assertIn('usermod -aG libvirt', checks['libvirt']['fix'])
        self.assertEqual(checks['pool']['status'], 'skipped')
        self.assertEqual(wrong(doctor()), set(), 'root may')

    def test_a_socket_of_the_wrong_mode(self):
        self.socket_is(0o700, 'root')
        fix = self.names('socket-permission', 'failure', r'open to root alone \(mode 0700, group root\)',
                         f'^sudo chgrp libvirt {SOCKET} && sudo chmod 0770 {SOCKET}, then set unix_sock_group', ['libvirt'],
                         doctor(run=self.as_nobody))
        by_hand(fix)
        self.assertIn('usermod', doctor(run=self.as_nobody)['socket-permission']['fix'])

    def test_a_daemon_that_is_stopped(self):
        pid = int(house.run(HOST, 'libvirtd', 'pid').stdout)
        os.kill(pid, signal.SIGKILL)
        try:
            house.wait_until('it is gone', lambda: not os.path.exists(f'/proc/{pid}'))
            fix = self.names('daemon', 'failure', f'nothing listens on {SOCKET}', '^(systemctl|libvirtd) ', ['libvirt'])
            if fix.startswith('libvirtd'):
                with self.own_run():
                    mend(fix)
        finally:
            if not self.answers():
                must(HOST, 'libvirtd', 'start')

    @staticmethod
    def answers():
        return house.run('virsh', '-q', '-c', house.URI, 'version').returncode == 0

    @contextlib.contextmanager
    def own_run(self):
        """A daemon that setup starts notes its process in /run, which is the machine's; then the host's script knows it."""
        private = f'{self.work}/run'
        os.makedirs(f'{private}/libvirt')
        must('mount', '--rbind', '/run/libvirt', f'{private}/libvirt')
        must('mount', '--rbind', private, '/run')
        try:
            yield
            with open(f'{os.environ["INNKEEP_HOST_DIR"]}/run/innkeep-libvirtd.pid', 'w', encoding='ascii') as file:
                file.write(pathlib.Path('/run/libvirtd.pid').read_text(encoding='ascii'))
        finally:
            must('umount', '-l', '/run')
            must('umount', '-l', f'{private}/libvirt')

    def test_a_daemon_that_hangs(self):
        pid = int(house.run(HOST, 'libvirtd', 'pid').stdout)
        os.kill(pid, signal.SIGSTOP)
        try:
            self.names('libvirt', 'failure', 'does not answer for 10 s', 'libvirtd|virtqemud')
        finally:
            os.kill(pid, signal.SIGCONT)


class Networks(Case):
    def test_none_is_active(self):
        house.virsh('net-destroy', 'default')
        mend(self.names('network-active', 'failure', 'no network is active, 1 defined', 'net-start default'))

    def test_none_is_defined(self):
        house.virsh('net-destroy', 'default')
        house.virsh('net-undefine', 'default')
        mend(self.names('network-active', 'failure', 'no network is active, 0 defined', 'net-define .*net-start default'))

    def test_it_does_not_start_at_boot(self):
        house.virsh('net-autostart', 'default', '--disable')
        mend(self.names('network-autostart', 'warning', 'default', 'net-autostart default'))

    def test_the_bridge_is_down(self):
        must('ip', 'link', 'set', 'virbr0', 'down')
        mend(self.names('network-bridge', 'failure', 'virbr0 is down', 'ip link set virbr0 up'))

    def test_port_53_is_taken(self):
        house.virsh('net-destroy', 'default')
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with self.subTest(kind), socket.socket(socket.AF_INET, kind) as taken:
                taken.setsockopt(socket.SOL_IP, 15, 1)  # IP_FREEBIND: the address comes with the network
                taken.bind(('192.168.122.1', 53))
                if kind == socket.SOCK_STREAM:
                    taken.listen()
                self.names('port-53', 'failure', rf"python3\S* \(process {os.getpid()}\) .*'default' wants 192.168.122.1:53",
                           'stop that program', ['network-active'])
                self.assertNotEqual(house.run('virsh', 'net-start', 'default').returncode, 0)
        house.virsh('net-start', 'default')

    def test_its_server_is_gone(self):
        with open('/run/libvirt/network/default.pid', encoding='ascii') as file:
            os.kill(int(file.read()), signal.SIGKILL)
        self.names('network-dns', 'failure', 'nothing answers on 192.168.122.1:53', 'dnsmasq')
        house.virsh('net-destroy', 'default')
        house.virsh('net-start', 'default')

    def test_the_kernel_does_not_forward(self):
        with open('/proc/sys/net/ipv4/ip_forward', 'w', encoding='ascii') as file:
            file.write('0')
        mend(self.names('forwarding', 'failure', 'ip_forward is off', r'^sysctl -w net\.ipv4\.ip_forward=1'))

    def test_a_firewall_drops_what_is_forwarded(self):
        must('iptables', '-P', 'FORWARD', 'DROP')
        self.addCleanup(must, 'iptables', '-P', 'FORWARD', 'ACCEPT')
        self.assertEqual(wrong(doctor()), set(), "libvirt's chains let it pass")
        for chain in ('LIBVIRT_FWX', 'LIBVIRT_FWI', 'LIBVIRT_FWO'):
            must('iptables', '-D', 'FORWARD', '-j', chain)
            self.addCleanup(must, 'iptables', '-A', 'FORWARD', '-j', chain)
        mend(self.names('firewall-forward', 'failure', "chain FORWARD .* drops by default, what virbr0 of network 'default'",
                        '^iptables -I FORWARD -i virbr0 -j ACCEPT'))
        self.assertEqual(self.as_nobody('doctor', '--json').returncode, 0)
        for way in ('-i', '-o'):
            self.addCleanup(must, 'iptables', '-D', 'FORWARD', way, 'virbr0', '-j', 'ACCEPT')


class Storage(Case):
    def pool(self, name, folder, start=True):
        os.makedirs(folder, exist_ok=True)
        house.virsh('pool-define-as', name, 'dir', '--target', folder)
        house.virsh('pool-autostart', f'--pool={name}')
        self.addCleanup(house.virsh, 'pool-undefine', f'--pool={name}')
        if start:
            house.virsh('pool-start', f'--pool={name}')
            self.addCleanup(house.virsh, 'pool-destroy', f'--pool={name}')

    def test_none_is_there(self):
        house.virsh('pool-destroy', 'default')
        house.virsh('pool-undefine', 'default')
        mend(self.names('pool', 'failure', 'no storage pool is active', 'pool-define-as default dir .*pool-start default'))

    def test_it_is_not_active(self):
        house.virsh('pool-destroy', 'default')
        mend(self.names('pool', 'failure', "'default' is not active", 'pool-start default$'))

    def test_it_does_not_start_at_boot(self):
        house.virsh('pool-autostart', 'default', '--disable')
        mend(self.names('pool-autostart', 'warning', 'default', 'pool-autostart default'))

    def test_the_folder_of_one_is_missing(self):
        for name, start in (('more', True), ("it's; touch ran", True), ('idle', False)):
            with self.subTest(name):
                folder = f'{self.work}/pool of {name}'
                self.pool(name, folder, start)
                os.rmdir(folder)
                mend(self.names('pool-path', 'failure', folder, '^mkdir ' if start else 'pool-build idle .*pool-start idle'))
                self.assertEqual(wrong(doctor()), set())
                self.assertFalse(os.path.exists('ran'))
                if not start:
                    house.virsh('pool-destroy', name)

    def test_qemu_may_not_come_to_it(self):
        folder = f'{self.work}/closed/pool'
        self.pool('far', folder)
        os.chmod(f'{self.work}/closed', 0o700)
        if '+0:' in house.virsh('capabilities'):
            self.assertRegex(doctor()['pool-permission']['detail'], '^QEMU runs as user 0$')
            return
        fix = self.names('pool-permission', 'failure', f"pool 'far': folder {self.work}/closed is closed to it",
                         f'^(chmod o.x|setfacl -m u:[0-9]+:x) {self.work}/closed$')
        mend(fix)

    def test_it_is_full(self):
        folder = f'{self.work}/full'
        os.mkdir(folder)
        mounted(folder, size='64m')
        self.addCleanup(unmount, folder)
        self.pool('full', folder)
        for megabytes, status in ((60, 'warning'), (64, 'failure')):
            with open(f'{folder}/filler', 'wb') as file:
                os.posix_fallocate(file.fileno(), 0, megabytes << 20)
            self.names('pool-space', status, "libvirt: pool 'full' has .* free of 64M", 'make room')
        os.unlink(f'{folder}/filler')

    def test_its_disks_could_outgrow_it(self):
        house.virsh('vol-create-as', 'default', 'huge.qcow2', '900T', '--format', 'qcow2')
        self.addCleanup(house.virsh, 'vol-delete', 'huge.qcow2', 'default')
        self.names('thin-provisioning', 'warning', "pool 'default' may grow by 900T", 'keep an eye')

    def test_what_an_overlay_stands_on_is_gone(self):
        house.virsh('vol-create-as', 'default', 'base.qcow2', '4M', '--format', 'qcow2')
        house.virsh('vol-create-as', 'default', 'over.qcow2', '4M', '--format', 'qcow2', '--backing-vol', 'base.qcow2',
                    '--backing-vol-format', 'qcow2')
        self.addCleanup(house.virsh, 'vol-delete', 'over.qcow2', 'default')
        define(f"<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices><disk type='file'>"
               f"<driver name='qemu' type='qcow2'/><source file='{IMAGES}/over.qcow2'/><target dev='vda' bus='virtio'/></disk>"
               "<serial type='pty'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
               '</devices></domain>')
        self.addCleanup(house.virsh, 'undefine', 'web')
        os.unlink(f'{IMAGES}/base.qcow2')
        self.names('backing-chains', 'failure', f'over.qcow2 of pool .* stands on {IMAGES}/base.qcow2, which is gone: web',
                   'put that file back')

    def test_the_disk_of_a_guest_is_gone(self):
        define("<domain type='qemu'><name>bare</name><memory>65536</memory><os><type>hvm</type></os><devices><disk type='file'>"
               "<source file='/nowhere/disk'/><target dev='vda' bus='virtio'/></disk></devices></domain>")
        self.addCleanup(house.virsh, 'undefine', 'bare')
        self.names('backing-chains', 'failure', "guest 'bare': its disk vda, the file /nowhere/disk", 'put that file back',
                   ['guest-agent', 'guest-console'])
        self.assertEqual(doctor()['guest-console']['detail'], 'none in bare')

    def test_volumes_without_their_guest(self):
        house.build_tiny()
        self.addCleanup(house.innkeep, 'template', 'delete', 'tiny', '--yes')
        house.create('web', 'kept', arguments=['--no-start'])
        self.addCleanup(house.innkeep, 'delete', 'kept', '--yes')
        house.virsh('undefine', 'web')
        house.virsh('vol-create-as', 'default', 'web-seed.iso', '1M')
        fix = self.names('orphans', 'warning', 'no guest uses web-seed.iso, web.qcow2', 'delete what nobody needs: virsh .* '
                         'vol-delete --pool default web-seed.iso$')
        self.assertNotIn('&&', fix)
        for name in ('web.qcow2', 'web-seed.iso'):
            house.virsh('vol-delete', name, 'default')

    def test_a_guest_that_hangs_holds_nothing_up(self):
        house.build_tiny()
        self.addCleanup(house.innkeep, 'template', 'delete', 'tiny', '--yes')
        house.create('web')
        self.addCleanup(house.innkeep, 'delete', 'web', '--yes', '--force')
        house.hang('web')
        try:
            self.assertEqual(wrong(json_checks(house.innkeep('doctor', '--json', check=False, timeout=30))), set())
        finally:
            house.unhang('web')

    def test_work_that_was_cut_short(self):
        house.build_tiny()
        self.addCleanup(house.innkeep, 'template', 'delete', 'tiny', '--yes')
        done = house.innkeep('create', 'web', '-t', 'tiny', '--no-start', check=False, env={'INNKEEP_TEST_KILL_AT': '3'})
        self.assertNotEqual(done.returncode, 0)
        checks = doctor()
        self.assertEqual((checks['journals']['status'], checks['journals']['detail']),
                         ('warning', '1 journal of work that was cut short'))
        house.create('other', arguments=['--no-start'])
        house.innkeep('delete', 'other', '--yes')


class Firmware(Case):
    def test_none_but_the_bios(self):
        with covered('/usr/share/qemu/firmware', tempfile.mkdtemp(dir=self.work)):
            fix = self.names('firmware', 'warning', 'no UEFI firmware is installed', r'install .*(ovmf|edk2-ovmf)',
                             ['secure-boot'])
            self.assertIn('ovmf', commands(fix)[0][-1])

    def test_dev_kvm_is_something_else(self):
        with covered('/dev/kvm', '/dev/null'):
            checks = doctor()
            self.assertEqual((checks['kvm-device']['status'], checks['kvm-device']['detail']),
                             ('failure', "/dev/kvm is not KVM's device"))
            self.assertEqual(checks['hardware-virtualization']['status'], 'warning')
            self.assertTrue(checks['kvm-device']['fix'] and checks['hardware-virtualization']['fix'])

    def test_dev_kvm_is_closed_to_qemu(self):
        checks = doctor()
        self.assertEqual(checks['kvm-device']['status'], 'ok', checks['kvm-device'])
        if '+0:' in house.virsh('capabilities'):
            return
        with open(f'{self.work}/kvm', 'w', encoding='ascii'):
            pass
        os.unlink(f'{self.work}/kvm')
        os.mknod(f'{self.work}/kvm', 0o600 | 0o020000, os.makedev(10, 232))
        with covered('/dev/kvm', f'{self.work}/kvm'):
            found = doctor()['kvm-device']
            self.assertEqual(found['status'], 'failure', found)
            mend(found['fix'])
            self.assertEqual(doctor()['kvm-device']['status'], 'ok')


class Terminal(Case):
    def test_output_fits_the_terminal_and_asks_it_nothing(self):
        done = subprocess.run(['script', '-qec', f'stty cols 80 rows 24; {house.INNKEEP} doctor', '/dev/null'],
                              capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, 'TERM': 'xterm-256color', 'LANG': 'C.UTF-8'})
        plain = re.sub(r'\033\[[0-9;]*m', '', done.stdout)
        self.assertNotEqual(plain, done.stdout, 'it has colours')
        self.assertNotIn('\033', plain)
        lines = plain.replace('\r', '').splitlines()
        self.assertGreater(len(lines), 40)
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertTrue([line for line in lines if 'xterm-256color: 256 colours, UTF-8' in line], lines)


if __name__ == '__main__':
    unittest.main()
