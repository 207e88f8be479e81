#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest's agent is asked besides commands: what it knows, to freeze and thaw, a user's keys and password; and
ssh. By the real agent and sshd of a full Debian, and by agents that do not answer or answer what makes no sense. The
first argument is test_command: a person at the console in front of them."""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
import unittest

import house

sys.path.insert(0, os.path.join(os.environ['INNKEEP_TESTS'], '..', 'cli'))
import schemas  # noqa: E402  (its folder is known only now)

FULL = 'debian'
TINY = ['e1', 'e2', 'e3', 'e4']
WRONG = {'mute': 'does not answer', 'noise': '', 'hung': 'does not answer', 'liar': 'makes no sense'}
LIMIT_S = 8  # what show takes without an agent, and what the agent has
NIC = "<interface type='network'><source network='default'/><model type='virtio'/></interface>"
KINDS = r"""
    mute:*) ;;
    noise:*) echo 'no {JSON' >&3 ;;
"""
ANSWERS = r"""
    hung:*) ;;
    slow:*guest-get-time*) usleep 4000000; echo '{"return":7000000000}' >&3 ;;
    liar:*guest-get-osinfo*) echo '{"return":{"pretty-name":7}}' >&3 ;;
    liar:*guest-get-time*) echo '{"return":"soon"}' >&3 ;;
    liar:*fsfreeze-status*) echo '{"return":"cold"}' >&3 ;;
    *fsfreeze-status*) printf '{"return":"%s"}\n' "$(cat /run/frozen 2>/dev/null || echo thawed)" >&3 ;;
    *fsfreeze-freeze*) echo frozen >/run/frozen; echo '{"return":1}' >&3 ;;
    *fsfreeze-thaw*) rm -f /run/frozen; echo '{"return":1}' >&3 ;;
    *guest-exec-status*) printf '{"return":{"exited":true,"exitcode":%s,"out-data":"%s"}}\n' "$code" "$out" >&3 ;;
    *guest-exec*)
        out=$($(echo "$line" | sed 's/.*"path": *"\([^"]*\)".*/\1/'))
        code=$?
        out=$(echo "$out" | base64 | tr -d '\n')
        echo '{"return":{"pid":7}}' >&3 ;;
"""

# One kind alone: an emulated processor takes a minute for RSA's.
NEW_KEY = 'rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'


def in_guest(*words):
    return house.innkeep('exec', FULL, '--', *words).stdout


def is_frozen(name):
    told = house.virsh('qemu-agent-command', name, '{"execute":"guest-fsfreeze-status"}')
    return json.loads(told)['return'] == 'frozen'


class Agent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.start_debian(FULL, NIC)
        house.build_tiny()
        house.create(*TINY)
        for name in TINY:
            house.start_agent(name, ANSWERS, KINDS)
        house.innkeep('wait', FULL, '--for', 'agent', '--timeout', '600', timeout=700)
        cls.home = tempfile.mkdtemp(dir=os.environ['INNKEEP_STATEDIR'])
        cls.key = os.path.join(cls.home, 'key')
        house.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'a test', '-f', cls.key)

    def setUp(self):
        """libvirt speaks no more with an agent that said nonsense until that opens its end again."""
        for name in TINY:
            house.agent_kind(name, 'well')
            house.wait_until(f'{name} can be asked', lambda one=name: self.can_be_asked(one))

    def can_be_asked(self, name):
        if 'thawed' in house.virsh('qemu-agent-command', name, '{"execute":"guest-fsfreeze-status"}', check=False):
            return True
        with house.Console(name) as console:
            console.run('kill $(ps | grep "[r]un/agent" | sed "s/^ *//; s/ .*//") 2>/dev/null')
            house.wait_until('the agent is gone', lambda: not house.has_agent(name))
            house.begin_agent(console, name, ANSWERS, KINDS)
        return False

    def tearDown(self):
        house.innkeep('thaw', FULL)

    def show(self, name):
        return schemas.check('show', house.innkeep('show', name, '--json').stdout)

    def fails(self, status, *words, says, **options):
        done = house.run(house.INNKEEP, *words, **{'stdin': subprocess.DEVNULL, **options})
        self.assertEqual(done.returncode, status, done)
        self.assertIn(says, done.stderr)
        self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)
        return done

    # ---- what it knows

    def test_what_the_agent_knows_is_shown_and_right(self):
        agent = self.show(FULL)['agent']
        self.assertIn(f'PRETTY_NAME="{agent["os"]}"', in_guest('cat', '/etc/os-release'))
        self.assertEqual(agent['kernel'], in_guest('uname', '-r').strip())
        self.assertEqual((agent['hostname'], agent['timezone'], agent['utc_offset_s']), (FULL, 'UTC', 0))
        root, = [one for one in agent['filesystems'] if one['mount_point'] == '/']
        self.assertEqual((root['type'], root['disks']), ('ext4', ['vda']))
        used = int(in_guest('df', '--block-size=1', '--output=used', '/').split()[1])
        self.assertLess(abs(root['used_bytes'] - used), 64 << 20)
        self.assertLess(root['used_bytes'], root['total_bytes'])
        self.assertEqual(agent['users'], [])
        text = house.innkeep('show', FULL).stdout
        self.assertIn(f'system        {agent["os"]}\n', text)
        self.assertRegex(text, r'(?m)^file system   /, .* used \([0-9]+%\), ext4, vda$')

    def test_how_far_its_clock_is_off_is_told_with_how_far_that_may_be_wrong(self):
        in_guest('date', '-s', '@%d' % (time.time() - 5000))
        agent = self.show(FULL)['agent']
        self.assertLess(abs(agent['clock_skew_s'] + 5000), 10)
        self.assertGreater(agent['clock_skew_error_s'], 0)
        self.assertIn('behind this machine', house.innkeep('show', FULL).stdout)
        in_guest('date', '-s', '@%d' % time.time())
        self.assertLess(abs(self.show(FULL)['agent']['clock_skew_s']), 10)

    def test_no_limit_stays_for_others_who_ask_the_agent(self):
        """A freeze of another that takes longer than our limit would end in the middle."""
        house.agent_kind(TINY[0], 'slow')
        self.assertIn('does not answer', self.show(TINY[0])['agent_problem'])
        self.assertIn('Time: 7', house.virsh('domtime', TINY[0]))

    def test_an_agent_that_cannot_be_asked_is_one_line_and_no_long_wait(self):
        for name, kind in zip(TINY, WRONG):
            house.agent_kind(name, kind)
        for name, kind in zip(TINY, WRONG):
            with self.subTest(kind=kind):
                began = time.monotonic()
                told = self.show(name)
                self.assertLess(time.monotonic() - began, LIMIT_S)
                self.assertIsNone(told['agent'])
                self.assertIn(WRONG[kind], told['agent_problem'])
                line, = re.findall('(?m)^guest agent.*', house.innkeep('show', name).stdout)
                self.assertIn('tells nothing', line)
        self.assertIn('read-only', house.innkeep('-r', 'show', FULL).stdout)

    # ---- freeze and thaw

    def test_file_systems_are_frozen_until_they_are_thawed(self):
        self.assertEqual(house.innkeep('freeze', FULL).stdout, f'{FULL}: 1 file system frozen; innkeep thaw ends that\n')
        self.assertTrue(is_frozen(FULL))
        self.assertIn('is frozen already', house.innkeep('freeze', FULL).stdout)
        self.assertTrue(self.show(FULL)['agent']['frozen'])
        self.assertIn('its file systems are frozen', house.innkeep('show', FULL).stdout)
        house.innkeep('list')
        self.assertTrue(is_frozen(FULL), 'what was asked for is not recovered from')
        self.assertEqual(house.innkeep('thaw', FULL).stdout, f'{FULL}: 1 file system thawed\n')
        self.assertFalse(is_frozen(FULL))
        self.assertEqual(house.innkeep('thaw', FULL).stdout, f'{FULL}: is not frozen\n')

    def test_a_dry_run_freezes_nothing(self):
        self.assertIn(FULL, house.innkeep('freeze', FULL, '-n').stdout)
        self.fails(4, '-r', 'freeze', FULL, says='read-only')
        self.assertFalse(is_frozen(FULL))

    def test_with_a_time_they_are_thawed_by_themselves(self):
        began = time.monotonic()
        with subprocess.Popen([house.INNKEEP, 'freeze', FULL, '--timeout', '4'], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True) as freezing:
            house.wait_until('frozen', lambda: is_frozen(FULL))
            out, _ = freezing.communicate(timeout=30)
        self.assertGreater(time.monotonic() - began, 4)
        self.assertEqual((freezing.returncode, out), (0, f'{FULL}: 1 file system frozen, and thawed again\n'))
        self.assertFalse(is_frozen(FULL))

    def test_ctrl_c_and_a_thaw_end_such_a_time(self):
        for end in ('interrupt', 'thaw'):
            with self.subTest(end=end), subprocess.Popen([house.INNKEEP, 'freeze', FULL, '--timeout', '600'],
                                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                         stderr=subprocess.DEVNULL) as freezing:
                house.wait_until('frozen', lambda: is_frozen(FULL))
                if end == 'thaw':
                    house.innkeep('thaw', FULL)
                else:
                    freezing.send_signal(2)
                self.assertEqual(freezing.wait(20), 0 if end == 'thaw' else 130)
                self.assertFalse(is_frozen(FULL))

    def test_a_kill_on_the_way_is_recovered_from(self):
        killed = 0
        for at in range(1, 12):
            done = house.innkeep('freeze', TINY[0], '--timeout', '1', check=False, env=house.killing(at))
            killed += done.returncode == -9
            house.recover()
            self.assertFalse(is_frozen(TINY[0]), f'killed at {at}')
        self.assertGreater(killed, 2)

    def test_a_copy_does_not_thaw_what_a_person_froze(self):
        house.innkeep('freeze', TINY[0])
        done = house.innkeep('clone', TINY[0], 'copy', timeout=300)
        self.assertIn('frozen already', done.stdout + done.stderr)
        self.assertTrue(is_frozen(TINY[0]))
        house.innkeep('thaw', TINY[0])
        house.innkeep('delete', 'copy', '--yes')

    def test_a_wrong_agent_freezes_nothing_and_holds_up_nobody(self):
        for name, kind in zip(TINY, WRONG):
            house.agent_kind(name, kind)
        for name, kind in zip(TINY, WRONG):
            with self.subTest(kind=kind):
                began = time.monotonic()
                self.fails(1 if kind in ('liar', 'noise') else 7, 'freeze', name, says='cannot ask the guest agent')
                self.assertLess(time.monotonic() - began, LIMIT_S)

    # ---- set

    def test_keys_are_added_beside_those_that_are_there(self):
        in_guest('sh', '-c', 'mkdir -p /root/.ssh; echo "ssh-ed25519 AAAAold old" >/root/.ssh/authorized_keys')
        for _ in range(2):
            self.assertEqual(house.innkeep('set', FULL, f'ssh-key={self.key}.pub', 'user=root').stdout,
                             f'{FULL}: 1 SSH key of root added\n')
        with open(f'{self.key}.pub', encoding='ascii') as file:
            # Empty lines are the agent's own.
            self.assertEqual([line for line in in_guest('cat', '/root/.ssh/authorized_keys').split('\n') if line],
                             ['ssh-ed25519 AAAAold old', file.read().strip()])
        told = schemas.check('results', house.innkeep('set', FULL, f'ssh-key={self.key}.pub', 'user=root', '--json').stdout)
        self.assertEqual(told, [{'name': FULL, 'ok': True, 'error': None}])

    def shadow(self):
        return in_guest('sh', '-c', 'grep ^root: /etc/shadow').split(':')[1]

    def test_a_password_comes_from_standard_input(self):
        before = self.shadow()
        done = house.run(house.INNKEEP, 'set', FULL, 'password=-', 'user=root', input='gehéim 1\n')
        self.assertEqual((done.returncode, done.stdout), (0, f'{FULL}: password of root set\n'), done.stderr)
        self.assertNotEqual(self.shadow(), before)
        self.fails(2, 'set', FULL, 'password=-', 'user=root', says='1 to 1024 bytes')

    def type_passwords(self, *typed):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(house.INNKEEP, [house.INNKEEP, 'set', FULL, 'password=-', 'user=root'])
        heard = ''
        for question, answer in zip(('New password: ', 'The same again: '), typed):
            def asked(question=question):
                nonlocal heard
                heard += house.hear(fd)
                return question in heard
            house.wait_until(question, asked)
            os.write(fd, answer.encode() + b'\n')
        heard += house.wait_until('the end', lambda: house.hear(fd, 2))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), heard

    def test_on_a_terminal_it_is_asked_for_twice_and_not_echoed(self):
        before = self.shadow()
        status, heard = self.type_passwords('secret1', 'secret2')
        self.assertEqual(status, 2, heard)
        self.assertEqual(self.shadow(), before)
        status, heard = self.type_passwords('secret1', 'secret1')
        self.assertEqual(status, 0, heard)
        self.assertNotIn('secret', heard)
        self.assertNotEqual(self.shadow(), before)

    def test_what_cannot_be_set_is_said(self):
        house.innkeep('freeze', FULL)
        self.fails(6, 'set', FULL, f'ssh-key={self.key}.pub', 'user=root', says='its file systems are frozen')
        house.innkeep('thaw', FULL)
        key = f'ssh-key={self.key}.pub'
        self.fails(2, 'set', FULL, 'password=x', 'user=root', says='on the command line')
        self.fails(2, 'set', FULL, key, says='which user')
        self.fails(2, 'set', FULL, f'ssh-key={self.key}', 'user=root', says='private key')
        self.fails(1, 'set', FULL, key, 'user=nobody2', says='nobody2')
        self.fails(4, '-r', 'set', FULL, key, 'user=root', says='read-only')
        self.assertIn('add 1 SSH key for root', house.innkeep('set', FULL, key, 'user=root', '-n').stdout)
        house.agent_kind(TINY[0], 'hung')
        began = time.monotonic()
        self.fails(7, 'set', TINY[0], key, 'user=root', says='does not answer')
        self.assertLess(time.monotonic() - began, 15)

    # ---- ssh

    def ssh(self, *command):
        """With no keys, hosts or settings of whoever runs the tests; innkeep's own words are what matters."""
        line = house.innkeep('ssh', FULL, '--user', 'root', '--dry-run').stdout.split()
        return house.run(line[0], '-F', 'none', '-i', self.key, '-o', f'UserKnownHostsFile={self.home}/known',
                         '-o', 'StrictHostKeyChecking=accept-new', '-o', 'BatchMode=yes', *line[1:], *command, check=False)

    def test_ssh_finds_the_address_that_answers_and_a_new_guest_at_an_old_address_is_no_alarm(self):
        in_guest('sh', '-c', 'ip link set dev eth0 up; ip address replace 192.168.122.77/24 dev eth0; '
                 f'ip address replace 192.168.122.66/24 dev eth0; mkdir -p /run/sshd; {NEW_KEY}; '
                 'sed -i "s/^#*ListenAddress.*//" /etc/ssh/sshd_config; echo "ListenAddress 192.168.122.77" >>/etc/ssh/sshd_config; '
                 'systemctl --no-block restart ssh')
        house.innkeep('set', FULL, f'ssh-key={self.key}.pub', 'user=root')
        house.innkeep('wait', FULL, '--for', 'address', '--timeout', '60')
        house.wait_until('the address', lambda: '192.168.122.77' in house.innkeep('address', FULL, check=False).stdout)
        line = house.innkeep('ssh', FULL, '--dry-run').stdout
        uuid = house.guests()[FULL]['uuid']
        self.assertIn(f'-o HostKeyAlias={uuid} ', line)
        self.assertTrue(line.endswith('-- 192.168.122.77\n'), line)
        self.assertEqual(house.wait_until('ssh', lambda: self.ssh('hostname').stdout), f'{FULL}\n')
        with open(f'{self.home}/known', encoding='ascii') as file:
            self.assertIn(uuid, file.read())
        # Another guest had that address, and its key was kept under its own UUID.
        with open(f'{self.home}/known', encoding='ascii') as file:
            other = file.read().replace(uuid, '5b6a7c9e-0000-4000-8000-000000000001')
        with open(f'{self.home}/known', 'w', encoding='ascii') as file:
            file.write(other)
        in_guest('sh', '-c', f'{NEW_KEY}; systemctl --no-block restart ssh')
        done = house.wait_until('ssh', lambda: (lambda done: done.returncode == 0 and done)(self.ssh('hostname')))
        self.assertNotIn('CHANGED', done.stderr)
        # The same guest with another key is an alarm.
        in_guest('sh', '-c', f'{NEW_KEY}; systemctl --no-block restart ssh')
        house.wait_until('an alarm', lambda: 'CHANGED' in self.ssh('hostname').stderr)

    # ---- five at once, and the console

    def test_five_guests_at_once_of_which_some_do_not_answer(self):
        for name, kind in list(zip(TINY, WRONG))[:3]:
            house.agent_kind(name, kind)
        began = time.monotonic()
        done = house.run(house.INNKEEP, 'exec', FULL, *TINY, '--timeout', '6', '--json', '--', 'hostname',
                         stdin=subprocess.DEVNULL)
        self.assertLess(time.monotonic() - began, 20)
        told = schemas.check('exec', done.stdout)
        self.assertEqual([one['ok'] for one in told], [True, False, False, False, True])
        self.assertEqual(told[4]['stdout'], f'{TINY[3]}\n')
        self.assertTrue(all(one['error'] and '\n' not in one['error'] for one in told[1:4]))

    def test_the_console_does_all_this(self):
        house.agent_kind(TINY[0], 'hung')
        done = subprocess.run([CONSOLE, f'{self.key}.pub'], timeout=300, check=False)
        self.assertEqual(done.returncode, 0)


if __name__ == '__main__':
    CONSOLE = sys.argv.pop(1)
    unittest.main(verbosity=2)
