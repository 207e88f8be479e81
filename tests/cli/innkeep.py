# SPDX-License-Identifier: GPL-2.0-or-later
"""The real program, run from outside: what the tests of the command line share."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ['INNKEEP']
LIMIT_S = 60


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.raw = done.stdout
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def json(self):
        return json.loads(self.out)

    def error(self):
        """The one error object on stderr."""
        return json.loads(self.err)['error']


class Case(unittest.TestCase):
    """Each test has a home of its own, so that nobody's settings count."""
    longMessage = True

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix='innkeep-cli-')
        self.addCleanup(shutil.rmtree, self.home)
        kept = {name: value for name, value in os.environ.items()
                if name in ('PATH', 'LD_LIBRARY_PATH') or name.endswith('SAN_OPTIONS') or name.startswith('G_')}
        self.environment = dict(kept, HOME=self.home, XDG_CONFIG_HOME=self.home + '/config', LANG='C.UTF-8',
                                XDG_STATE_HOME=self.home + '/state', INNKEEP_STATEDIR=self.home + '/state',
                                XDG_RUNTIME_DIR=self.home + '/run')

    def run_it(self, *words, stdout=subprocess.PIPE, **environment):
        done = subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                              env=dict(self.environment, **environment), timeout=LIMIT_S, check=False)
        if done.stdout is None:
            done.stdout = b''
        return Result(done)

    def demo(self, *words, **more):
        return self.run_it('--demo', *words, **more)

    def fine(self, *words, **more):
        result = self.run_it(*words, **more)
        self.assertEqual(result.status, 0, result.err)
        return result

    def fails(self, status, *words, **more):
        """The command ends with that status, says why in one line, and prints no result."""
        result = self.run_it(*words, **more)
        self.assertEqual(result.status, status, f'{words}: {result.out}{result.err}')
        if '--json' in words[:words.index('--') if '--' in words else None]:
            self.assertEqual(result.error()['exit'], status)
        else:
            self.assertRegex(result.err, r'^innkeep: ')
        return result

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path


main = unittest.main
