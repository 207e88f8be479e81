#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Long jobs run in a process of their own: it outlives the console and the command that began it, every console shows
it, and any can cancel it. What is copied is a guest that hangs, so that the copy ends when the test lets it."""
import fcntl
import grp
import json
import os
import pty
import pwd
import re
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import house

# Whoever runs the tests may have it ignored (nohup), and what they start would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

IMAGES = '/var/lib/libvirt/images'
STATE = os.environ['INNKEEP_STATEDIR']
JOBS = '/run/innkeep/jobs'
OWN_JOBS = f'{STATE}/jobs'
# The same daemon, by a way of which innkeep does not take for granted that it is this machine's.
ELSEWHERE = 'qemu+unix:///system?socket=/run/libvirt/libvirt-sock'
MEMBER = 65534  # a person without privileges, here in the group that may use libvirt
FILLED_MB = 240
CANCEL, ENTER = b'\x0b', b'\r'


class Screen:
    """A console on a terminal of its own, of which it is the session's leader: closing that hangs it up."""

    def __init__(self):
        self.heard = ''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ['TERM'] = 'xterm-256color'
            os.execv(house.INNKEEP, [house.INNKEEP])
        self.columns = 80
        self.wait_for('web')

    def read(self):
        self.heard += house.hear(self.fd, 0.05)

    def shows(self, pattern):
        """Looks at the whole screen, drawn anew for a width that is not the last one."""
        self.read()
        self.heard = ''
        self.columns = 161 - self.columns
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, self.columns, 0, 0))
        house.wait_until('it is drawn', lambda: self.read() or self.heard)
        return re.search(pattern, re.sub(r'\x1b(\[[0-9;?]*[a-zA-Z]|\(B)', ' ', self.heard))

    def wait_for(self, pattern, limit=30):
        return house.wait_until(lambda: f'{pattern!r} on the screen {self.heard!r}', lambda: self.shows(pattern), limit)

    def press(self, *keys):
        for key in keys:
            select.select([], [], [], 0.15)  # no sooner after the last one than fingers type
            os.write(self.fd, key)

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def end(self):
        """Its exit status."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.fd >= 0:
            self.close()
            self.end()


def sockets():
    return os.listdir(JOBS) if os.path.exists(JOBS) else []


def socket_of(job):
    """A plain connection to its process."""
    client = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(JOBS)
    try:
        client.connect(f'{job["id"]}.socket')
    finally:
        os.chdir(here)
    return client


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('web', arguments=['--wait', 'address'])
        with house.Console('web') as console:
            console.run(f'write-disk {FILLED_MB} 2>/dev/null; mv /data/written /data/kept; sync', 300)

    def setUp(self):
        self.before = self.inventory()
        self.assertEqual(house.jobs(), [])

    def tearDown(self):
        house.unhang('web')
        for job in house.jobs():
            house.innkeep('job', 'cancel', job['id'], check=False)
        for name in house.virsh('list', '--all', '--name').split():
            if name != 'web':
                house.innkeep('delete', name, '--yes', '--force')
        self.assertEqual(self.inventory(), self.before)
        self.assertEqual(sockets(), [])
        self.assertEqual(os.listdir(f'{STATE}/journal'), [])

    def inventory(self):
        return (house.virsh('list', '--all', '--name').split(), sorted(os.listdir(IMAGES)))

    def wait_nothing_left(self):
        house.wait_until('nothing is left', lambda: (house.innkeep('list'), self.inventory() == self.before)[1], 40)

    @staticmethod
    def copied(name):
        try:
            return os.stat(f'{IMAGES}/{name}.qcow2').st_blocks * 512
        except FileNotFoundError:
            return 0

    def catch(self, begin, name):
        """Begins a copy and hangs its source in the middle of it; the job. One that was too quick is made anew."""
        for _ in range(20):
            begun = begin()
            until = time.monotonic() + 60
            while self.copied(name) <= 1 << 20 and time.monotonic() < until:
                select.select([], [], [], 0.005)
            house.hang('web')
            jobs = house.jobs()
            if jobs and house.virsh('backup-dumpxml', 'web', check=False) != '':
                self.assertEqual(len(jobs), 1)
                return begun, jobs[0]
            house.unhang('web')
            house.wait_until('it ended', lambda: not house.jobs())
            house.innkeep('delete', name, '--yes')
        return self.fail('it ended 20 times before it could be caught')

    def catch_command(self, before=(), program=house.INNKEEP, options=(), **more):
        return self.catch(lambda: subprocess.Popen([*before, program, *options, 'clone', 'web', 'copy'],
                                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more),
                          'copy')

    def catch_console(self, screen):
        def begin():
            screen.press(b'c')
            screen.wait_for('Clone web')
            screen.press(ENTER)
        return self.catch(begin, 'web-2')[1]

    def check_complete(self, name):
        self.assertIn(name, house.guests())
        raw = f'/tmp/{name}.raw'
        house.run('qemu-img', 'convert', '-O', 'raw', f'{IMAGES}/{name}.qcow2', raw, check=True)
        try:
            house.run('e2fsck', '-p', raw)
            checked = house.run('e2fsck', '-fn', raw)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        finally:
            os.unlink(raw)

    def is_alive(self, job):
        try:
            with open(f'/proc/{job["pid"]}/stat', encoding='ascii') as file:
                return file.read().rsplit(')', 1)[1].split()[0] not in 'ZX'
        except FileNotFoundError:
            return False

    # ---- it outlives who began it ----

    def test_the_terminal_of_its_console_is_closed_and_a_new_one_shows_and_cancels_it(self):
        with Screen() as screen:
            job = self.catch_console(screen)
            screen.close()
            self.assertEqual(screen.end(), 130)
        self.assertTrue(self.is_alive(job))
        self.assertEqual(os.getsid(job['pid']), job['pid'], 'it has no terminal that could hang up')
        with Screen() as first, Screen() as second:
            for screen in (first, second):
                screen.wait_for('clone web')
            first.press(CANCEL)
            house.wait_until('it is told', lambda: house.jobs()[0]['state'] == 'cancelling')
            house.unhang('web')
            for screen in (first, second):
                screen.wait_for('clone was interrupted; what it had begun is undone')
        self.wait_nothing_left()

    @staticmethod
    def converter(begun):
        """The process that copies disks at rest, stopped as soon as it is there; None: it was too quick."""
        until = time.monotonic() + 60
        while begun.poll() is None and time.monotonic() < until:
            for entry in filter(str.isdigit, os.listdir('/proc')):
                try:
                    with open(f'/proc/{entry}/cmdline', encoding='utf-8') as file:
                        words = file.read().split('\0')
                    if words[1:2] == ['convert'] and 'cold-2.qcow2' in words[-2]:
                        os.kill(int(entry), signal.SIGSTOP)
                        return int(entry)
                except (FileNotFoundError, ProcessLookupError):
                    continue
            select.select([], [], [], 0.005)
        return None

    def catch_converter(self):
        for _ in range(20):
            begun = subprocess.Popen([house.INNKEEP, 'clone', 'cold'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     text=True)
            pid = self.converter(begun)
            if pid is not None:
                return begun, pid
            begun.communicate()
            house.innkeep('delete', 'cold-2', '--yes', check=False)
        raise AssertionError('the copy was too quick 20 times')

    def test_a_copy_at_rest_is_its_owner_s_alone_and_cancelled_at_once(self):
        house.create('cold', arguments=['--no-start', '--disk', '2G'])
        with tempfile.NamedTemporaryFile(dir='/var/lib/libvirt') as image:
            for _ in range(512):
                image.write(os.urandom(1 << 20))
            image.flush()
            house.run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', image.name, f'{IMAGES}/cold.qcow2')
        begun, pid = self.catch_converter()
        self.assertEqual(stat.S_IMODE(os.stat(f'{IMAGES}/cold-2.qcow2').st_mode), 0o600)
        house.innkeep('job', 'cancel', house.jobs()[0]['id'])
        output, errors = begun.communicate(timeout=30)
        self.assertEqual((begun.returncode, output), (130, ''), errors)
        self.assertFalse(os.path.exists(f'{IMAGES}/cold-2.qcow2'))
        house.wait_until('it is ended', lambda: not os.path.exists(f'/proc/{pid}/exe'))
        house.innkeep('clone', 'cold')
        self.assertIn('identical', house.run('qemu-img', 'compare', f'{IMAGES}/cold.qcow2',
                                             f'{IMAGES}/cold-2.qcow2').stdout)

    def test_the_console_is_left_by_its_key_which_says_what_goes_on(self):
        with Screen() as screen:
            job = self.catch_console(screen)
            screen.press(b'q')
            screen.wait_for('Goes on without this console: clone web')
            screen.press(b'y')
            house.wait_until('it has ended', lambda: os.waitpid(screen.pid, os.WNOHANG)[0])
            screen.close()
        self.assertTrue(self.is_alive(job))
        house.unhang('web')
        self.assertIn('web-2: cloned from web', house.innkeep('job', 'wait', job['id'][:8]).stdout)
        self.check_complete('web-2')

    def test_the_command_gets_a_hang_up_and_the_copy_goes_on(self):
        process, job = self.catch_command()
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(20), 128 + signal.SIGHUP, process.communicate())
        self.assertTrue(self.is_alive(job))
        house.unhang('web')
        house.innkeep('job', 'wait', job['id'])
        self.check_complete('copy')

    def test_the_command_is_killed_and_the_copy_goes_on_and_is_not_taken_for_left_over(self):
        process, job = self.catch_command()
        process.kill()
        process.communicate()
        house.innkeep('list')  # takes back what is left over
        self.assertTrue(self.is_alive(job))
        house.unhang('web')
        house.wait_until('it ended', lambda: not house.jobs())
        self.check_complete('copy')

    # ---- what is told of it ----

    def test_it_is_listed(self):
        process, job = self.catch_command()
        self.assertEqual((job['state'], job['title'], job['uri']), ('running', 'clone web -> copy', house.URI))
        self.assertIn('copy', job['step'])
        percent = house.wait_until('its progress', lambda: house.jobs()[0]['progress_percent'])
        self.assertTrue(0 < percent < 100, percent)
        self.assertTrue(self.is_alive(job))
        self.assertNotEqual(job['pid'], process.pid)
        row = house.innkeep('job', 'list', '--no-headers').stdout.rstrip('\n').split('\t')
        self.assertEqual(row[:3], [job['id'], 'running', 'clone web -> copy'])
        table = house.innkeep('job', 'list').stdout.splitlines()
        self.assertRegex(table[0], r'^ID +STATE +JOB +STEP +DONE +SECONDS +USER +PID$')
        self.assertTrue(table[1].startswith(job['id'][:8] + '  running  clone web -> copy'), table)
        house.unhang('web')
        self.assertEqual(process.communicate(timeout=60)[0], 'copy\n')
        self.assertEqual(process.returncode, 0)

    def test_details_show_what_was_asked_and_each_step(self):
        with Screen() as screen:
            job = self.catch_console(screen)
            screen.press(b'J')
            screen.wait_for(r'STATE +TIME +DONE +JOB')
            screen.press(ENTER)
            screen.wait_for(r'name +web')
            screen.wait_for(r'linked +no')
            screen.wait_for(r'\d\.\d s +create web-2.qcow2')
            screen.press(CANCEL)
            house.wait_until('it is told', lambda: house.jobs()[0]['state'] == 'cancelling')
            house.unhang('web')
            screen.wait_for('error +clone was interrupted; what it had begun is undone')
            screen.press(b'q')
            screen.wait_for(r'cancelled +\d')
        self.assertFalse(self.is_alive(job))

    def test_cancel_by_the_beginning_of_its_id(self):
        process, job = self.catch_command()
        plan = house.innkeep('job', 'cancel', job['id'], '-n').stdout
        self.assertEqual(plan.split(), ['cancel', 'job', 'clone', 'web', '->', 'copy'])
        self.assertEqual(house.innkeep('job', 'cancel', job['id'], '--read-only', check=False).returncode, 4)
        self.assertEqual(house.jobs()[0]['state'], 'running')
        cancel = subprocess.Popen([house.INNKEEP, 'job', 'cancel', job['id'][:8]], stdout=subprocess.PIPE, text=True)
        house.wait_until('it is told', lambda: house.jobs()[0]['state'] == 'cancelling')
        house.unhang('web')
        self.assertIn('what it had begun is undone', cancel.communicate(timeout=60)[0])
        self.assertEqual(cancel.returncode, 0)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(self.inventory(), self.before)

    def test_no_such_job(self):
        for command in ('cancel', 'wait'):
            for word in ('12345678', '1', '', '../../etc'):
                self.assertEqual(house.innkeep('job', command, word, check=False).returncode, 3)
            self.assertEqual(house.innkeep('job', command, check=False).returncode, 2)

    # ---- its process ----

    def test_its_process_is_killed_and_who_began_it_says_so_and_leaves_nothing(self):
        process, job = self.catch_command()
        os.kill(job['pid'], signal.SIGSTOP)
        house.unhang('web')
        os.kill(job['pid'], signal.SIGKILL)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn('clone web -> copy: its process ended unexpectedly; nothing is left half done', errors)
        self.assertEqual(self.inventory(), self.before)
        self.assertEqual(os.listdir(JOBS), [f'{job["id"]}.socket'])
        self.assertEqual(house.jobs(), [])
        self.assertEqual(os.listdir(JOBS), [], 'what nobody listens to is cleared away')

    def test_a_console_says_when_its_process_is_killed(self):
        process, job = self.catch_command()
        with Screen() as screen:
            screen.wait_for('clone web')
            process.kill()
            process.communicate()
            os.kill(job['pid'], signal.SIGSTOP)
            house.unhang('web')
            os.kill(job['pid'], signal.SIGKILL)
            screen.wait_for('its process ended unexpectedly; nothing is')
        self.assertEqual(self.inventory(), self.before)

    def test_nonsense_said_to_it_changes_nothing(self):
        process, job = self.catch_command()
        for text in (b'{}\n', b'[' * 3000 + b'\n', b'\xff\xfe\n', b'{"say":"end"}\n{"say":"start","request":1}\n',
                     b'x' * 100000, b'{"say":["cancel"]}\n', b'\n\n\n'):
            with socket_of(job) as client:
                try:
                    client.sendall(text)
                except BrokenPipeError:
                    pass
                self.assertIn(b'"hello"', client.recv(100000))
        idle = [socket_of(job) for _ in range(80)]  # who never reads, and more than it lets in
        for client in idle:
            client.close()
        self.assertEqual(house.wait_until('it tells of itself', house.jobs)[0]['state'], 'running')
        house.unhang('web')
        self.assertEqual(process.communicate(timeout=60)[0], 'copy\n')

    # ---- who sees it ----

    def test_its_socket_is_for_root_and_the_group_of_libvirt_whatever_the_umask(self):
        old = os.umask(0)
        try:
            process, job = self.catch_command()
        finally:
            os.umask(old)
        group = grp.getgrnam('libvirt').gr_gid
        for path, mode in ((f'{JOBS}/{job["id"]}.socket', 0o660), (JOBS, 0o3770)):
            there = os.stat(path)
            self.assertEqual((stat.S_IMODE(there.st_mode), there.st_uid, there.st_gid), (mode, 0, group), path)
        self.assertEqual(os.readlink(f'/proc/{job["pid"]}/cwd'), '/')
        house.unhang('web')
        self.assertEqual(process.communicate(timeout=60)[0], 'copy\n')

    def test_one_that_works_elsewhere_is_its_user_s_alone(self):
        process, job = self.catch_command(options=('-c', ELSEWHERE))
        self.assertEqual(stat.S_IMODE(os.stat(f'{OWN_JOBS}/{job["id"]}.socket').st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(OWN_JOBS).st_mode), 0o700)
        self.assertEqual(sockets(), [])
        house.unhang('web')
        self.assertEqual(process.communicate(timeout=60)[0], 'copy\n')

    def member(self, group):
        """How that person calls innkeep: what stands before it, and the rest for subprocess."""
        home = f'/tmp/innkeep-member-{group}'
        os.makedirs(home, exist_ok=True)
        os.chown(home, MEMBER, MEMBER)
        self.addCleanup(shutil.rmtree, home, True)
        program = shutil.copy(house.INNKEEP, f'{home}/innkeep')
        return (['setpriv', f'--reuid={MEMBER}', f'--regid={MEMBER}', f'--groups={group}'],
                {'program': program, 'cwd': '/', 'env': {**os.environ, 'HOME': home, 'INNKEEP_STATEDIR': f'{home}/state'}})

    def jobs_of(self, member, *words):
        before, more = member
        return house.run(*before, more['program'], 'job', *words, env=more['env'], cwd='/')

    def test_a_member_of_the_group_sees_and_cancels_it_and_nobody_else_does(self):
        process, job = self.catch_command()
        stranger, member = self.member(MEMBER), self.member(grp.getgrnam('libvirt').gr_gid)
        self.assertEqual(json.loads(self.jobs_of(stranger, 'list', '--json').stdout), [])
        self.assertEqual(self.jobs_of(stranger, 'cancel', job['id']).returncode, 3)
        seen, = json.loads(self.jobs_of(member, 'list', '--json').stdout)
        self.assertEqual((seen['id'], seen['title'], seen['user']), (job['id'], 'clone web -> copy', 'root'))
        with subprocess.Popen([*member[0], member[1]['program'], 'job', 'cancel', job['id']], cwd='/',
                              env=member[1]['env'], stdout=subprocess.PIPE, text=True) as other:
            house.wait_until('it is told', lambda: house.jobs()[0]['state'] == 'cancelling')
            house.unhang('web')
            self.assertIn('clone was interrupted', other.communicate(timeout=60)[0])
        self.assertEqual(process.wait(60), 130)
        self.wait_nothing_left()

    def test_root_and_every_console_see_that_of_a_member(self):
        house.jobs()
        before, more = self.member(grp.getgrnam('libvirt').gr_gid)
        process, job = self.catch_command(before, **more)
        self.assertEqual(job['user'], pwd.getpwuid(MEMBER).pw_name)
        with Screen() as screen:
            screen.wait_for('clone web')
            os.kill(job['pid'], signal.SIGKILL)
            screen.wait_for('its process ended unexpectedly')
        house.unhang('web')
        self.assertIn('nothing is left half done', process.communicate(timeout=60)[1])
        self.assertEqual(self.inventory(), self.before)
        house.wait_until('the socket is gone', lambda: house.jobs() == [] and sockets() == [])

    def test_a_shared_folder_that_others_could_have_made_is_left_alone(self):
        os.makedirs(JOBS, exist_ok=True)
        before = os.stat(JOBS)
        os.chmod(JOBS, 0o777)
        self.addCleanup(os.chmod, JOBS, stat.S_IMODE(before.st_mode))
        process, job = self.catch_command()
        self.assertEqual(os.listdir(JOBS), [])
        self.assertTrue(os.path.exists(f'{OWN_JOBS}/{job["id"]}.socket'))
        house.unhang('web')
        self.assertEqual(process.communicate(timeout=60)[0], 'copy\n')

    def test_a_state_directory_longer_than_a_socket_s_address(self):
        state = f'{STATE}/{"long" * 40}'
        os.mkdir(state, 0o700)
        env = {**os.environ, 'INNKEEP_STATEDIR': state}
        process = subprocess.Popen([house.INNKEEP, '-c', ELSEWHERE, 'clone', 'web', 'copy'], stdout=subprocess.PIPE,
                                   env=env, text=True)
        told = house.wait_until('it is listed', lambda: process.poll() is not None or json.loads(
            house.innkeep('job', 'list', '--json', env=env).stdout))
        self.assertEqual(process.communicate(timeout=60)[0], 'copy\n')
        self.assertEqual(told[0]['title'], 'clone web -> copy')

    # ---- passwords ----

    def test_the_password_is_told_to_who_began_it_and_to_nobody_else(self):
        with open(os.path.join(os.environ['HOME'], 'seeded.pub'), 'w', encoding='ascii') as key:
            key.write('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3p\n')
        config = f'{STATE}/config/innkeep/templates'
        os.makedirs(config)
        with open(f'{config}/seeded.ini', 'w', encoding='ascii') as file:
            file.write('[template]\nname = seeded\n[guest]\nmemory = 64M\n[cloud-init]\nuser = ada\n')
        house.virsh('vol-create-as', 'default', 'seeded.qcow2', '16M', '--format', 'qcow2')
        env = {**os.environ, 'XDG_CONFIG_HOME': f'{STATE}/config'}
        try:
            said, password = self.overhear(key.name, env)
            self.assertIn(b'"end"', said)
            self.assertIn(b'copy: created from seeded', said)
            self.assertNotIn(password.encode(), said)
            house.innkeep('delete', 'copy', '--yes')
        finally:
            house.virsh('vol-delete', 'seeded.qcow2', 'default')

    def overhear(self, key, env):
        """What anybody hears of a full copy of a template with a seed, and the password that it made."""
        for _ in range(20):
            process = subprocess.Popen([house.INNKEEP, 'clone', 'seeded', 'copy', '--full', '--no-start', '--json'],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True)
            said = b''
            while process.poll() is None and not said:
                for name in sockets():
                    if not name.startswith('.'):
                        said = self.hear_all(name.removesuffix('.socket'))
            out, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, errors)
            if said:
                return said, json.loads(out)[0]['console_password']
            house.innkeep('delete', 'copy', '--yes')
        return self.fail('it ended 20 times before it could be overheard')

    @staticmethod
    def hear_all(job):
        said = b''
        try:
            with socket_of({'id': job}) as client:
                while data := client.recv(65536):
                    said += data
        except OSError:
            pass
        return said


if __name__ == '__main__':
    unittest.main(verbosity=2)
