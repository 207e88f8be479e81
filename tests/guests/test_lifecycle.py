#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Power, console, waiting and provisioning of real guests through the command line: each command, being there already,
wrong states, and what is left behind."""
import json
import os
import signal
import subprocess
import unittest

import house


class Lifecycle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        house.create('web', arguments=['--wait', 'address'])

    def setUp(self):
        house.innkeep('resume', 'web', check=False)
        house.innkeep('start', 'web')

    def state(self, name='web'):
        return house.virsh('domstate', name).strip()

    def expect(self, status, *arguments):
        done = house.innkeep(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_a_guest_shuts_down_when_asked_and_twice_is_no_error(self):
        house.innkeep('wait', 'web', '--for', 'address')
        house.innkeep('shutdown', 'web', '--timeout', '60')
        self.assertEqual(self.state(), 'shut off')
        self.assertIn('already', self.expect(0, 'shutdown', 'web').stdout)
        self.assertIn('already', self.expect(0, 'poweroff', 'web').stdout)

    def test_a_guest_that_does_not_listen_is_a_timeout_and_force_powers_it_off(self):
        house.innkeep('pause', 'web')
        self.expect(6, 'shutdown', 'web')
        house.innkeep('resume', 'web')
        with house.Console('web') as console:
            os.write(console.fd, b'hang\n')
            house.wait_until('the guest is deaf', console.is_deaf, 30)
            done = self.expect(7, 'shutdown', 'web', '--timeout', '2')
            self.assertIn('hint', done.stderr)
            house.innkeep('shutdown', 'web', '--timeout', '2', '--force')
        self.assertEqual(self.state(), 'shut off')

    def test_pause_resume_save_start(self):
        house.innkeep('pause', 'web')
        self.assertEqual(self.state(), 'paused')
        self.expect(0, 'pause', 'web')
        house.innkeep('resume', 'web')
        self.assertEqual(self.state(), 'running')
        house.innkeep('save', 'web')
        self.assertEqual(house.guests()['web']['state'], 'saved')
        house.innkeep('start', 'web')
        self.assertEqual(self.state(), 'running')

    def test_wrong_states_are_conflicts_and_change_nothing(self):
        house.innkeep('poweroff', 'web')
        for command in ('reboot', 'reset', 'pause', 'save', 'console'):
            self.expect(6, command, 'web')
        self.assertEqual(self.state(), 'shut off')

    def test_reset_and_reboot_keep_the_guest_running(self):
        number = house.guests()['web']['id']
        house.innkeep('reset', 'web')
        house.innkeep('wait', 'web', '--for', 'address')
        house.innkeep('reboot', 'web')
        self.assertEqual(house.guests()['web']['id'], number)

    def test_several_guests_are_each_told_and_the_first_failure_is_the_exit_status(self):
        done = self.expect(3, 'start', 'web', 'nobody')
        self.assertIn("no guest 'nobody'", done.stderr)
        self.assertIn('already', done.stdout)

    def test_a_port_is_waited_for(self):
        house.innkeep('wait', 'web', '--for', '80/tcp')
        self.expect(7, 'wait', 'web', '--for', '81/tcp', '--timeout', '3')
        for word in ('0/tcp', '65536/tcp', '80/udp', '/tcp', '80'):
            self.expect(2, 'wait', 'web', '--for', word)

    def test_wait_times_out_and_knows_its_words(self):
        self.expect(7, 'wait', 'web', '--for', 'stopped', '--timeout', '1')
        self.assertIn("did you mean 'stopped'", self.expect(2, 'wait', 'web', '--for', 'stoped').stderr)

    def test_create_names_what_is_free_and_refuses_what_is_taken(self):
        self.expect(6, 'create', 'web', '-t', 'tiny')
        made = json.loads(house.innkeep('create', '-t', 'tiny', '--count', '2', '--no-start', '--json').stdout)
        names = [one['name'] for one in made]
        self.assertEqual(len(set(names)), 2)
        self.assertTrue(all(step['seconds'] is not None for one in made for step in one['steps']))
        for name in names:
            house.innkeep('delete', name, '--yes')
            self.assertNotIn(name, house.virsh('list', '--all', '--name'))
            self.assertNotIn(f'{name}.qcow2', house.virsh('vol-list', 'default'))

    def test_bad_values_are_refused_before_anything_is_made(self):
        before = house.virsh('vol-list', 'default')
        for arguments in (['--memory', '-1'], ['--memory', '1e9'], ['--memory', '9999999T'], ['--disk', '1K'],
                          ['--vcpus', '0'], ['--vcpus', '9999'], ['--count', '0'], ['--network', 'nowhere']):
            done = house.innkeep('create', 'bad', '-t', 'tiny', *arguments, check=False)
            self.assertIn(done.returncode, (2, 3), f'{arguments}: {done.stderr}')
        for name in ('-rf', '../x', 'x/y', 'a\nb', 'x' * 300, ''):
            done = house.innkeep('create', '-t', 'tiny', '--', check=False) if name == '-rf' else \
                house.innkeep('create', name, '-t', 'tiny', check=False)
            if name == '-rf':
                for one in done.stdout.split():
                    house.innkeep('delete', one, '--yes', '--force')
                continue
            self.assertEqual(done.returncode, 2, f'{name!r}: {done.stderr}')
        self.assertEqual(house.virsh('vol-list', 'default'), before)

    def test_a_template_with_guests_stays_and_their_overlays_stand_on_it(self):
        info = house.run('qemu-img', 'info', '-U', '--output=json', '/var/lib/libvirt/images/web.qcow2').stdout
        self.assertEqual(json.loads(info)['backing-filename'], '/var/lib/libvirt/images/tiny.qcow2')
        self.assertEqual(json.loads(info)['format-specific']['data']['compat'], '1.1')
        self.assertIn('web', house.innkeep_json('template', 'show', 'tiny')['dependants'])
        self.assertEqual(os.stat('/var/lib/libvirt/images/tiny.qcow2').st_mode & 0o222, 0)

    def test_a_clone_is_a_machine_of_its_own(self):
        house.innkeep('poweroff', 'web')
        name = house.innkeep('clone', 'web', 'twin', '--linked').stdout.strip()
        self.assertEqual(name, 'twin')
        one, other = house.innkeep_json('show', 'web'), house.innkeep_json('show', 'twin')
        self.assertNotEqual(one['uuid'], other['uuid'])
        self.assertNotEqual(one['nics'][0]['mac'], other['nics'][0]['mac'])
        self.assertTrue(other['managed'])
        self.assertEqual(other['state'], 'shut-off')
        house.innkeep('start', 'web', 'twin')
        house.innkeep('wait', 'twin', '--for', 'address')
        house.innkeep('wait', 'web', '--for', 'address')
        self.assertNotEqual(house.guests()['web']['addresses'], house.guests()['twin']['addresses'])
        house.innkeep('delete', 'twin', '--yes', '--force')

    def test_tiny_is_built_anew_and_guests_keep_theirs(self):
        kernel = ('--kernel-package', os.environ['INNKEEP_TEST_KERNEL'])
        house.innkeep('create', 'old', '-t', 'tiny', '--no-start')
        self.assertIn('--replace', house.innkeep('template', 'build', 'tiny', *kernel, check=False).stderr)
        self.expect(6, 'template', 'build', 'tiny', *kernel)
        house.innkeep('template', 'build', 'tiny', '--replace', *kernel)
        newer = house.innkeep_json('template', 'show', 'tiny')['volume']
        self.assertNotEqual(newer, 'tiny.qcow2')
        house.innkeep('create', 'fresh', '-t', 'tiny', '--wait', 'address')
        house.innkeep('start', 'old')
        house.innkeep('wait', 'old', '--for', 'address')
        self.assertIn('/tiny.vmlinuz<', house.virsh('dumpxml', 'old'))
        self.assertIn(newer.replace('qcow2', 'vmlinuz'), house.virsh('dumpxml', 'fresh'))
        house.innkeep('template', 'verify', 'tiny')
        house.innkeep('template', 'delete', '--unused', '--yes')  # another guest stands on the first
        self.assertIn('tiny.vmlinuz', house.virsh('vol-list', 'default'))
        house.innkeep('delete', 'old', 'fresh', '--yes', '--force')

    def test_what_an_interrupt_finds_begun_is_undone(self):
        before = house.virsh('vol-list', 'default'), house.virsh('list', '--all', '--name')
        process = subprocess.Popen([house.INNKEEP, 'create', '-t', 'tiny', '--count', '20'],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        house.wait_until('a guest is begun', lambda: house.virsh('vol-list', 'default') != before[0])
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual((house.virsh('vol-list', 'default'), house.virsh('list', '--all', '--name')), before)

    def test_read_only_refuses_and_the_list_is_the_same(self):
        self.expect(4, '--read-only', 'poweroff', 'web')
        self.assertEqual(self.state(), 'running')
        plain = house.innkeep('list', '--no-headers').stdout.split('\t')[0]
        self.assertEqual(house.innkeep('-r', 'list', '--no-headers').stdout.split('\t')[0], plain)

    def test_dry_runs_change_nothing(self):
        before = house.virsh('list', '--all'), house.virsh('vol-list', 'default')
        for command in (['poweroff', 'web'], ['delete', 'web', '--force'], ['create', '-t', 'tiny'], ['clone', 'tiny']):
            plan = json.loads(house.innkeep(*command, '--dry-run', '--json').stdout)
            self.assertGreater(len(plan['steps']), 0)
        self.assertEqual((house.virsh('list', '--all'), house.virsh('vol-list', 'default')), before)

    def test_the_console_carries_a_shell_and_gives_the_line_back(self):
        house.innkeep('wait', 'web', '--for', 'address')
        with house.Console('web') as console:
            self.assertIn('Linux', console.run('uname -s'))
            second = house.innkeep('console', 'web', check=False)
            self.assertEqual(second.returncode, 6)
            self.assertIn('in use', second.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
