# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest's screen on the command line, as far as libvirt's test driver shows one: a grey picture in PNG, 1120 by 832.
Real guests' are in tests/guests/test_screen.py."""
import os
import pty
import re
import select
import subprocess

import innkeep
import schemas

PNG = b'\x89PNG\r\n\x1a\n'


class Screen(innkeep.Case):
    def test_json_says_what_it_is(self):
        seen = schemas.check('screen', self.demo('screen', 'web', '--json').out)
        self.assertEqual((seen['width'], seen['height'], seen['kind'], seen['text']), (1120, 832, 'graphics', None))

    def test_output_saves_all_of_it_and_replaces_a_file_in_one_step(self):
        path = self.home + '/screen.png'
        for _ in range(2):
            result = self.demo('screen', 'web', '--output', path)
            self.assertEqual((result.status, result.out, result.err), (0, '', ''))
            with open(path, 'rb') as file:
                head = file.read(24)
            self.assertEqual((head[:8], head[16:24]), (PNG, (1120).to_bytes(4, 'big') + (832).to_bytes(4, 'big')))
            with open(path, 'wb') as file:
                file.write(b'old')
        self.assertEqual([name for name in os.listdir(self.home) if name.startswith('screen')], ['screen.png'])

    def test_output_to_a_pipe_is_the_picture(self):
        done = subprocess.run([innkeep.PROGRAM, '--demo', 'screen', 'web', '--output', '-'], env=self.environment,
                              capture_output=True, timeout=innkeep.LIMIT_S, check=True)
        self.assertEqual(done.stdout[:8], PNG)

    def test_a_pipe_gets_no_colours_and_a_plain_place_ascii(self):
        self.assertNotIn('\033', self.demo('screen', 'web').out)
        plain = self.demo('screen', 'web', LANG='C', LC_ALL='C').out
        self.assertTrue(plain.isascii(), plain)
        lines = plain.splitlines()
        self.assertTrue(5 < len(lines) <= 24 and max(map(len, lines)) <= 80, plain)

    def on_terminal(self, **more):
        master, slave = pty.openpty()
        with subprocess.Popen([innkeep.PROGRAM, '--demo', 'screen', 'web'], stdin=slave, stdout=slave, stderr=slave,
                              env={**self.environment, **more}) as running:
            os.close(slave)
            said = b''
            while select.select([master], [], [], innkeep.LIMIT_S)[0]:
                try:
                    piece = os.read(master, 65536)
                except OSError:
                    break
                said += piece
            self.assertEqual(running.wait(innkeep.LIMIT_S), 0)
        os.close(master)
        return said.decode()

    def test_a_terminal_gets_the_colours_it_has(self):
        self.assertRegex(self.on_terminal(TERM='xterm-256color'), r'\033\[38;5;|\033\[48;5;')
        self.assertRegex(self.on_terminal(TERM='xterm-256color', COLORTERM='truecolor'), r'\033\[[34]8;2;')
        for more in ({'TERM': 'vt100'}, {'TERM': 'xterm', 'NO_COLOR': '1'}):
            self.assertNotRegex(self.on_terminal(**more), r'\033\[[0-9;]*[34][0-9]')

    def test_what_is_drawn_is_nothing_but_colours_and_blocks(self):
        """Whatever the terminal: SGR sequences and lines, and sixels or kitty's pictures where it knows them."""
        for more in ({'TERM': 'xterm-256color'}, {'TERM': 'vt100'}, {'TERM': 'linux'}, {'TERM': 'tmux-256color'}):
            said = self.on_terminal(**more)
            left = re.sub(r'\033\[[0-9;]*m|\033\[\?25[lh]|\033\(B|\017', '', said)
            self.assertNotRegex(left, r'[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]', more)

    def test_keys_are_counted_and_named(self):
        self.assertEqual(self.demo('screen', 'web', '--keys', r'ls\n<Ctrl-Alt-Del>').out, 'web: 4 keys typed\n')
        self.assertEqual(schemas.check('results', self.demo('screen', 'web', '--keys', 'x', '--json').out)[0]['name'], 'web')
        error = self.demo('screen', 'web', '--keys', '<Entre>').err
        self.assertIn("did you mean '<Enter>'?", error)
        self.assertIn('no key', self.demo('screen', 'web', '--keys', 'é').err)

    def test_looking_is_refused_where_the_connection_is_read_only(self):
        result = self.demo('--read-only', 'screen', 'web')
        self.assertEqual(result.status, 4)
        self.assertIn('read-only', result.err)


if __name__ == '__main__':
    innkeep.main()
