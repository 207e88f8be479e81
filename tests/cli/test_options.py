# SPDX-License-Identifier: GPL-2.0-or-later
"""Options, commands, exit codes, errors."""
import os
import subprocess

import innkeep

NOWHERE = 'qemu+unix:///system?socket=/nonexistent'


class Options(innkeep.Case):
    def test_stand_before_and_after_the_command(self):
        before = self.fine('--demo', '--no-headers', 'list', 'name=web')
        after = self.fine('list', 'name=web', '--no-headers', '--demo')
        self.assertEqual(before.out, after.out)
        self.assertTrue(before.out.startswith('web\t'))

    def test_take_their_value_in_every_usual_form(self):
        for words in (['-c', 'test:///default'], ['-c=test:///default'], ['-ctest:///default'],
                      ['--connect', 'test:///default'], ['--connect=test:///default']):
            self.assertIn('test', self.fine('list', *words).out, words)

    def test_short_flags_stand_together(self):
        self.assertEqual(self.fine('--demo', 'start', '-qnr', 'scratch').err, '')

    def test_the_uri_comes_from_the_environment_and_then_from_the_settings(self):
        self.fine('list', LIBVIRT_DEFAULT_URI='test:///default')
        settings = self.write('innkeep.ini', '[host]\nuri = test:///default\n')
        self.fine('list', '--config', settings)
        self.fails(5, 'list', '--config', settings, LIBVIRT_DEFAULT_URI=NOWHERE)
        self.fails(5, 'list', '--config', settings, '-c', NOWHERE, LIBVIRT_DEFAULT_URI='test:///default')

    def test_an_unknown_one_is_refused_with_its_neighbour(self):
        result = self.fails(2, 'list', '--jsno')
        self.assertIn("did you mean '--json'?", result.err)
        self.fails(2, 'list', '-Z')

    def test_one_of_another_command_is_refused(self):
        self.assertIn('--vcpus', self.fails(2, '--demo', 'start', '--vcpus', '2', 'scratch').err)
        self.assertIn('--count', self.fails(2, '--count', '2').err)

    def test_a_missing_value_is_refused(self):
        for words in (['list', '-c'], ['list', '--connect'], ['create', '-t'], ['create', '--memory']):
            self.assertIn('needs a value', self.fails(2, *words).err)

    def test_a_flag_with_a_value_is_refused(self):
        self.fails(2, 'list', '--json=yes')

    def test_bad_values_are_refused_and_named(self):
        for option, value in (('--memory', '-1'), ('--memory', '9999999T'), ('--memory', '1e9'), ('--memory', ''),
                              ('--vcpus', '0'), ('--vcpus', '-1'), ('--vcpus', 'two'), ('--count', '99999999'),
                              ('--timeout', '-5'), ('--timeout', 'soon')):
            result = self.fails(2, '--demo', 'create', '-t', 'tiny', option, value)
            self.assertIn(option, result.err)
        self.assertIn('auto, always, never', self.fails(2, 'list', '--color', 'blue').err)

    def test_no_colour_and_colour_leave_plain_text_without_escapes(self):
        for words, more in (([], {'NO_COLOR': '1'}), (['--color', 'never'], {}), (['--color=always'], {})):
            self.assertNotIn('\033', self.fine('--demo', 'list', *words, **more).out)

    def test_help_and_version_need_no_connection(self):
        self.assertRegex(self.fine('--version').out, r'^innkeep \d+\.\d+\.\d+\n$')
        self.assertEqual(self.fine('-V').out, self.fine('--version').out)
        self.assertIn('template build', self.fine('--help').out)
        self.assertIn('--keep-storage', self.fine('delete', '--help', '-c', NOWHERE).out)
        self.assertEqual(self.fine('help', 'delete').out, self.fine('delete', '-h').out)


class Commands(innkeep.Case):
    def test_an_unknown_one_is_refused_with_its_neighbour(self):
        self.assertIn("did you mean 'list'?", self.fails(2, 'lsit').err)
        self.assertIn("did you mean 'template list'?", self.fails(2, 'template', 'lst').err)
        self.assertIn("did you mean 'list'?", self.fails(2, 'help', 'lsit').err)
        self.assertIn('--help', self.fails(2, 'qqqqqqqq').err)

    def test_words_of_virsh_are_answered_with_what_is_meant(self):
        self.assertIn('poweroff', self.fails(2, '--demo', 'destroy', 'web').err)
        self.assertIn('delete', self.fails(2, '--demo', 'undefine', 'web').err)

    def test_aliases_do_the_same(self):
        for alias, name in (('ls', 'list'), ('info', 'show'), ('stop', 'shutdown'), ('suspend', 'pause'),
                            ('rm', 'delete')):
            self.assertEqual(self.fine(alias, '--help').out, self.fine(name, '--help').out)

    def test_a_missing_operand_is_a_usage_error_with_the_synopsis(self):
        for words in (['start'], ['shutdown'], ['delete'], ['show'], ['address'], ['console'], ['ssh'], ['clone'],
                      ['wait', '--for', 'address'], ['wait', 'web'], ['create'], ['template', 'show'],
                      ['template', 'build'], ['template', 'fetch'], ['template', 'import', 'x'],
                      ['template', 'delete'], ['completion']):
            self.assertIn('hint: innkeep ', self.fails(2, '--demo', *words).err, words)

    def test_too_many_operands_are_a_usage_error(self):
        for words in (['show', 'web', 'mail'], ['create', 'a', 'b', '-t', 'tiny'], ['clone', 'a', 'b', 'c'],
                      ['host', 'x'], ['doctor', 'x'], ['template', 'list', 'x'], ['top', 'x', '--count', '1']):
            self.fails(2, '--demo', *words)

    def test_what_stands_behind_two_dashes_is_no_option(self):
        self.assertIn("'-rf'", self.fails(3, '--demo', 'start', '--', '-rf').err)
        self.assertIn("'--json'", self.fails(3, '--demo', 'show', '--', '--json').err)

    def test_the_console_needs_a_terminal_and_names_the_command_instead(self):
        self.assertIn('innkeep list', self.fails(2, '--demo').err)

    def test_completion_names_every_command(self):
        for shell in ('bash', 'zsh', 'fish'):
            text = self.fine('completion', shell).out
            for word in ('poweroff', 'template', 'keep-storage', 'read-only'):
                self.assertIn(word, text)


class Errors(innkeep.Case):
    def test_what_is_to_be_copied_is_neither_a_guest_nor_a_template(self):
        self.assertIn("no guest or template 'nosuch'", self.fails(3, '--demo', 'clone', 'nosuch', 'x').err)
        for wrong, right in (('wik-db', 'wiki-db'), ('tinny', 'tiny')):
            err = self.fails(3, '--demo', 'clone', wrong).err
            self.assertIn(f"no guest or template '{wrong}'", err)
            self.assertIn(f"did you mean '{right}'?", err)

    def test_no_such_guest(self):
        self.assertIn("no guest 'nobody'", self.fails(3, '--demo', 'show', 'nobody').err)
        self.fails(3, '--demo', 'template', 'show', 'nobody')

    def test_no_connection_says_what_to_do(self):
        self.assertIn('hint: ', self.fails(5, '-c', NOWHERE, 'list').err)
        self.fails(5, '-c', NOWHERE, 'start', 'web')

    def test_a_wrong_state_is_a_conflict(self):
        self.assertIn('shut off', self.fails(6, '--demo', 'pause', 'scratch').err)
        self.fails(6, '--demo', 'console', 'scratch')

    def test_being_there_already_is_success_and_said(self):
        self.assertIn('already', self.fine('--demo', 'start', 'web').out)
        self.assertIn('already', self.fine('--demo', 'poweroff', 'scratch').out)

    def test_waiting_too_long_times_out(self):
        self.fails(7, '--demo', 'wait', 'scratch', '--for', 'running', '--timeout', '1')

    def test_with_json_an_error_is_one_object_on_stderr(self):
        codes = {'not-found': (3, ['--demo', 'show', 'nobody']), 'usage': (2, ['--demo', 'start']),
                 'refused': (4, ['--demo', '-r', 'start', 'scratch']), 'no-connection': (5, ['-c', NOWHERE, 'list']),
                 'conflict': (6, ['--demo', 'pause', 'scratch']),
                 'timeout': (7, ['--demo', 'wait', 'scratch', '--for', 'running', '--timeout', '1'])}
        for code, (status, words) in codes.items():
            result = self.fails(status, *words, '--json')
            self.assertEqual(result.error()['code'], code)
            self.assertTrue(result.error()['message'])
            self.assertEqual(result.out, '', words)

    def test_a_usage_error_is_json_wherever_json_is_asked_for(self):
        for words in (['--nonsense', 'list', '--json'], ['list', '--json', '--nonsense'], ['lsit', '--json']):
            self.assertEqual(self.fails(2, *words).error()['code'], 'usage')

    def test_a_broken_settings_file_is_named_with_line_section_and_key(self):
        path = self.write('broken.ini', '[ui]\n\nthem = mono\n')
        result = self.fails(2, '--demo', 'list', '--config', path)
        self.assertRegex(result.err, r'broken\.ini:3: \[ui\] them')
        self.assertIn("did you mean 'theme'?", result.err)
        self.fails(3, '--demo', 'list', '--config', path + '.missing')

    def test_a_reader_that_left_makes_no_noise(self):
        for words in (['list'], ['list', '--json'], ['top', '--count', '2', '--interval', '1']):
            reading, writing = os.pipe()
            os.close(reading)
            result = self.demo(*words, stdout=writing)
            os.close(writing)
            self.assertEqual((result.status, result.err), (0, ''), words)

    def test_a_result_that_cannot_be_written_is_a_failure(self):
        with open('/dev/full', 'wb') as full:
            result = self.demo('list', stdout=full)
        self.assertEqual(result.status, 1)
        self.assertIn('cannot write', result.err)


class Refusals(innkeep.Case):
    def test_read_only_comes_before_everything_else(self):
        for words in (['start', 'nobody'], ['delete', '-y', 'nobody'], ['create', '-t', 'tiny'],
                      ['clone', 'scratch'], ['template', 'build', 'tiny'], ['template', 'fetch', 'debian-12'],
                      ['template', 'import', 'x', 'x'], ['template', 'delete', '-y', 'tiny']):
            self.assertIn('read-only', self.fails(4, '-r', '-c', NOWHERE, *words).err, words)
        settings = self.write('innkeep.ini', '[host]\nread-only = yes\n')
        self.fails(4, '--demo', '--config', settings, 'start', 'scratch')

    def test_the_sample_house_takes_no_images(self):
        image = self.write('image', 'x' * 65536)
        for words in (['fetch', 'debian-12'], ['import', image, 'mine']):
            self.assertIn('keeps no images', self.fails(1, '--demo', 'template', *words).err)

    def test_read_only_lets_look_and_plan(self):
        self.fine('--demo', '-r', 'list')
        self.fine('--demo', '-r', '-n', 'delete', 'scratch')

    def test_delete_without_yes_and_terminal(self):
        result = self.fails(4, '--demo', 'delete', 'scratch')
        self.assertIn('--yes', result.err)

    def test_delete_with_yes(self):
        self.fine('--demo', 'delete', '-y', 'scratch')

    def test_a_terminal_is_asked_and_no_means_no(self):
        import pty
        master, slave = pty.openpty()
        os.write(master, b'n\n')
        done = subprocess.run([innkeep.PROGRAM, '--demo', 'delete', 'scratch'], stdin=slave, stderr=slave,
                              stdout=subprocess.PIPE, env=self.environment, timeout=innkeep.LIMIT_S, check=False)
        os.close(slave)
        said = b''
        while True:  # what a terminal holds comes in pieces; its end is an error
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            said += piece
        os.close(master)
        self.assertEqual(done.returncode, 4)
        self.assertIn("'scratch'? [y/N]", said.decode())


if __name__ == '__main__':
    innkeep.main()
