# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command has a row here, and every option of it: what it does and with what exit status. A command or an option
without a row fails the test that lists them."""
import os
import pty
import re
import select
import subprocess

import innkeep
import schemas

NOWHERE = 'qemu+unix:///system?socket=/nonexistent'
CREATE = 'create new -t tiny -n'
BLANK = 'create new --pxe --memory 64M --disk 1G -n'

# Command: (words, exit status). {file} is a file that is there. All in the demo's house.
ROWS = {
    'list': [('list', 0), ('ls', 0), ('list --no-headers', 0), ('list state=nonsense', 2)],
    'show': [('show web', 0), ('info web', 0), ('show nobody', 3), ('show', 2)],
    'top': [('top --count 1 --interval 1', 0), ('top --count 0', 2), ('top --count 1 --interval 0', 2), ('top --count 1 --interval 61s', 2)],
    'console': [('console scratch', 6), ('console scratch --force', 6), ('console scratch --log', 6),
                ('console scratch --log --force', 2),
                ('console scratch --device serial0', 6), ('console scratch --log --device serial0', 2), ('console nobody', 3), ('console', 2)],
    'screen': [('screen web', 0), ('screen scratch', 6), ('screen nobody', 3), ('screen web --output {file}', 0), ('screen web --keys root<Enter>', 0),
               ('screen web --keys <Entre>', 2), ('screen web --keys x -n', 0), ('screen web --keys x --output {file}', 2),
               ('screen web --output /nonexistent/x.png', 1), ('screen', 2)],
    'create': [(CREATE, 0), ('create', 2), ('create web -t tiny', 6), ('create web -t tiny --if-missing', 0), ('create x -t nothing', 3),
               *((f'{CREATE} {more}', 0) for more in (
                   '--vcpus 2', '--memory 256M', '--disk 2G', '--network default', '--tag a --tag b', '--no-start')),
               ('create -t tiny --count 2 -n', 0), ('create new -t tiny --no-start --wait stopped --timeout 5', 0),
               (f'{CREATE} --network nowhere', 3), (f'{CREATE} --wait nonsense', 2), (f'{CREATE} --firmware nonsense', 2),
               (f'{BLANK} --os nonsense', 3), (f'{CREATE} --ssh-key /nonexistent', 2), (f'{CREATE} --user-data /nonexistent', 2),
               (f'{CREATE} --address 10.0.0.2/24', 2), (f'{CREATE} --gateway 10.0.0.1', 2), (f'{CREATE} --dns 10.0.0.1', 2),
               (f'{CREATE} --cmdline x', 2), (f'{CREATE} --initrd x', 2), (f'{CREATE} --iso x', 2), (f'{CREATE} --import x', 2),
               (f'{CREATE} --pxe', 2), (f'{CREATE} --kernel x', 2), (f'{CREATE} --tpm --count 0', 2)],
    'clone': [('clone scratch', 0), ('clone scratch copy', 0), ('clone scratch --full -n', 0), ('clone tiny --linked -n', 0),
              ('clone scratch --count 2', 0), ('clone scratch --start', 0), ('clone scratch --no-start', 0), ('clone nobody', 3),
              ('clone scratch --snapshot none', 3), ('clone scratch --linked --full', 2), ('clone', 2)],
    'start': [('start scratch', 0), ('start web', 0), ('start nobody', 3), ('start', 2)],
    'shutdown': [('shutdown scratch', 0), ('shutdown scratch --timeout 5', 0), ('stop scratch --force', 0), ('shutdown', 2)],
    'reboot': [('reboot web', 0), ('reboot scratch', 6), ('reboot', 2)],
    'reset': [('reset scratch', 6), ('reset', 2)],
    'poweroff': [('poweroff web', 0), ('poweroff scratch', 0), ('poweroff', 2)],
    'pause': [('pause web', 0), ('suspend web', 0), ('pause dns-2', 0), ('pause scratch', 6), ('pause', 2)],
    'resume': [('resume dns-2', 0), ('resume web', 0), ('resume scratch', 6), ('resume', 2)],
    'save': [('save web', 0), ('save games', 0), ('save scratch', 6), ('save', 2)],
    'delete': [('delete scratch -y', 0), ('rm scratch -y', 0), ('delete scratch', 4), ('delete web -y', 6), ('delete web -y --force', 0),
               ('delete scratch -n --keep-storage', 0), ('delete scratch -n --storage vdz', 3), ('delete', 2)],
    'snapshot create': [('snapshot create scratch one -n', 6), ('snapshot create nobody', 3), ('snapshot create scratch --external', 6),
                        ('snapshot create', 2)],
    'snapshot list': [('snapshot list scratch', 0), ('snapshot list scratch --no-headers', 0), ('snapshot list', 2)],
    'snapshot revert': [('snapshot revert scratch none -y', 3), ('snapshot revert scratch none --force', 4), ('snapshot revert scratch', 2)],
    'snapshot delete': [('snapshot delete scratch none -y', 3), ('snapshot delete scratch', 2)],
    'ssh': [('ssh scratch', 6), ('ssh web --user nobody', 6), ('ssh', 2)],
    'exec': [('exec scratch -- true', 125), ('exec web --timeout 5 -- true', 125), ('exec web --stdin -- true', 125), ('exec nobody -- true', 125),
             ('exec web -n -- true', 125), ('exec web', 125), ('exec', 125), ('exec web true', 125), ('exec --nonsense web -- true', 125),
             ('exec web --timeout soon -- true', 125)],
    'freeze': [('freeze web', 6), ('freeze scratch', 6), ('freeze nobody', 3), ('freeze web --timeout 5', 6), ('freeze', 2)],
    'thaw': [('thaw web', 6), ('thaw scratch', 6), ('thaw', 2)],
    'set': [('set scratch ssh-key={file} user=ada', 2), ('set web nonsense=1', 2), ('set web password=secret', 2), ('set web ssh-key', 2),
            ('set web user=ada', 2), ('set web', 2), ('set', 2), ('set nobody password=- user=ada', 3)],
    'address': [('address web', 1), ('address scratch', 6), ('address', 2)],
    'wait': [('wait web --for running', 0), ('wait scratch --for stopped', 0), ('wait web --for stopped --timeout 1', 7),
             ('wait web --for address --timeout 1', 7), ('wait web --for agent --timeout 1', 7),
             ('wait web --for cloud-init --timeout 1', 1), ('wait web --for 22/tcp --timeout 1', 7), ('wait web --for 99999/tcp', 2),
             ('wait web --for nonsense', 2), ('wait web', 2), ('wait --for running', 2)],
    'template list': [('template list', 0), ('template list --no-headers', 0), ('template list x', 2)],
    'template show': [('template show tiny', 0), ('template show nothing', 3), ('template show', 2)],
    'template build': [('template build nothing', 2), ('template build tiny --kernel-package /nonexistent', 1),
                       ('template build tiny --replace --kernel-package /nonexistent', 1), ('template build', 2)],
    'template fetch': [('template fetch nothing', 3), ('template fetch debian-12', 1), ('template fetch', 2)],
    'template import': [('template import {file} x --description y', 1), ('template import x --guest nobody --storage vda', 3),
                        ('template import {file} x --replace', 1), ('template import {file} x --storage vda', 2), ('template import x', 2)],
    'template publish': [('template publish scratch x --description y', 6), ('template publish nobody x', 3), ('template publish x', 2)],
    'template verify': [('template verify', 0), ('template verify tiny', 0), ('template verify nothing', 3)],
    'template delete': [('template delete tiny', 4), ('template delete nothing -y', 3), ('template delete --unused -y', 0), ('template delete', 2)],
    'job list': [('job list', 0), ('job list --no-headers', 0), ('job list x', 2)],
    'job wait': [('job wait 00000000', 3), ('job wait', 2)],
    'job cancel': [('job cancel 00000000', 3), ('job cancel', 2)],
    'host': [('host', 0), ('host x', 2)],
    'events': [('events', 0), ('events x', 2), ('events --follow x', 2), ('events --since 7d', 0),
               ('events --since 2026-11-25T08:00:00Z', 0), ('events --since tomorrow', 2), ('events --follow --since 1h', 2)],
    'config show': [('config show', 0), ('config show --no-headers', 0), ('config show x', 2)],
    'config path': [('config path', 0), ('config path x', 2)],
    'config edit': [('config edit -n', 0), ('config edit x', 2)],
    'config check': [('config check', 0), ('config check --config /nonexistent', 8), ('config check x', 2)],
    'doctor': [('doctor', 0), ('doctor x', 2)],
    'setup': [('setup -n', 0), ('setup pool -n', 0), ('setup', 4), ('setup --yes', 4), ('setup nosuch -n', 2)],
    'completion': [('completion bash', 0), ('completion zsh', 0), ('completion fish', 0), ('completion tcsh', 2), ('completion', 2)],
    'help': [('help', 0), ('help list', 0), ('help snapshot list', 0), ('help nonsense', 2)],
}
# Each global option, and what it does.
GLOBALS = [('--connect test:///default list', 0), ('--config /nonexistent list', 3), ('--color never list', 0), ('--color blue list', 2),
           ('--read-only start scratch', 4), ('--demo list', 0), ('--json list', 0), ('--dry-run start scratch', 0), ('--yes delete scratch', 0),
           ('--quiet start scratch', 0), ('--verbose start scratch', 0), ('--help', 0), ('--version', 0)]


class Contract(innkeep.Case):
    def setUp(self):
        super().setUp()
        self.file = self.write('image', 'x' * 65536)

    def run_row(self, words, status):
        words = [word.replace('{file}', self.file) for word in words.split()]
        house = [] if '--connect' in words else ['--demo']
        result = self.run_it(*house, *words)
        self.assertEqual(result.status, status, f'{words}: {result.out}{result.err}')
        if status == 0:
            self.assertNotIn('innkeep: ', result.err, words)
        elif status != 8:
            self.assertRegex(result.err, r'^innkeep: .+\n(  hint: .+\n)?$', words)
            at = words.index('--') if '--' in words else len(words)
            told = self.run_it(*house, *words[:at], '--json', *words[at:])
            self.assertEqual(told.status, status, words)
            if told.err:
                error = schemas.check('error', told.err)['error']
                self.assertEqual(error['exit'], status, words)

    def test_every_row(self):
        for command, rows in ROWS.items():
            for words, status in rows:
                with self.subTest(command=command, words=words):
                    self.run_row(words, status)

    def test_every_global_option(self):
        for words, status in GLOBALS:
            with self.subTest(words=words):
                self.run_row(words, status)

    def test_every_command_and_every_option_has_a_row(self):
        told = self.fine('--help').out.split('Commands:\n')[1]
        commands, _, options = told.partition('\nOptions:\n')
        names = re.findall(r'^  ([a-z]+(?: [a-z]+(?=\s))?)', commands, re.M)
        names = [name if name in ROWS or name.split()[0] not in ROWS else name.split()[0] for name in names]
        self.assertEqual(sorted(names), sorted(ROWS))
        for name in names:
            rows = ' '.join(words for words, _ in ROWS[name]).replace(' -t ', ' --template ') + ' '
            for option in re.findall(r'^  (--[a-z-]+)', self.fine('help', *name.split()).out, re.M):
                with self.subTest(command=name, option=option):
                    self.assertRegex(rows, option + '[ =]')
            self.assertIn('innkeep ' + name, self.fine(*name.split(), '--help').out)
        for option in re.findall(r'^  (?:-., |    )(--[a-z-]+)', options, re.M):
            self.assertTrue([words for words, _ in GLOBALS if option in words.split()], option)

    def test_every_exit_status_of_a_command_comes_up(self):
        seen = {status for rows in ROWS.values() for _, status in rows}
        self.assertEqual(seen, {0, 1, 2, 3, 4, 6, 7, 8, 125})
        self.fails(5, '-c', NOWHERE, 'list')
        self.assertEqual(self.fails(5, '-c', NOWHERE, 'list', '--json').error()['code'], 'no-connection')


class Terminal(innkeep.Case):
    """What is different where a person sits."""

    def on_terminal(self, *words, **more):
        master, slave = pty.openpty()
        with subprocess.Popen([innkeep.PROGRAM, *([] if '-c' in words else ['--demo']), *words], stdin=slave, stdout=slave, stderr=slave,
                              env={**self.environment, 'TERM': 'xterm', **more}) as running:
            os.close(slave)
            said = b''
            while select.select([master], [], [], innkeep.LIMIT_S)[0]:
                try:
                    piece = os.read(master, 65536)
                except OSError:
                    break
                said += piece
            running.wait(innkeep.LIMIT_S)
        os.close(master)
        return said.decode()

    def test_states_are_coloured_there_and_only_there(self):
        self.assertRegex(self.on_terminal('list'), '\033\\[32mrunning')
        for more in ({'NO_COLOR': '1'}, {'TERM': 'dumb'}):
            self.assertNotIn('\033', self.on_terminal('list', **more))
        self.assertNotIn('\033', self.on_terminal('list', '--color', 'never'))
        self.assertRegex(self.demo('list', '--color', 'always', NO_COLOR='1').out, '\033\\[32mrunning')
        self.assertRegex(self.on_terminal('doctor'), '\033\\[32mok')
        self.assertRegex(self.demo('template', 'verify', '--color', 'always').out, '\033\\[')
        self.assertNotIn('\033', self.demo('list', '--no-headers', '--color', 'always').out)

    def test_tables_fit_and_stay_aligned_with_wide_characters(self):
        node = self.write('node.xml', '<node>' + ''.join(
            f"<domain type='test'><name>{name}</name><memory>65536</memory><os><type>hvm</type></os></domain>"
            for name in ('漢字' * 20, 'x' * 60, 'short')) + '</node>')
        self.assertIn('x' * 60, self.fine('-c', 'test://' + node, 'list').out, 'nothing is cut for a pipe')
        lines = self.on_terminal('-c', 'test://' + node, 'list', COLUMNS='60').splitlines()
        plain = [re.sub('\033\\[[0-9]*m', '', line) for line in lines]
        self.assertEqual(len(plain), 4)
        wide = [sum(2 if '\u2e80' < one else 1 for one in line.partition('running')[0].replace('…', '.')) for line in plain[1:]]
        self.assertEqual(len(set(wide)), 1, plain)
        self.assertTrue(all(len(line) <= 60 for line in plain))

    def test_a_narrow_one_leaves_names_that_tell_guests_apart(self):
        names = self.demo('list', '--no-headers').out.splitlines()
        shown = [line.partition('  ')[0] for line in self.on_terminal('list', COLUMNS='60').splitlines()[1:]]
        self.assertEqual(len(set(shown)), len(names), shown)

    def test_one_without_utf_8_gets_ascii(self):
        text = self.on_terminal('list', COLUMNS='40', LANG='C', LC_ALL='C')
        self.assertTrue(text.isascii(), text)
        self.assertIn('~', text)

    def test_progress_is_shown_only_there(self):
        self.assertEqual(self.demo('clone', 'scratch').err, '')


if __name__ == '__main__':
    innkeep.main()
