#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest's serial console printed is kept in a file of its own, told again on a terminal where it can do no harm
and byte by byte elsewhere, and gone with the guest."""
import os
import pty
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import house

LOGS = '/var/log/libvirt/qemu'
# Colours, a title, the clipboard, a question, C1 controls, a turn of direction, and what is no UTF-8.
HOSTILE = r'\033[31mred\033[0m\033]0;title\007\033]52;c;eA==\007\033[c\033P+q\033\\\302\2332J\342\200\256\377\033cend'


def log_of(name):
    return f'{LOGS}/{house.guests()[name]["uuid"]}-console.log'


def defined(name):
    """The files that take what the serial lines print, by the definition."""
    root = xml.etree.ElementTree.fromstring(house.virsh('dumpxml', '--inactive', name))
    return [(log.get('file'), log.get('append')) for log in root.findall('devices/serial/log')]


def content(path):
    with open(path, 'rb') as file:
        return file.read()


def on_terminal(*arguments):
    """What innkeep writes to a terminal, and its exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(house.INNKEEP, [house.INNKEEP, *arguments])
    said = b''
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    return said, status


class ConsoleLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('web', arguments=['--wait', 'address'])

    def expect(self, status, *arguments):
        done = house.innkeep(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def piped(self, name):
        return subprocess.run([house.INNKEEP, 'console', name, '--log'], capture_output=True, timeout=60, check=True).stdout

    def say(self, text):
        """Has the guest print it, and waits until it is kept: QEMU writes to the console first (qemu_chr_write)."""
        path = log_of('web')
        before = os.path.getsize(path)
        with house.Console('web') as console:
            console.run(f"printf '{text}\\n'")
            mark = f'\r\nended-{console.runs}\r\n'.encode()
            house.wait_until('it is kept', lambda: mark in content(path)[before:])

    def test_it_is_kept_for_root_alone_and_told_as_it_is_to_a_pipe(self):
        path = log_of('web')
        self.assertEqual(defined('web'), [(path, 'on')])
        self.assertEqual(house.innkeep_json('show', 'web')['console_log'], path)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.say('plain-words')
        self.assertRegex(content(path), rb'\r\nplain-words\r\n')
        self.assertIn(self.piped('web'), content(path))
        self.assertIn('plain-words', house.innkeep('--read-only', 'console', 'web', '--log').stdout)

    def test_what_a_guest_prints_is_inert_on_a_terminal(self):
        self.say(HOSTILE)
        self.assertIn(b'\033]52;c;eA==\a', self.piped('web'))
        said, status = on_terminal('console', 'web', '--log')
        self.assertEqual(status, 0)
        self.assertRegex(said, rb'\nred')
        self.assertIn(b'end\r\n', said)
        text = said.decode()  # and so it is UTF-8
        self.assertIsNone(re.search('[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202e]', text), repr(text[-600:]))

    def test_a_restarted_guest_appends_and_one_that_is_off_still_tells(self):
        self.say('before-the-restart')
        house.innkeep('poweroff', 'web', '--yes')
        self.assertIn(b'before-the-restart', self.piped('web'))
        house.innkeep('start', 'web')
        house.innkeep('wait', 'web', '--for', 'address')
        self.say('after-the-restart')
        self.assertRegex(self.piped('web'), rb'(?s)before-the-restart.*after-the-restart')

    def test_a_terminal_gets_the_last_thousand_lines_and_what_was_rolled_over(self):
        path = log_of('web')
        self.addCleanup(os.unlink, path + '.1')
        with open(path + '.1', 'w', encoding='ascii') as file:
            file.write(''.join(f'old {number}\r\n' for number in range(3000)))
        said, status = on_terminal('console', 'web', '--log')
        self.assertEqual(status, 0)
        self.assertIn(b'old 2999\r\n', said)
        self.assertNotIn(b'old 1\r\n', said)
        self.assertEqual(said.count(b'\n'), 1001, said[-300:])
        self.assertIn(b'its last lines', said)
        self.assertTrue(self.piped('web').startswith(b'old 0\r\n'))

    def test_a_clone_has_its_own_and_deletion_removes_no_other(self):
        house.create('one', arguments=['--no-start'])
        self.addCleanup(house.innkeep, 'delete', 'copy', '--yes', '--force', check=False)
        house.innkeep('clone', 'one', 'copy', '--start')
        self.assertEqual(defined('copy'), [(log_of('copy'), 'on')])
        self.assertNotEqual(log_of('one'), log_of('copy'))
        path, kept = log_of('copy'), log_of('web')
        house.wait_until('it prints', lambda: os.path.exists(path) and content(path))
        self.assertFalse(os.path.exists(log_of('one')))
        self.assertIn('has printed nothing yet', self.expect(6, 'console', 'one', '--log').stderr)
        for name in (path + '.0', path + '.2.gz'):
            with open(name, 'w', encoding='ascii') as file:
                file.write('rolled over\n')
        self.assertIn(path, house.innkeep('delete', 'copy', '--force', '--dry-run').stdout)
        house.innkeep('delete', 'copy', '--yes', '--force')
        self.assertEqual([name for name in os.listdir(LOGS) if name.startswith(os.path.basename(path))], [])
        self.assertTrue(os.path.exists(kept))
        house.innkeep('delete', 'one', '--yes')

    def test_an_undone_creation_leaves_none(self):
        def logs():
            return {name for name in os.listdir(LOGS) if '-console.log' in name}
        before, point = logs(), 0
        while True:
            point += 1
            done = house.innkeep('create', 'gone', '-t', 'tiny', check=False, env=house.killing(point))
            house.recover()
            if 'gone' in house.guests():
                break
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(logs() - before, set(), point)
        self.assertGreater(point, 4)
        self.assertEqual(len(logs() - before), 1)
        house.innkeep('delete', 'gone', '--yes', '--force')
        self.assertEqual(logs(), before)

    def test_a_deletion_that_was_killed_takes_it_along(self):
        house.create('victim')
        path = log_of('victim')
        house.wait_until('it prints', lambda: os.path.exists(path))
        point = 0
        while 'victim' in house.guests():
            point += 1
            house.innkeep('delete', 'victim', '--yes', '--force', check=False, env=house.killing(point))
            house.recover()
            self.assertEqual(os.path.exists(path), 'victim' in house.guests(), point)

    def test_without_the_setting_there_is_none_for_new_guests_and_clones(self):
        with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
            file.write('[host]\nconsole-log = no\n')
            file.flush()
            house.innkeep('--config', file.name, 'create', 'quiet', '-t', 'tiny', '--no-start')
            self.assertEqual(defined('quiet'), [])
            house.innkeep('--config', file.name, 'clone', 'quiet', 'quieter')
        self.assertEqual(defined('quieter'), [])
        said = self.expect(6, 'console', 'quiet', '--log').stderr
        self.assertIn('nothing keeps', said)
        self.assertIn('hint: ', said)
        house.innkeep('delete', 'quiet', 'quieter', '--yes')

    def test_a_foreign_guest_s_own_file_is_told_and_stays_and_its_clone_has_another(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f'{folder}/its own'
            with open(path, 'w', encoding='ascii') as file:
                file.write('of another tool\n')
            with tempfile.NamedTemporaryFile('w', suffix='.xml') as file:
                file.write(f"""<domain type='qemu'><name>for "ei" gn</name><memory unit='MiB'>64</memory>
                    <os><type arch='x86_64' machine='q35'>hvm</type></os>
                    <devices><serial type='pty'><log file='{path}' append='on'/></serial></devices></domain>""")
                file.flush()
                house.virsh('define', file.name)
            self.assertEqual(self.piped('for "ei" gn'), b'of another tool\n')
            house.innkeep('delete', 'for "ei" gn', '--yes')
            self.assertEqual(content(path), b'of another tool\n')

    def test_who_is_not_root_is_told_so_and_what_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            done = house.innkeep_as_nobody(folder, 'console', 'web', '--log')
            self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
            self.assertIn('only root can read', done.stderr)
            self.assertIn('sudo innkeep console', done.stderr)
            house.create('short', arguments=['--no-start'])
            done = house.innkeep_as_nobody(folder, 'delete', 'short', '--keep-storage', '--dry-run')
            self.assertIn('only root there can remove it', done.stdout)
            house.innkeep('delete', 'short', '--yes')

    def test_attaching_by_force_and_the_log_exclude_each_other(self):
        self.expect(2, 'console', 'web', '--log', '--force')


if __name__ == '__main__':
    unittest.main()
