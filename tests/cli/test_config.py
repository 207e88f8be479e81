# SPDX-License-Identifier: GPL-2.0-or-later
"""innkeep config: what holds and why, what is wrong and where, and an editor that cannot break anything."""
import os
import pty
import subprocess

import innkeep
import schemas


class Config(innkeep.Case):
    def own(self, text):
        os.makedirs(self.home + '/config/innkeep', exist_ok=True)
        return self.write('config/innkeep/innkeep.ini', text)

    def read(self, path):
        with open(path, encoding='utf-8') as file:
            return file.read()

    def test_show_tells_each_value_and_where_it_comes_from(self):
        path = self.own('[ui]\n; mine\ninterval = 5s\n[keys]\nstart = F5\n')
        told = {(one['section'], one['key']): one for one in schemas.check('config-show', self.fine('config', 'show', '--json').out)}
        self.assertEqual(told['ui', 'interval'], {'section': 'ui', 'key': 'interval', 'value': '5s', 'origin': path + ':3'})
        self.assertEqual(told['keys', 'start']['origin'], path + ':5')
        self.assertEqual((told['ui', 'theme']['value'], told['ui', 'theme']['origin']), ('default', 'default'))
        self.assertIsNone(told['host', 'uri']['value'])
        self.assertIn(f'ui\tinterval\t5s\t{path}:3', self.fine('config', 'show', '--no-headers').out.splitlines())
        self.assertRegex(self.fine('config', 'show').out, r'^SECTION +KEY +VALUE +FROM\n')

    def test_path_tells_which_file_is_read(self):
        path = self.own('')
        first, *others = schemas.check('config-path', self.fine('config', 'path', '--json').out)
        self.assertEqual(first, {'path': path, 'there': True, 'read': True})
        self.assertFalse(any(one['read'] for one in others))
        self.assertIn('read     ' + path, self.fine('config', 'path').out.splitlines())
        os.unlink(path)
        self.assertIn('missing  ' + path, self.fine('config', 'path').out.splitlines())

    def test_check_names_every_fault_with_file_line_and_suggestion(self):
        self.assertTrue(all(one['ok'] for one in schemas.check('config-check', self.fine('config', 'check', '--json').out)))
        path = self.own('[ui]\n\nthem = mono\n')
        for folder, name, text in (('templates', 'mine.ini', '[template]\nname = mine\nmemry = 1G\n'),
                                   ('themes', 'odd.ini', '[looks]\nheader = gren\n')):
            os.makedirs(f'{self.home}/config/innkeep/{folder}')
            self.write(f'config/innkeep/{folder}/{name}', text)
        result = self.run_it('config', 'check', '--json')
        self.assertEqual(result.status, 8)
        wrong = {os.path.basename(one['path']): one for one in schemas.check('config-check', result.out) if not one['ok']}
        self.assertEqual(set(wrong), {'innkeep.ini', 'mine.ini', 'odd.ini'})
        self.assertIn(path + ':3: [ui] them', wrong['innkeep.ini']['error'])
        self.assertIn("'theme'", wrong['innkeep.ini']['hint'])
        self.assertIn('mine.ini:', wrong['mine.ini']['error'])
        self.assertIn('odd.ini:2:', wrong['odd.ini']['error'])
        self.assertIn("'green'", wrong['odd.ini']['hint'])
        words = self.run_it('config', 'check')
        self.assertEqual(words.status, 8)
        self.assertIn("hint: did you mean 'theme'?", words.out)

    def test_check_finds_what_only_the_console_would(self):
        for text, wanted in (('[ui]\ntheme = nowhere\n', 'nowhere'), ('[ui]\ncolumns = name, nonsense\n', 'nonsense'),
                             ('[keys]\nstart = nokey\n', 'nokey')):
            path = self.own(text)
            result = self.run_it('config', 'check')
            self.assertEqual(result.status, 8, text)
            self.assertIn(wanted, result.out)
            self.assertIn(path, result.out)

    def edit(self, editor, *words, status=0):
        result = self.run_it('config', 'edit', *words, VISUAL='', EDITOR=editor)
        self.assertEqual(result.status, status, result.err)
        return result

    def test_edit_makes_the_person_s_own_file_of_the_annotated_one(self):
        path = self.home + '/config/innkeep/innkeep.ini'
        self.edit("sed -i 's/^;interval = .*/interval = 7s/'")
        self.assertIn('interval = 7s', self.read(path))
        self.assertIn('; time between two refreshes', self.read(path))
        self.assertIn('not changed', self.edit('true').out)
        self.assertEqual(os.listdir(self.home + '/config/innkeep'), ['innkeep.ini'])

    def test_edit_keeps_the_file_and_what_was_written_where_that_is_wrong(self):
        path = self.own('[ui]\nmouse = no\n')
        os.chmod(path, 0o640)
        result = self.edit("sed -i 's/mouse/mose/'", status=8)
        self.assertIn(path + ':2: [ui] mose', result.err)
        self.assertEqual(self.read(path), '[ui]\nmouse = no\n')
        kept, = (name for name in os.listdir(self.home + '/config/innkeep') if name != 'innkeep.ini')
        self.assertIn(kept, result.err)
        self.assertIn('mose', self.read(f'{self.home}/config/innkeep/{kept}'))
        self.edit("sed -i 's/no/yes/'")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)

    def test_edit_takes_words_and_no_shell_from_the_editor_s_name(self):
        self.edit('sed -i "s/^;mouse = .*/mouse = no/"; touch ran', status=1)
        self.assertFalse(os.path.exists('ran'))
        self.assertIn('failed', self.edit('/nonexistent', status=1).err)
        self.assertFalse(os.path.exists(self.home + '/config/innkeep/innkeep.ini'))
        self.assertIn('edit', self.fine('config', 'edit', '-n').out)

    def test_edit_offers_the_faulty_text_again(self):
        path = self.own('[ui]\nmouse = no\n')
        script = self.write('editor', '#!/bin/sh\nif grep -q mose "$1"; then sed -i s/mose/ascii/ "$1"; else sed -i s/mouse/mose/ "$1"; fi\n')
        os.chmod(script, 0o755)
        master, slave = pty.openpty()
        os.write(master, b'y\n')
        done = subprocess.run([innkeep.PROGRAM, 'config', 'edit'], stdin=slave, stderr=slave, stdout=subprocess.PIPE, timeout=60,
                              env=dict(self.environment, EDITOR=script), check=False)
        os.close(slave)
        os.close(master)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.read(path), '[ui]\nascii = no\n')

    def test_help_and_completion_come_though_the_settings_are_wrong(self):
        self.own('nonsense')
        self.fine('help', 'list')
        self.fine('completion', 'bash')
        self.fails(2, '--demo', 'list')


if __name__ == '__main__':
    innkeep.main()
