#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The seed that a new guest gets for cloud-init, looked at from outside: what is in it, who may read it, that it goes
with its guest, that a copy has its own, and what is refused before anything is made. No guest is started."""
import email
import email.policy
import json
import os
import pathlib
import re
import stat
import tempfile
import unittest

import house

IMAGES = '/var/lib/libvirt/images'
TEMPLATE = '[template]\nname = seeded\n[guest]\nmemory = 64M\n[cloud-init]\npackages = nginx\nuser-data = more.yaml\n'
PLAIN = '[template]\nname = plain\n[guest]\nmemory = 64M\n'
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3p ada@host'
OWN = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0V0yTjvLz8aX5m8kAVu1y0yZ6b9xOqQ9Yw3v1m2n3q'


def read_seed(name, of_copy=False):
    """meta-data, and the user data's parts by their file names ('innkeep' alone where there is but one)."""
    with tempfile.TemporaryDirectory() as folder:
        house.run('xorriso', '-osirrox', 'on', '-indev', f'{IMAGES}/{name}-seed.iso', '-extract', '/', f'{folder}/seed')
        files = pathlib.Path(folder, 'seed')
        house.run('chmod', '-R', 'u+rwX', str(files))
        meta = json.loads((files / 'meta-data').read_text())
        data = (files / 'user-data').read_bytes()
        assert sorted(os.listdir(files)) == (['meta-data', 'user-data'] + ['vendor-data'] * of_copy)
    if data.startswith(b'#cloud-config\n'):
        return meta, {'innkeep': data.decode()}
    parts = email.message_from_bytes(data, policy=email.policy.default).iter_parts()
    return meta, {part.get_filename(): (part.get_content_type(), part['Merge-Type'], part.get_content())
                  for part in parts}


def read_seed_file(name, file):
    """One file of the seed; None where it has none of that name."""
    with tempfile.TemporaryDirectory() as folder:
        house.run('xorriso', '-osirrox', 'on', '-indev', f'{IMAGES}/{name}-seed.iso', '-extract', f'/{file}',
                  f'{folder}/{file}')
        path = pathlib.Path(folder, file)
        return path.read_text() if path.exists() else None


def config_of(text):
    return json.loads(text.split('\n', 1)[1])


class Seed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(os.environ['INNKEEP_STATEDIR'], 'home')
        cls.settings = cls.home / '.config' / 'innkeep'
        (cls.settings / 'templates').mkdir(parents=True)
        (cls.home / '.ssh').mkdir()
        (cls.home / 'key.pub').write_text(KEY + '\n')
        (cls.settings / 'templates' / 'seeded.ini').write_text(TEMPLATE)
        (cls.settings / 'templates' / 'plain.ini').write_text(PLAIN)
        (cls.settings / 'templates' / 'more.yaml').write_text('#cloud-config\nruncmd: [[touch, "/ä"]]\n')
        os.environ['XDG_CONFIG_HOME'] = str(cls.home / '.config')
        for name in ('seeded', 'plain'):
            house.virsh('vol-create-as', 'default', f'{name}.qcow2', '16M', '--format', 'qcow2')

    def setUp(self):
        (self.settings / 'innkeep.ini').write_text('')
        self.addCleanup(self.nothing_stays)

    def nothing_stays(self):
        for name in house.virsh('list', '--all', '--name').split('\n'):
            if name:
                house.innkeep('delete', name, '--yes', '--force')
        self.assertEqual(sorted(os.listdir(IMAGES)), ['plain.qcow2', 'seeded.qcow2'])
        for folder in ('seed', 'journal'):
            path = f'{os.environ["INNKEEP_STATEDIR"]}/{folder}'
            self.assertEqual(os.listdir(path) if os.path.isdir(path) else [], [])

    def create(self, *arguments, name='web', template='seeded', check=True):
        return house.innkeep('create', name, '-t', template, '--no-start', '--json', *arguments, check=check)

    def made(self, *arguments, **options):
        return json.loads(self.create('--ssh-key', f'{self.home}/key.pub', *arguments, **options).stdout)

    def refused(self, *arguments, status=2, secret=None, **options):
        done = self.create(*arguments, check=False, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if secret is not None:
            self.assertNotIn(secret, done.stdout + done.stderr)
        self.assertEqual(sorted(os.listdir(IMAGES)), ['plain.qcow2', 'seeded.qcow2'])
        return json.loads(done.stderr)['error']

    def test_it_is_a_read_only_disk_of_the_guest_and_private_whatever_the_umask(self):
        for mask in (0, 0o077):
            old = os.umask(mask)
            try:
                self.made(name=f'web-{mask}')
            finally:
                os.umask(old)
            self.assertEqual(stat.S_IMODE(os.stat(f'{IMAGES}/web-{mask}-seed.iso').st_mode), 0o600)
        disk = house.innkeep_json('show', 'web-0')['disks'][1]
        self.assertEqual((disk['target'], disk['bus'], disk['made_by_innkeep']), ('vdb', 'virtio', True))
        self.assertIn('<readonly/>', house.virsh('dumpxml', 'web-0'))
        label = house.run('blkid', '-o', 'value', '-s', 'LABEL', f'{IMAGES}/web-0-seed.iso').stdout.strip()
        self.assertEqual(label, 'cidata')

    def test_a_seed_of_that_name_that_is_there_stays_and_the_guest_is_refused(self):
        path = f'{IMAGES}/web-seed.iso'
        with open(path, 'w', encoding='ascii') as file:
            file.write('mine')
        self.addCleanup(os.unlink, path)
        house.virsh('pool-refresh', 'default')
        done = self.create('--ssh-key', f'{self.home}/key.pub', check=False)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("volume 'web-seed.iso' exists already", json.loads(done.stderr)['error']['message'])
        with open(path, encoding='ascii') as file:
            self.assertEqual(file.read(), 'mine')
        self.assertEqual(sorted(os.listdir(IMAGES)), ['plain.qcow2', 'seeded.qcow2', 'web-seed.iso'])
        self.assertEqual(house.guests(), {})

    def test_a_guest_runs_with_it_and_nobody_else_may_read_it_then(self):
        house.innkeep('create', 'web', '-t', 'seeded', '--ssh-key', f'{self.home}/key.pub')
        self.assertEqual(house.virsh('domstate', 'web').strip(), 'running')
        seed, disk = (os.stat(f'{IMAGES}/{name}') for name in ('web-seed.iso', 'web.qcow2'))
        self.assertEqual((stat.S_IMODE(seed.st_mode), seed.st_uid), (0o600, disk.st_uid))
        house.innkeep('clone', 'web', 'copy', '--full')
        self.assertEqual(read_seed('copy', of_copy=True)[1], read_seed('web')[1])

    def test_its_parts_are_what_was_asked_and_a_mail_reader_reads_them_back(self):
        (self.home / 'run.sh').write_text('#!/bin/sh\necho "$(id)" \'\n')
        self.made('--user-data', str(self.home / 'run.sh'))
        meta, parts = read_seed('web')
        self.assertEqual(meta['local-hostname'], 'web')
        self.assertEqual(list(parts), ['template', 'innkeep', 'caller'])
        for kind, merge, _ in parts.values():
            self.assertEqual(merge, 'list(append)+dict(recurse_array)+str()')
            self.assertIn(kind, ('text/cloud-config', 'text/x-shellscript'))
        self.assertEqual(parts['template'][2], '#cloud-config\nruncmd: [[touch, "/ä"]]\n')
        self.assertIn(b'echo "$(id)" \'\n', parts['caller'][2].encode())
        config = config_of(parts['innkeep'][2])
        self.assertEqual(config['packages'], ['qemu-guest-agent', 'nginx'])
        self.assertEqual(config['users'][0]['ssh_authorized_keys'], [KEY])

    def test_settings_are_heard(self):
        (self.settings / 'innkeep.ini').write_text(
            f'[create]\nuser = ada\nssh-keys = {self.home}/key.pub\nconsole-password = none\ntimezone = none\nagent = no\n')
        one, = json.loads(self.create().stdout)
        self.assertEqual((one['console_user'], one['console_password']), (None, None))
        config = config_of(read_seed('web')[1]['innkeep'][2])
        user = config['users'][0]
        self.assertEqual((user['name'], user['lock_passwd'], user['ssh_authorized_keys']), ('ada', True, [KEY]))
        self.assertNotIn('hashed_passwd', user)
        self.assertIn('<innkeep:user>ada</innkeep:user>', house.virsh('dumpxml', 'web'))
        self.assertNotIn('timezone', config)
        self.assertEqual(config['packages'], ['nginx'])

    def test_through_sudo_it_is_the_person_and_not_root(self):
        done = house.innkeep('create', 'web', '-t', 'seeded', '--no-start', env={'SUDO_USER': 'daemon'})
        self.assertIn('no SSH key of yours was found', done.stderr)
        self.assertEqual(config_of(read_seed('web')[1]['innkeep'][2])['users'][0]['name'], 'daemon')

    def test_the_password_is_told_once_and_its_hash_is_in_the_seed_alone(self):
        done = house.innkeep('create', 'web', '-t', 'seeded', '--no-start', '--ssh-key', f'{self.home}/key.pub', '--quiet')
        self.assertEqual(done.stdout, 'web\n')
        self.assertRegex(done.stderr, r'log in as admin with the password [a-z2-9]{4}(-[a-z2-9]{4}){3} ')
        user = config_of(read_seed('web')[1]['innkeep'][2])['users'][0]
        self.assertTrue(user['hashed_passwd'].startswith('$6$'))
        self.assertNotIn(user['hashed_passwd'], house.virsh('dumpxml', 'web'))

    def test_a_name_that_can_be_no_host_name_is_changed_and_said(self):
        done = house.innkeep('create', 'Büro 1', '-t', 'seeded', '--no-start', '--ssh-key', f'{self.home}/key.pub')
        self.assertIn("the host name of 'Büro 1' is 'buro-1'", done.stderr)
        self.assertEqual(read_seed('Büro 1')[0]['local-hostname'], 'buro-1')

    def test_a_copy_has_a_seed_of_its_own_with_the_same_user_data(self):
        self.made()
        for kind in ('full', 'linked'):
            done = house.innkeep('clone', 'web', f'copy-{kind}', f'--{kind}')
            self.assertIn('renews host name, machine-id, SSH host keys', done.stderr)
            meta, parts = read_seed(f'copy-{kind}', of_copy=True)
            self.assertEqual(meta['dsmode'], 'local')
            self.assertIn('/etc/machine-id', read_seed_file(f'copy-{kind}', 'vendor-data'))
            source, same = read_seed('web')
            self.assertEqual(parts, same)
            self.assertNotEqual(meta['instance-id'], source['instance-id'])
            self.assertEqual(meta['local-hostname'], f'copy-{kind}')
            self.assertEqual(stat.S_IMODE(os.stat(f'{IMAGES}/copy-{kind}-seed.iso').st_mode), 0o600)
            self.assertNotIn('/web-seed.iso', house.virsh('dumpxml', f'copy-{kind}'))

    def test_a_copy_of_a_guest_whose_seed_was_taken_out_renews_the_machine_and_keeps_its_users(self):
        self.made()
        house.virsh('detach-disk', 'web', 'vdb', '--config')
        house.virsh('vol-delete', 'web-seed.iso', '--pool', 'default')
        house.innkeep('clone', 'web', 'copy', '--full')
        meta, parts = read_seed('copy', of_copy=True)
        self.assertEqual(meta['local-hostname'], 'copy')
        self.assertEqual(config_of(parts['innkeep'])['users'], [])
        self.assertIn('/copy-seed.iso', house.virsh('dumpxml', 'copy'))

    def test_a_copy_with_user_data_to_be_fetched_waits_for_the_network(self):
        (self.home / 'more').write_text('#include\nhttps://192.0.2.1/more\n')
        self.made('--user-data', str(self.home / 'more'))
        house.innkeep('clone', 'web', 'copy')
        self.assertNotIn('dsmode', read_seed('copy', of_copy=True)[0])

    def test_hostile_names_keys_and_user_data_are_refused_before_anything_is_made(self):
        def file(name, text):
            (self.home / name).write_bytes(text)
            return str(self.home / name)
        self.refused(name='x\nruncmd: [[id]]')
        self.refused(name='../x')
        private = file('id', b'-----BEGIN OPENSSH PRIVATE KEY-----\nverysecret\n')
        self.assertIn('private', self.refused('--ssh-key', private, secret='verysecret')['message'])
        for name, text in (('no', b'nothing\n'), ('forced', b'command="x" ' + KEY.encode()), ('bytes', b'\xff\xfe')):
            self.refused('--ssh-key', file(name, text), secret='AAAA')
        self.refused('--ssh-key', '/nowhere/key')
        self.refused('--ssh-key', '/dev/zero')
        for name, text in (('yaml', b'packages: [x]\n'), ('latin', b'#!\xff\n'), ('zero', b'#!/bin/sh\n\0'),
                           ('large', b'#!' + b'x' * (1 << 20))):
            self.refused('--user-data', file(name, text))
        self.refused('--user-data', str(self.home))
        self.assertIn('not set up by cloud-init', self.refused('--ssh-key', private, template='plain')['message'])
        for line in ('user = x y', 'user = -x', 'timezone = ../../etc/shadow', 'ssh-keys = /nowhere'):
            (self.settings / 'innkeep.ini').write_text(f'[create]\n{line}\n')
            self.refused()

    def test_a_template_of_the_pool_chooses_no_file_of_this_machine(self):
        text = '[template]\nname = remote\n[cloud-init]\nuser-data = /etc/init.d/ssh\n[image]\nvolume = plain.qcow2\n'
        (self.home / 'remote').write_text(text)
        house.virsh('vol-create-as', 'default', 'remote.template', str(len(text)), '--format', 'raw')
        self.addCleanup(house.virsh, 'vol-delete', 'remote.template', '--pool', 'default')
        house.virsh('vol-upload', 'remote.template', str(self.home / 'remote'), '--pool', 'default')
        done = self.create(template='remote', check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('is in the pool alone', done.stderr)

    def test_a_fixed_address_is_the_card_s_and_no_copy_takes_it(self):
        self.create('--address', '192.168.122.77/24', '--gateway', '192.168.122.1', '--dns', '192.168.122.1')
        mac = re.search(r"mac address='([0-9a-f:]+)'", house.virsh('dumpxml', 'web')).group(1)
        config = json.loads(read_seed_file('web', 'network-config'))
        self.assertEqual(config['ethernets']['eth0'], {
            'match': {'macaddress': mac}, 'set-name': 'eth0', 'addresses': ['192.168.122.77/24'],
            'routes': [{'to': '0.0.0.0/0', 'via': '192.168.122.1'}], 'nameservers': {'addresses': ['192.168.122.1']}})
        house.innkeep('clone', 'web', 'copy')
        self.assertIsNone(read_seed_file('copy', 'network-config'))

    def test_an_address_that_cannot_be_is_refused(self):
        self.assertIn('prefix', self.refused('--address', '192.168.122.77')['message'])
        self.assertIn('plain', self.refused('--address', '192.168.122.77/24', template='plain')['message'])
        self.assertIn('--count', self.refused('--address', '192.168.122.77/24', '--count', '2')['message'])
        self.assertIn('--address', self.refused('--gateway', '192.168.122.1')['message'])
        self.assertIn('family', self.refused('--address', '192.168.122.77/24', '--gateway', 'fe80::1')['message'])

    def test_the_plan_names_the_seed_and_makes_none(self):
        plan = json.loads(self.create('--dry-run').stdout)
        self.assertIn('web-seed.iso', [step['object'] for step in plan['steps']])


if __name__ == '__main__':
    unittest.main(verbosity=2)
