# SPDX-License-Identifier: GPL-2.0-or-later
"""Completion in the shells themselves: a person types, presses Tab, and what is run or shown is looked at."""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import uuid
from xml.sax.saxutils import escape

import innkeep

SHIMS = sys.argv.pop(1)
PROMPT = 'ready> '
DOMAIN = "<domain type='test'><name>{}</name><uuid>{}</uuid><memory>65536</memory><os><type>hvm</type></os></domain>"
SNAPSHOT = """<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><domain type='test'
 xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>kept</name><uuid>{0}</uuid>
<memory>65536</memory><os><type>hvm</type></os>
<test:domainsnapshot><name>before: the change</name><creationTime>1000</creationTime>
<state>shutoff</state><active>0</active><domain type='test'><name>kept</name><uuid>{0}</uuid><memory>65536</memory><os><type>hvm</type></os>
</domain></test:domainsnapshot></domain></node>"""
# What the person types, in any of the shells, and the guest that is meant.
NASTY = [(r'\$', '$(touch ran) x'), (r'\`', '`touch ran`'), ('a', 'a;touch ran'), ('it', "it's"), ('sta', 'star*?[a]'),
         ('two', 'two  words'), ('say', 'say "hi" now'), ('"say', 'say "hi" now'), ("'say", 'say "hi" now'),
         ('col', 'colon:in:name'), ('colon:', 'colon:in:name'), ('eq', 'equals=sign'), ('back', 'back\\slash'),
         ('bang', 'bang!bang'), ('hash', 'hash #1'), ('brace', 'brace{a,b}'), ('und', 'und&<>|'), ('til', 'tilde~'),
         ('uml', 'umläut 漢字'), ('per', 'percent%s')]

START = {
    'bash': (['bash', '--norc', '--noprofile', '-i'], 'source <(innkeep completion bash); bind "set bell-style none"; '
             'bind "set enable-bracketed-paste off"; PS1="rea""dy> "'),
    'zsh': (['zsh', '-f', '-i'], 'fpath=("$SHIMS" $fpath); autoload -Uz compinit; compinit -u -D; unsetopt prompt_cr '
            'prompt_sp beep; PS1="rea""dy> "'),
    'fish': (['fish', '--no-config', '-i'], 'innkeep completion fish | source; function fish_prompt; printf "rea%s" "dy> "; end; '
             'set -g fish_autosuggestion_enabled 0; set -g fish_greeting'),
}


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, name, environment, folder):
        words, first = START[name]
        self.heard = ''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, dict(environment, TERM='xterm', SHIMS=SHIMS))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 50, 200, 0, 0))
        self.type(first + '\n')
        self.wait_for(PROMPT)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self, limit):
        if select.select([self.fd], [], [], limit)[0]:
            try:
                self.heard += os.read(self.fd, 65536).decode('utf-8', 'replace')
            except OSError:
                pass

    def text(self):
        """What came, without escape sequences."""
        return re.sub(r'\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07]*(\x07|\x1b\\)|[()][0-9A-Z]|[=>78])|[\x00-\x08\x0e-\x1f]', '', self.heard)

    def wait_for(self, text, after='', limit=30):
        until = time.monotonic() + limit
        while text not in self.text().rpartition(after)[2] if after else text not in self.text():
            if time.monotonic() > until:
                raise AssertionError(f'{text!r} is not in {self.text()!r}')
            self.read(0.2)
        return self.text()

    def run(self, keys, wanted):
        """The keys and Enter, then what the command prints."""
        self.heard = ''
        self.type(keys + '\n')
        self.wait_for(wanted)
        return self.wait_for(PROMPT, after=wanted)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class Completion(innkeep.Case):
    shell = None

    def setUp(self):
        super().setUp()
        if self.shell is None:
            self.skipTest('the cases of one shell stand below')
        os.mkdir(os.path.join(self.home, 'bin'))
        os.symlink(innkeep.PROGRAM, os.path.join(self.home, 'bin', 'innkeep'))
        self.environment['PATH'] = os.path.join(self.home, 'bin') + ':' + self.environment['PATH']
        self.node = 'test://' + self.write('node.xml', '<node>' + ''.join(
            DOMAIN.format(escape(name), uuid.uuid4()) for name in sorted({name for _, name in NASTY})) + '</node>')
        self.terminal = Shell(self.shell, self.environment, self.home)
        self.addCleanup(self.terminal.close)

    def test_names_of_every_kind_reach_the_program_as_they_are(self):
        for typed, name in NASTY:
            self.terminal.run(f'innkeep -c {self.node} wait --for running {typed}\t', f'{name}: running')
        self.assertFalse(os.path.exists(os.path.join(self.home, 'ran')))

    def test_commands_of_two_words(self):
        self.terminal.run('innkeep --demo temp\tli\t', 'opensuse')

    def test_options_and_their_values(self):
        self.terminal.run('innkeep --demo list --no-h\tstate=pau\t', 'dns-2\t')
        self.assertNotIn('scratch', self.terminal.text())
        self.terminal.run('innkeep --demo wait scratch --for stop\t', 'scratch: stopped')
        self.terminal.run('innkeep --demo wait scratch --for=stop\t', 'scratch: stopped')

    def test_guests_in_the_states_that_the_command_takes(self):
        self.terminal.heard = ''
        self.terminal.type('innkeep --demo shutdown \t\t')
        text = self.terminal.wait_for('wiki-db')
        for name in ('web', 'mail'):
            self.assertIn(name, text)
        for name in ('scratch', 'openbsd', 'games'):
            self.assertNotIn(name, text)

    def test_snapshots_of_the_guest_that_is_named_before(self):
        node = 'test://' + self.write('snapshots.xml', SNAPSHOT.format(uuid.uuid4()))
        self.terminal.run(f'innkeep -c {node} snapshot delete kept be\t-n', 'before: the change')
        self.assertNotIn('no snapshot', self.terminal.text())

    def test_files_where_a_file_is_meant(self):
        self.write('settings of mine.ini', '[nonsense]\n')
        self.terminal.run('innkeep --config sett\tlist', 'settings of mine.ini:1')
        self.terminal.run('innkeep --config=sett\tlist', 'settings of mine.ini:1')

    def test_a_host_that_is_not_there_is_no_word_on_the_terminal(self):
        self.terminal.heard = ''
        self.terminal.type('innkeep -c qemu+unix:///system?socket=/nonexistent show \t\tmarker')
        text = self.terminal.wait_for('marker')
        self.assertNotRegex(text, 'error|innkeep:|failed')


class Bash(Completion):
    shell = 'bash'


class Zsh(Completion):
    shell = 'zsh'


class Fish(Completion):
    shell = 'fish'


class Question(innkeep.Case):
    """What the shells ask."""

    def asked(self, line, shell='fish', **more):
        started = time.monotonic()
        done = subprocess.run([innkeep.PROGRAM, 'complete', shell, line], capture_output=True, text=True, check=True,
                              timeout=60, env=self.environment, stdin=subprocess.DEVNULL, **more)
        self.assertEqual(done.stderr, '', line)
        self.took = time.monotonic() - started
        return [answer.split('\t')[0] for answer in done.stdout.splitlines()]

    def test_a_daemon_that_does_not_answer_is_given_up_in_silence(self):
        path = os.path.join(self.home, 'socket')
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen()
            self.assertEqual(self.asked(f'innkeep -c qemu+unix:///system?socket={path} show '), [])
            self.assertLess(self.took, 20)

    def test_several_guests_and_nothing_of_a_command_in_them(self):
        def offered(line):
            return self.fine('complete', 'bash', line).out.split()
        self.assertIn('web', offered('innkeep --demo exec '))
        self.assertNotIn('web', offered('innkeep --demo exec web '))
        self.assertIn('mail', offered('innkeep --demo exec web '))
        self.assertNotIn('scratch', offered('innkeep --demo exec web '))
        self.assertEqual(offered('innkeep --demo exec web -- '), [])

    def test_no_candidate_twice_and_none_that_stands_there_already(self):
        self.assertEqual(self.asked('innkeep --demo start scratch games '), ['Windows 11 (old)', 'lab:openbsd'])
        self.assertNotIn('--force', self.asked('innkeep shutdown --force --'))
        self.assertIn('--tag', self.asked('innkeep create --tag x --'))

    def test_every_command_and_every_option_is_offered(self):
        told = self.fine('--help').out
        for name in re.findall(r'^  ([a-z]+(?: [a-z]+(?=\s))?)', told.split('Commands:\n')[1].partition('\nOptions:')[0], re.M):
            *group, last = name.split()
            self.assertIn(last, self.asked(' '.join(['innkeep', *group, ''])))
            offered = self.asked(f'innkeep {name} --')
            for option in re.findall(r'^  (--[a-z-]+)', self.fine('help', *name.split()).out, re.M):
                self.assertIn(option, offered, name)

    def test_what_is_unfinished_breaks_nothing(self):
        for line in ('', 'innkeep', "innkeep '", 'innkeep "\\', 'innkeep --', 'innkeep --=', 'innkeep - ', 'innkeep -- ', 'innkeep nonsense ',
                     'innkeep snapshot ', 'innkeep show \\', 'innkeep -c', 'innkeep --tag ', 'innkeep list =', 'innkeep list !='):
            for shell in ('bash', 'zsh', 'fish'):
                self.asked(line, shell)

    def test_nobody_s_state_is_touched(self):
        self.asked('innkeep --demo start ')
        self.assertFalse(os.path.exists(os.path.join(self.home, 'state')))


if __name__ == '__main__':
    innkeep.main()
