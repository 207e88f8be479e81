#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands in guests: by the real agent of a full Debian, in five guests at once, and by agents that are not there, do
not answer or answer what makes no sense."""
import base64
import hashlib
import json
import os
import pty
import subprocess
import sys
import time
import unittest

import house

sys.path.insert(0, os.path.join(os.environ['INNKEEP_TESTS'], '..', 'cli'))
import schemas  # noqa: E402  (its folder is known only now)

FULL = 'debian'
TINY = [f'e{number}' for number in range(1, 5)]
# An agent as small as can be, which runs a program without arguments; /run/kind says what is wrong with it.
KINDS = r'''
    mute:*) ;;
    noise:*) echo 'no {JSON' >&3 ;;
'''
ANSWERS = r'''
    liar:*guest-exec-status*) echo '{"return":{"exited":"perhaps"}}' >&3 ;;
    *guest-exec-status*) printf '{"return":{"exited":true,"exitcode":%s,"out-data":"%s"}}\n' "$code" "$out" >&3 ;;
    refuser:*guest-exec*) echo '{"error":{"class":"CommandNotFound","desc":"Command guest-exec has been disabled"}}' >&3 ;;
    *guest-exec*)
        out=$($(echo "$line" | sed 's/.*"path": *"\([^"]*\)".*/\1/'))
        code=$?
        out=$(echo "$out" | base64 | tr -d '\n')
        echo '{"return":{"pid":7}}' >&3 ;;
'''


def execute(*words, stdin=b'', env=None):
    """innkeep exec with all bytes as they are."""
    return subprocess.run([house.INNKEEP, 'exec', *words], input=stdin, capture_output=True, timeout=120, check=False,
                          env={**os.environ, **(env or {})})


class Exec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.start_debian(FULL)
        house.build_tiny()
        house.create(*TINY)
        for name in TINY:
            house.start_agent(name, ANSWERS, KINDS)
        house.innkeep('wait', FULL, '--for', 'agent', '--timeout', '600', timeout=700)

    def told(self, *words, **options):
        return schemas.check('exec', execute('--json', *words, **options).stdout.decode())

    def fails(self, *words, says, hint=None, **options):
        """What innkeep or the agent fails at: one line, and exit 125."""
        began = time.monotonic()
        done = execute(*words, **options)
        self.assertEqual(done.returncode, 125, done)
        self.assertEqual(done.stdout, b'')
        lines = done.stderr.decode().splitlines()
        self.assertRegex(lines[0], '^innkeep: ')
        self.assertIn(says, lines[0])
        self.assertLessEqual(len(lines), 2, lines)
        if hint is not None:
            self.assertRegex(lines[1], '^  hint: .*' + hint)
        return time.monotonic() - began

    def test_output_error_output_and_exit_code_are_passed_on_apart(self):
        done = execute(FULL, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3')
        self.assertEqual((done.returncode, done.stdout, done.stderr), (3, b'out\n', b'err\n'))
        self.assertEqual(execute(FULL, '--', 'true').returncode, 0)
        one, = self.told(FULL, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3')
        self.assertEqual(one, {'name': FULL, 'exit': 3, 'signal': None, 'stdout': 'out\n', 'stdout_base64': None,
                               'stderr': 'err\n', 'stderr_base64': None, 'truncated': False, 'ok': False, 'error': None})

    def test_no_shell_reads_the_command(self):
        words = ['a b', '$HOME', '*', '"\\', '--json', '-n', '', 'ä\n']
        done = execute(FULL, '--', 'printf', '%s|', *words)
        self.assertEqual(done.stdout.decode(), ''.join(word + '|' for word in words))

    def test_bytes_come_through_as_they_are_and_as_base64_in_json(self):
        command = [FULL, '--', 'printf', r'\377\000\033[31m']
        self.assertEqual(execute(*command).stdout, b'\xff\0\x1b[31m')
        one, = self.told(*command)
        self.assertIsNone(one['stdout'])
        self.assertEqual(base64.b64decode(one['stdout_base64']), b'\xff\0\x1b[31m')

    def test_a_terminal_gets_what_is_safe(self):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(house.INNKEEP, [house.INNKEEP, 'exec', FULL, '--', 'printf', r'\033]0;title\007\233\000\tx\r\nno end'])
        heard = house.wait_until('its output', lambda: house.hear(fd, 5), 60)
        os.waitpid(pid, 0)
        self.assertEqual(heard.replace('\r\n', '\n'), '?]0;title???     x\nno end')

    def test_a_signal_is_128_and_its_number(self):
        self.assertEqual(execute(FULL, '--', 'sh', '-c', 'kill -TERM $$').returncode, 143)
        one, = self.told(FULL, '--', 'sh', '-c', 'kill -TERM $$')
        self.assertEqual((one['exit'], one['signal'], one['ok'], one['error']), (None, 15, False, None))

    def test_input_is_handed_on_up_to_its_bound(self):
        largest = os.urandom(96 << 10)
        done = execute(FULL, '--', 'sha256sum', stdin=largest)
        self.assertEqual(done.stdout.split()[:1], [hashlib.sha256(largest).hexdigest().encode()], done)
        self.assertEqual(execute(FULL, '--', 'wc', '-c').stdout, b'0\n')
        most = 'x' * 16000
        done = execute(FULL, '--', 'sh', '-c', 'wc -c; printf %s "$0" | wc -c', most, stdin=largest)
        self.assertEqual(done.stdout.split(), [b'98304', str(len(most)).encode()], done)
        self.fails(FULL, '--', 'wc', stdin=largest + b'x', says='the input is longer than 96K')
        self.fails(FULL, '--', 'echo', most + 'x' * 1000, says='the command is longer than 16384 bytes')

    def test_input_that_does_not_end_is_not_waited_for_beyond_the_timeout(self):
        reader, writer = os.pipe()
        with subprocess.Popen([house.INNKEEP, 'exec', FULL, '--timeout', '2', '--', 'cat'], stdin=reader,
                              stderr=subprocess.PIPE, text=True) as process:
            _, err = process.communicate(timeout=20)
        os.close(reader)
        os.close(writer)
        self.assertEqual(process.returncode, 125)
        self.assertIn('has not ended after 2 s', err)

    def test_what_takes_too_long_is_given_up_and_said_to_go_on(self):
        took = self.fails(FULL, '--timeout', '2', '--', 'sleep', '1000', says="'sleep' in 'debian' has not ended after 2 s",
                          hint='process [0-9]+')
        self.assertLess(took, 10)
        self.assertEqual(execute(FULL, '--', 'pgrep', '-x', 'sleep').returncode, 0)
        execute(FULL, '--', 'pkill', '-x', 'sleep')

    def test_what_is_no_program_is_said(self):
        self.fails(FULL, '--', '/no/such', says='/no/such')
        self.fails(FULL, '--', b'\xff', says='not UTF-8')

    def test_much_output_is_whole_or_said_not_to_be(self):
        done = execute(FULL, '--', 'head', '-c', '2000000', '/dev/zero')
        self.assertEqual((done.returncode, len(done.stdout)), (0, 2000000), done.stderr)
        self.fails(FULL, '--', 'head', '-c', '5000000', '/dev/zero', says='wrote more than', hint='ssh')
        self.assertEqual(execute(FULL, '--', 'echo', 'still there').stdout, b'still there\n')

    def test_nothing_runs_where_nothing_may_change(self):
        self.fails('--read-only', FULL, '--', 'touch', '/run/changed', says='read-only')
        done = execute('--dry-run', FULL, TINY[0], '--', 'touch', '/run/changed')
        self.assertEqual((done.returncode, done.stdout.count(b'touch /run/changed')), (0, 2), done)
        self.assertEqual(execute(FULL, '--', 'ls', '/run/changed').returncode, 2)

    def test_five_guests_at_once(self):
        done = execute(*TINY, FULL, TINY[0], '--', 'hostname')
        self.assertEqual(sorted(done.stdout.decode().split('\n')), sorted(['', *(f'{name}: {name}' for name in TINY),
                                                                          f'{FULL}: {FULL}']), done)
        self.assertEqual(done.returncode, 0)
        told = self.told(*TINY, FULL, '--', 'hostname')
        self.assertEqual([(one['name'], one['stdout'], one['ok']) for one in told],
                         [(name, f'{name}\n', True) for name in (*TINY, FULL)])
        told = self.told(FULL, *TINY, '--', 'false')
        self.assertEqual([one['exit'] for one in told], [1] * 5)

    def test_wrong_agents_are_one_error_each_and_hold_up_nobody(self):
        # As rows: what is wrong, what is said.
        wrong = {'mute': 'not responding', 'noise': '', 'liar': 'makes no sense', 'refuser': 'may not run commands'}
        for name, kind in zip(TINY, wrong):
            house.agent_kind(name, kind)
        for name, kind in zip(TINY, wrong):
            with self.subTest(kind=kind):
                self.assertLess(self.fails(name, '--timeout', '6', '--', 'hostname', says=wrong[kind]), 10)
        began = time.monotonic()
        told = self.told(*TINY, 'nobody', FULL, '--timeout', '6', '--', 'hostname')
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual([one['ok'] for one in told], [False] * 5 + [True])
        self.assertTrue(all(one['error'] for one in told[:5]))
        with house.Console(TINY[0]) as console:
            console.run('kill $(ps | grep "[r]un/agent" | sed "s/^ *//; s/ .*//")')
        house.wait_until('the agent is gone', lambda: not house.has_agent(TINY[0]))
        self.assertLess(self.fails(TINY[0], '--', 'hostname', says='not connected', hint='qemu-guest-agent'), 5)
        house.innkeep('poweroff', TINY[0])
        self.fails(TINY[0], '--', 'hostname', says='shut off')


if __name__ == '__main__':
    unittest.main(verbosity=2)
