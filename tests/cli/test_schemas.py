# SPDX-License-Identifier: GPL-2.0-or-later
"""Each command's JSON is as its schema says, and names of every kind come through it unchanged."""
import os
import signal
import subprocess
import time
import uuid

import jsonschema

import innkeep
import schemas
import test_names

HOSTILE = test_names.NAMES + ['\u0085', '\u009b2J', '\u202e\u2066', '"; DROP', '\\', 'null', '[]', '{}', "$(id)`id`", '0', 'true',
                              '\U000e0001tag', '\ufeffbom', 'a' * 5000 + '\u202e']


class Schemas(innkeep.Case):
    def checked(self, name, *words, status=0, **more):
        result = self.run_it(*words, '--json', **more)
        self.assertEqual(result.status, status, f'{words}: {result.out}{result.err}')
        return schemas.check(name, result.err if name == 'error' else result.out)

    def test_are_schemas_and_leave_no_key_open(self):
        for name in schemas.names():
            jsonschema.Draft202012Validator.check_schema(schemas.schema(name))
            self.assertTrue(schemas.closed(schemas.schema(name)), name)

    def test_of_what_looks(self):
        for name, *words in (['list', 'list'], ['show', 'show', 'web'], ['show', 'show', 'scratch'], ['host', 'host'],
                             ['template-list', 'template', 'list'], ['template-show', 'template', 'show', 'tiny'],
                             ['template-verify', 'template', 'verify', 'tiny'], ['snapshot-list', 'snapshot', 'list', 'web'],
                             ['job-list', 'job', 'list'], ['doctor', 'doctor']):
            self.checked(name, '--demo', *words)

    def test_of_what_changes(self):
        self.checked('create', '--demo', 'create', 'new', '-t', 'tiny')
        self.checked('create', '--demo', 'create', 'web', '-t', 'tiny', '--if-missing')
        self.checked('create', '--demo', 'clone', 'scratch', '--count', '2')
        self.checked('results', '--demo', 'start', 'scratch', 'web')
        self.checked('results', '--demo', 'wait', 'web', '--for', 'running')
        self.checked('results', '--demo', 'pause', 'mail', 'nobody', status=3)
        for words in (['delete', 'scratch'], ['create', 'x', '-t', 'tiny'], ['clone', 'scratch'], ['start', 'scratch', 'web']):
            self.checked('plan', '--demo', *words, '-n')

    def test_of_streams(self):
        for line in self.fine('--demo', 'top', '--json', '--count', '2', '--interval', '500ms').out.splitlines():
            schemas.check('top', line)

    def test_of_errors(self):
        for status, words in ((1, ['--demo', 'address', 'web']), (2, ['--demo', 'nonsense']), (3, ['--demo', 'show', 'nobody']),
                              (4, ['--demo', '-r', 'start', 'scratch']), (5, ['-c', 'nonsense:///', 'list']),
                              (6, ['--demo', 'pause', 'scratch']),
                              (7, ['--demo', 'wait', 'scratch', '--for', 'running', '--timeout', '1'])):
            self.assertEqual(self.checked('error', *words, status=status)['error']['exit'], status)

    def test_numbers_are_as_short_as_they_can_be(self):
        for line in self.fine('--demo', 'list', '--json').out.splitlines():
            self.assertLess(len(line.rpartition(' : ')[2].rstrip(',')) if '_percent' in line else 0, 8, line)

    def test_hostile_names_come_through_unchanged_and_harmless(self):
        names = list(dict.fromkeys(HOSTILE))
        node = 'test://' + self.write('node.xml', '<node>' + ''.join(
            f"<domain type='test'><name>{test_names.written(name)}</name><uuid>{uuid.uuid4()}</uuid>"
            f"<title>{test_names.written(name)}</title><memory>65536</memory><os><type>hvm</type></os></domain>" for name in names) + '</node>')
        result = self.fine('-c', node, 'list', '--json')
        self.assertTrue(test_names.inert(result.out), 'JSON on a terminal')
        self.assertEqual({guest['name'] for guest in schemas.check('list', result.out)}, set(names))
        for name in names:
            told = self.run_it('-c', node, 'pause', '--json', '--', name)
            self.assertEqual(schemas.check('results', told.out)[0]['name'], name)

    def test_top_and_events_end_quietly_with_130_when_they_are_interrupted(self):
        for name, words in (('top', ['top', '--interval', '500ms']), ('events', ['events', '--follow'])):
            with subprocess.Popen([innkeep.PROGRAM, '--demo', *words, '--json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=self.environment, text=True) as running:
                if name == 'top':
                    schemas.check('top', running.stdout.readline())
                else:
                    # There is nothing to see of a follower to whom nothing is told: it has caught the signal.
                    self.caught(running.pid, signal.SIGINT)
                running.send_signal(signal.SIGINT)
                self.assertEqual(running.communicate(timeout=30)[1], '')
                self.assertEqual(running.returncode, 130, name)

    def caught(self, pid, number):
        """Waits until the process has a handler for the signal."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with open(f'/proc/{pid}/status', encoding='ascii') as file:
                mask = next(line for line in file if line.startswith('SigCgt'))
            if int(mask.split()[1], 16) >> (number - 1) & 1:
                return
            os.sched_yield()
        self.fail('the signal is not caught')


if __name__ == '__main__':
    innkeep.main()
