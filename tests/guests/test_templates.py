#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Templates fetched from a publisher on loopback, imported, verified, deleted: what is honest arrives, what is not is
refused with one error and leaves nothing, and guests on an image keep it."""
import contextlib
import gzip
import hashlib
import json
import lzma
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import house
from publisher import Publisher, make_image, pattern, qemu_img

IMAGES = '/var/lib/libvirt/images'
STATE = os.environ['INNKEEP_STATEDIR']


def run(*arguments, status=0, **options):
    done = house.innkeep(*arguments, check=False, **options)
    if done.returncode != status:
        raise AssertionError(f'innkeep {" ".join(arguments)}: exit {done.returncode}, not {status}\n'
                             f'{done.stdout}{done.stderr}')
    return done


def seen_by_guest(path, format_='qcow2'):
    """The bytes of a disk."""
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, 'raw')
        qemu_img('convert', '-f', format_, '-O', 'raw', path, raw)
        with open(raw, 'rb') as file:
            return file.read()


class Case(unittest.TestCase):
    """A publisher, a home with templates of its own, and a pool that is empty before and after."""

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        os.environ['XDG_CONFIG_HOME'] = os.path.join(cls.work, 'home')
        cls.definitions = os.path.join(cls.work, 'home/innkeep/templates')
        os.makedirs(cls.definitions)
        cls.publisher = Publisher()
        path = make_image(cls.work, 'qcow2')
        with open(path, 'rb') as file:
            cls.image = file.read()

    @classmethod
    def tearDownClass(cls):
        cls.publisher.close()
        shutil.rmtree(cls.work)

    def setUp(self):
        self.publisher.log.clear()
        self.publisher.cuts.clear()
        self.publisher.go.clear()
        self.publisher.files = {'web.qcow2': self.image}

    def tearDown(self):
        for guest in house.guests():
            house.innkeep('delete', guest, '--yes', '--force')
        for name in os.listdir(IMAGES):
            os.unlink(os.path.join(IMAGES, name))
        for name in self.left():
            os.unlink(os.path.join(STATE, 'download', name))

    def define(self, name='web', **keys):
        lines = [f'name = {name}'] + [f'{key.replace("_", "-")} = {value}' for key, value in keys.items()]
        with open(os.path.join(self.definitions, f'{name}.ini'), 'w', encoding='ascii') as file:
            file.write('[template]\n' + '\n'.join(lines) + '\n[guest]\nmemory = 64M\n')

    def sha(self, name='web.qcow2', kind='sha256'):
        return hashlib.new(kind, self.publisher.files[name]).hexdigest()

    @staticmethod
    def left():
        """What is in the state's download folder."""
        folder = os.path.join(STATE, 'download')
        return os.listdir(folder) if os.path.isdir(folder) else []

    def expect_nothing(self, partial=False):
        self.assertEqual(os.listdir(IMAGES), [])
        self.assertEqual(bool(self.left()), partial)
        for folder in ('journal', 'build'):
            path = os.path.join(STATE, folder)
            self.assertEqual(os.listdir(path) if os.path.isdir(path) else [], [])

    def refused(self, *words, status=1, partial=False):
        """Fetching fails with one error that says these words, and leaves nothing."""
        done = run('template', 'fetch', 'web', status=status)
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.startswith('innkeep: ')]), 1)
        for word in words:
            self.assertIn(word, done.stderr)
        self.expect_nothing(partial)


class Fetch(Case):
    def test_an_image_is_fetched_by_its_own_checksum_and_makes_guests(self):
        self.define(source=self.publisher.url('web.qcow2', 'once'), sha256=self.sha())
        self.assertIn('innkeep template fetch web', run('create', '-t', 'web', status=3).stderr)
        run('template', 'fetch', 'web')
        self.assertEqual(sorted(os.listdir(IMAGES)), ['web.qcow2', 'web.template'])
        with open(f'{IMAGES}/web.qcow2', 'rb') as file:
            self.assertEqual(file.read(), self.image)
        self.assertEqual(self.left(), [])
        run('create', 'one', '-t', 'web', '--no-start')
        info = house.innkeep_json('template', 'show', 'web')
        self.assertTrue(info['ready'])
        self.assertEqual(info['dependants'], ['one'])
        self.assertIsNotNone(info['fetched_at'])
        self.assertEqual(house.innkeep_json('template', 'verify', 'web'), [{'name': 'web', 'ok': True, 'detail': None}])

    def test_what_has_not_changed_is_not_fetched_again_and_what_has_is_a_new_version(self):
        self.publisher.files['SHA512SUMS'] = self.publisher.sums('web.qcow2').encode()
        self.define(source=self.publisher.url('web.qcow2'), checksums=self.publisher.url('SHA512SUMS'))
        run('template', 'fetch', 'web')
        run('create', 'old', '-t', 'web', '--no-start')
        self.publisher.log.clear()
        self.assertIn('nothing newer', run('template', 'fetch', 'web').stdout)
        self.assertEqual(self.publisher.ranges('web.qcow2'), [])
        with open(make_image(self.work, 'qcow2', seed=2), 'rb') as file:
            self.publisher.files['web.qcow2'] = file.read()
        self.publisher.files['SHA512SUMS'] = self.publisher.sums('web.qcow2').encode()
        run('template', 'fetch', 'web')
        versions = [name for name in os.listdir(IMAGES) if name.startswith('web') and name.endswith('.qcow2')]
        self.assertEqual(len(versions), 2)
        with open(f'{IMAGES}/web.qcow2', 'rb') as file:
            self.assertEqual(file.read(), self.image)
        run('create', 'new', '-t', 'web', '--no-start')
        self.assertEqual(seen_by_guest(f'{IMAGES}/new.qcow2'), pattern(8 << 20, 2))
        self.assertEqual(seen_by_guest(f'{IMAGES}/old.qcow2'), pattern(8 << 20, 1))
        # The old version stays while a guest stands on it, and no longer.
        run('template', 'delete', '--unused', '--yes')
        self.assertTrue(os.path.exists(f'{IMAGES}/web.qcow2'))
        self.assertIn('on it depend: new, old', run('template', 'delete', 'web', '--yes', status=6).stderr)
        run('delete', 'old', '--yes')
        self.assertIn('web.qcow2', run('template', 'delete', '--unused', '--dry-run').stdout)
        self.assertTrue(os.path.exists(f'{IMAGES}/web.qcow2'))
        run('template', 'delete', '--unused', '--yes')
        self.assertFalse(os.path.exists(f'{IMAGES}/web.qcow2'))
        self.assertEqual([check['ok'] for check in house.innkeep_json('template', 'verify')], [True])
        run('delete', 'new', '--yes')
        run('template', 'delete', 'web', '--yes')
        self.expect_nothing()

    def test_a_download_that_is_cut_is_continued_at_once(self):
        self.publisher.cuts['web.qcow2'] = 1
        self.define(source=self.publisher.url('web.qcow2'), sha512=self.sha(kind='sha512'))
        run('template', 'fetch', 'web')
        asked = self.publisher.ranges('web.qcow2')
        self.assertEqual(asked[0], None)
        self.assertRegex(asked[1], r'^bytes=[1-9][0-9]*-$')

    def test_a_download_that_stays_cut_is_continued_by_the_next_fetch(self):
        self.publisher.cuts['web.qcow2'] = 100
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        self.refused('cannot fetch', partial=True)
        self.publisher.cuts.clear()
        self.publisher.log.clear()
        run('template', 'fetch', 'web')
        self.assertRegex(self.publisher.ranges('web.qcow2')[0], r'^bytes=[1-9][0-9]*-$')
        self.assertEqual(self.left(), [])

    def test_a_partial_file_that_nobody_continues_is_removed_in_the_end(self):
        os.makedirs(os.path.join(STATE, 'download'), exist_ok=True)
        for name, days in (('old', 31), ('new', 29)):
            path = os.path.join(STATE, 'download', f'{name}.part')
            with open(path, 'w', encoding='ascii'):
                os.utime(path, times=(time.time() - days * 86400,) * 2)
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        run('template', 'fetch', 'web')
        self.assertEqual(self.left(), ['new.part'])

    def test_a_partial_file_of_an_older_image_is_begun_anew(self):
        self.publisher.cuts['web.qcow2'] = 100
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        self.refused('cannot fetch', partial=True)
        self.publisher.cuts.clear()
        with open(make_image(self.work, 'qcow2', seed=3), 'rb') as file:
            self.publisher.files['web.qcow2'] = file.read()
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        run('template', 'fetch', 'web')
        self.assertEqual(seen_by_guest(f'{IMAGES}/web.qcow2'), pattern(8 << 20, 3))

    def test_a_fetch_that_is_interrupted_keeps_what_has_come_and_nothing_else(self):
        self.define(source=self.publisher.url('web.qcow2', 'stall'), sha256=self.sha())
        fetch = subprocess.Popen([house.INNKEEP, 'template', 'fetch', 'web'], stderr=subprocess.PIPE, text=True)

        def some_came():
            parts = [name for name in self.left() if name.endswith('.part')]
            return parts and os.path.getsize(os.path.join(STATE, 'download', parts[0])) > 0

        house.wait_until('some of it has come', some_came)
        done = run('template', 'fetch', 'web', status=6)
        self.assertIn('by another innkeep', done.stderr)
        fetch.send_signal(signal.SIGINT)
        self.assertIn('interrupted', fetch.communicate(timeout=60)[1])
        self.assertEqual(fetch.returncode, 130)
        self.publisher.go.set()
        self.expect_nothing(partial=True)

    def test_a_server_without_ranges_is_asked_for_all_of_it(self):
        self.publisher.cuts['web.qcow2'] = 1
        self.define(source=self.publisher.url('web.qcow2', 'norange'), sha256=self.sha())
        run('template', 'fetch', 'web')

    def test_packed_and_foreign_formats_become_qcow2(self):
        with open(make_image(self.work, 'vmdk', seed=4), 'rb') as file:
            vmdk = file.read()
        raw = pattern(8 << 20, 5)
        for name, data in (('a.vmdk', vmdk), ('b.raw.xz', lzma.compress(raw, preset=0)), ('c.gz', gzip.compress(raw, 1))):
            with self.subTest(name):
                self.publisher.files[name] = data
                self.define(source=self.publisher.url(name), sha256=self.sha(name))
                run('template', 'fetch', 'web')
                self.assertEqual(seen_by_guest(f'{IMAGES}/web.qcow2'), pattern(8 << 20, 4) if name == 'a.vmdk' else raw)
                run('template', 'delete', 'web', '--yes')
                self.expect_nothing()

    def test_a_proxy_of_the_environment_is_used(self):
        self.define(source='http://images.invalid/plain/web.qcow2', sha256=self.sha())
        run('template', 'fetch', 'web', env={'http_proxy': self.publisher.base})
        self.assertEqual(self.publisher.log[0][0], 'http://images.invalid/plain/web.qcow2')

    def test_bsd_lists_and_lists_of_one_are_understood(self):
        self.publisher.files['CHECKSUM'] = f'# web\nSHA256 (web.qcow2) = {self.sha()}\n'.encode()
        self.publisher.files['web.qcow2.sha512'] = self.sha(kind='sha512').encode()
        for name in ('CHECKSUM', 'web.qcow2.sha512'):
            self.define(source=self.publisher.url('web.qcow2'), checksums=self.publisher.url(name))
            run('template', 'fetch', 'web')
            run('template', 'delete', 'web', '--yes')

    def test_a_dry_run_asks_nobody_and_changes_nothing(self):
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        self.assertIn('web.qcow2', run('template', 'fetch', 'web', '--dry-run').stdout)
        self.assertEqual(self.publisher.log, [])
        self.expect_nothing()


class Refused(Case):
    def test_a_wrong_checksum_leaves_nothing(self):
        self.define(source=self.publisher.url('web.qcow2'), sha256='0' * 64)
        self.refused('SHA-256')

    def test_a_source_without_a_checksum_is_refused_before_anything_is_asked(self):
        self.define(source=self.publisher.url('web.qcow2'))
        self.refused('hint: add sha256', status=4)
        self.assertEqual(self.publisher.log, [])

    def test_a_list_without_the_image_or_against_itself(self):
        self.define(source=self.publisher.url('web.qcow2'), checksums=self.publisher.url('SHA256SUMS'))
        self.publisher.files['SHA256SUMS'] = f'{"1" * 64}  other.qcow2\n{"2" * 64}  third.qcow2\n'.encode()
        self.refused("none of 'web.qcow2'")
        self.publisher.files['SHA256SUMS'] = f'{"1" * 64}  web.qcow2\n{"2" * 64} *web.qcow2\n'.encode()
        self.refused('contradicts itself')
        self.publisher.files['SHA256SUMS'] = b'x' * (5 << 20)
        self.refused('more than 4194304 bytes')

    def test_a_redirect_without_end_and_one_away_from_http(self):
        self.define(source=self.publisher.url('web.qcow2', 'loop'), sha256=self.sha())
        self.refused('more than 10 redirects')
        self.define(source=self.publisher.url('web.qcow2', 'away'), sha256=self.sha())
        self.refused('cannot fetch')

    def test_a_server_that_lies_about_the_length(self):
        self.define(source=self.publisher.url('web.qcow2', 'huge'), sha256=self.sha())
        self.refused('the most that is taken is')
        self.define(source=self.publisher.url('web.qcow2', 'short'), sha256=self.sha())
        self.refused('is not the published one')

    def test_what_is_not_there(self):
        self.define(source=self.publisher.url('nothing.qcow2'), sha256='0' * 64)
        self.refused('404')

    def test_a_bomb(self):
        self.publisher.files['bomb.xz'] = lzma.compress(bytes(1200 << 20), preset=0)
        self.define(source=self.publisher.url('bomb.xz'), sha256=self.sha('bomb.xz'))
        self.refused('unpacked it is larger than', status=4)

    def test_an_image_that_names_another_file(self):
        path = os.path.join(self.work, 'hostile.qcow2')
        qemu_img('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/passwd', path, '1M')
        with open(path, 'rb') as file:
            self.publisher.files['hostile.qcow2'] = file.read()
        self.define(source=self.publisher.url('hostile.qcow2'), sha256=self.sha('hostile.qcow2'))
        self.refused('backing file', status=4)

    @contextlib.contextmanager
    def small(self, folder):
        """A file system of 2 MB there."""
        os.makedirs(folder, exist_ok=True)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], check=True)
        try:
            yield
        finally:
            subprocess.run(['umount', folder], check=True)

    def test_a_full_disk_of_this_machine(self):
        with self.small(os.path.join(STATE, 'download')):
            self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
            self.refused('download has room for')
            self.define(source=self.publisher.url('web.qcow2', 'endless'), sha256=self.sha())
            self.refused('No space left')
        with self.small(os.path.join(STATE, 'build')):
            self.publisher.files['web.gz'] = gzip.compress(b'x' * (8 << 20))
            self.define(source=self.publisher.url('web.gz'), sha256=self.sha('web.gz'))
            self.refused('unpacked it is larger than', status=4)
            self.publisher.files['web.raw'] = pattern(8 << 20)
            self.define(source=self.publisher.url('web.raw'), sha256=self.sha('web.raw'))
            self.refused('the conversion needs')

    def test_a_full_pool(self):
        with self.small(IMAGES):
            self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
            self.refused("pool 'default' has room for")
            # One whose size is not told.
            self.define(source=self.publisher.url('web.qcow2', 'endless'), sha256=self.sha())
            self.refused("pool 'default' has room for")
            # One that grows when it is unpacked.
            self.publisher.files['web.gz'] = gzip.compress(b'x' * (8 << 20))
            self.define(source=self.publisher.url('web.gz'), sha256=self.sha('web.gz'))
            self.refused('the image needs')


class Secure(Case):
    """A publisher with a certificate, which this machine trusts as long as the test's own list of authorities lies over
    its own."""

    # Where libcurl and OpenSSL of distributions have them (Debian; Fedora).
    AUTHORITIES = ('/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt')

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        key, certificate = (os.path.join(cls.work, name) for name in ('key.pem', 'certificate.pem'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate,
                        '-days', '2', '-subj', '/CN=publisher', '-addext', 'subjectAltName=IP:127.0.0.1'],
                       check=True, capture_output=True)
        cls.certificate, both = certificate, os.path.join(cls.work, 'both.pem')
        with open(both, 'wb') as out:
            for path in (key, certificate):
                with open(path, 'rb') as file:
                    out.write(file.read())
        cls.secure = Publisher(both)

    @classmethod
    def tearDownClass(cls):
        cls.secure.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        sums = self.publisher.sums('web.qcow2').encode()
        self.secure.log.clear()
        self.secure.files = {'web.qcow2': self.image, 'SHA512SUMS': sums, 'to': self.publisher.url('')[:-1]}
        self.publisher.files['SHA512SUMS'] = sums

    @contextlib.contextmanager
    def trusted(self):
        places = [path for path in self.AUTHORITIES if os.path.exists(path)]
        self.assertTrue(places)
        for place in places:
            subprocess.run(['mount', '--bind', self.certificate, os.path.realpath(place)], check=True)
        try:
            yield
        finally:
            for place in places:
                subprocess.run(['umount', os.path.realpath(place)], check=True)

    def test_a_publisher_whom_nobody_vouches_for_is_refused(self):
        self.define(source=self.secure.url('web.qcow2'), sha256=self.sha())
        self.refused('cannot fetch', 'certificate')

    def test_by_https_an_image_and_its_list_are_fetched(self):
        with self.trusted():
            self.define(source=self.secure.url('web.qcow2'), checksums=self.secure.url('SHA512SUMS'))
            run('template', 'fetch', 'web')
        run('template', 'delete', 'web', '--yes')

    def test_what_says_what_is_right_is_never_taken_by_http_when_https_was_asked_for(self):
        with self.trusted():
            self.define(source=self.secure.url('web.qcow2'), checksums=self.secure.url('SHA512SUMS', 'to'))
            self.refused('cannot fetch', 'SHA512SUMS', 'http')
            self.assertEqual(self.publisher.log, [])
            self.assertEqual(self.secure.ranges('web.qcow2'), [])

    def test_an_image_may_come_by_http_since_its_checksum_did_not(self):
        """Publishers send to mirrors without certificates; a changed image is found all the same."""
        with self.trusted():
            self.define(source=self.secure.url('web.qcow2', 'to'), checksums=self.secure.url('SHA512SUMS'))
            run('template', 'fetch', 'web')
            self.assertEqual(len(self.publisher.ranges('web.qcow2')), 1)
            run('template', 'delete', 'web', '--yes')
            self.publisher.files['web.qcow2'] = self.image[:-1] + b'x'
            self.refused('SHA-512')


class Signed(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = os.path.join(cls.work, 'gnupg')
        os.mkdir(cls.home, 0o700)
        cls.gpg('--quick-generate-key', 'publisher', 'ed25519', 'sign', 'never')
        cls.gpg('--quick-generate-key', 'stranger', 'ed25519', 'sign', 'never')
        cls.gpg('--output', os.path.join(cls.definitions, 'publisher.gpg'), '--export', 'publisher')
        cls.gpg('--armor', '--output', os.path.join(cls.definitions, 'publisher.asc'), '--export', 'publisher')

    @classmethod
    def tearDownClass(cls):
        subprocess.run(['gpgconf', '--homedir', cls.home, '--kill', 'all'], check=False)
        super().tearDownClass()

    @classmethod
    def gpg(cls, *arguments, data=None):
        return subprocess.run(['gpg', '--homedir', cls.home, '--batch', '--pinentry-mode', 'loopback', '--passphrase',
                               '', *arguments], input=data, check=True, capture_output=True).stdout

    def publish(self, keys='publisher.gpg'):
        sums = self.publisher.sums('web.qcow2').encode()
        self.publisher.files['SHA512SUMS'] = sums
        self.define(source=self.publisher.url('web.qcow2'), checksums=self.publisher.url('SHA512SUMS'), signed_by=keys)
        return sums

    def test_a_signature_beside_the_list_by_each_usual_name(self):
        for suffix, keys in (('.sign', 'publisher.gpg'), ('.gpg', 'publisher.asc'), ('.asc', 'publisher.gpg')):
            with self.subTest(suffix):
                sums = self.publish(keys)
                self.publisher.files['SHA512SUMS' + suffix] = self.gpg('-u', 'publisher', '--detach-sign', data=sums)
                run('template', 'fetch', 'web')
                run('template', 'delete', 'web', '--yes')
                del self.publisher.files['SHA512SUMS' + suffix]

    def test_a_list_that_is_clearsigned(self):
        sums = self.publish()
        self.publisher.files['SHA512SUMS'] = self.gpg('-u', 'publisher', '--clearsign', data=sums)
        run('template', 'fetch', 'web')

    def test_what_stands_beside_a_clearsigned_text_does_not_count(self):
        other = self.gpg('-u', 'publisher', '--clearsign', data=f'{"1" * 128}  other\n{"2" * 128}  third\n'.encode())
        sums = self.publish()
        self.publisher.files['SHA512SUMS'] = sums + other
        self.assertIn('innkeep: ', run('template', 'fetch', 'web', status=1).stderr)
        self.expect_nothing()

    def test_bad_signatures_are_refused(self):
        sums = self.publish()
        self.refused('not signed', status=4)
        self.publisher.files['SHA512SUMS.sign'] = self.gpg('-u', 'stranger', '--detach-sign', data=sums)
        self.refused('no good signature', status=4)
        self.publisher.files['SHA512SUMS.sign'] = self.gpg('-u', 'publisher', '--detach-sign', data=sums + b'x')
        self.refused('no good signature', status=4)
        self.publish('nobody.gpg')
        self.refused('nobody.gpg', status=3)


    def test_a_definition_from_elsewhere_does_not_choose_what_is_removed(self):
        run('template', 'import', make_image(self.work, 'qcow2', 1 << 20, 8), 'mine')
        shutil.copy(f'{IMAGES}/mine.qcow2', f'{IMAGES}/precious.qcow2')
        with open(f'{IMAGES}/mine.template', 'a', encoding='ascii') as file:
            file.write('previous = precious.qcow2, mine-20200101.qcow2\n')
        run('template', 'delete', '--unused', '--yes')
        self.assertTrue(os.path.exists(f'{IMAGES}/precious.qcow2'))


class Killed(Case):
    """innkeep is killed at each point of a journal, so are those who end what it left, and nothing stays half done."""

    KILLS = 60

    def setUp(self):
        super().setUp()
        self.kills = 0
        self.addCleanup(lambda: self.assertGreater(self.kills, 4))

    def kill(self, at, *arguments):
        """Whether it was killed; recovers."""
        done = house.innkeep(*arguments, check=False, env=house.killing(at))
        self.assertIn(done.returncode, (0, 1, -9), done.stderr)
        if done.returncode == 1:
            self.assertIn('its process ended unexpectedly', done.stderr)
        self.kills += house.recover()
        return done.returncode != 0

    def test_an_import_is_all_there_or_not_at_all(self):
        path = make_image(self.work, 'vdi', 1 << 20, 8)
        at = 1
        while self.kill(at, 'template', 'import', path, 'mine') and at < self.KILLS:
            there = sorted(os.listdir(IMAGES))
            self.assertIn(there, ([], ['mine.qcow2', 'mine.template']), f'killed at point {at}')
            if there:
                run('template', 'verify', 'mine')
                run('template', 'delete', 'mine', '--yes')
            at += 1
        self.assertTrue(8 < at < self.KILLS, at)

    def test_a_new_version_is_there_or_the_old_one_as_it_was(self):
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        run('template', 'fetch', 'web')
        with open(make_image(self.work, 'qcow2', seed=2), 'rb') as file:
            self.publisher.files['web.qcow2'] = file.read()
        self.define(source=self.publisher.url('web.qcow2'), sha256=self.sha())
        before = {name: os.stat(os.path.join(IMAGES, name)).st_size for name in os.listdir(IMAGES)}
        with open(f'{IMAGES}/web.template', encoding='utf-8') as file:
            definition = file.read()
        at = 1
        while self.kill(at, 'template', 'fetch', 'web') and at < self.KILLS:
            run('template', 'verify', 'web')
            with open(f'{IMAGES}/web.template', encoding='utf-8') as file:
                if file.read() != definition:
                    break
            now = {name: os.stat(os.path.join(IMAGES, name)).st_size for name in os.listdir(IMAGES)}
            self.assertEqual(now, before, f'killed at point {at}')
            at += 1
        self.assertTrue(8 < at < self.KILLS, at)
        self.assertEqual(len(os.listdir(IMAGES)), 3)
        run('create', 'new', '-t', 'web', '--no-start')
        self.assertEqual(seen_by_guest(f'{IMAGES}/new.qcow2'), pattern(8 << 20, 2))

    def test_a_deletion_is_ended_or_never_began(self):
        path = make_image(self.work, 'qcow2', 1 << 20, 8)
        at, killed = 0, True
        while killed and at < self.KILLS:
            at += 1
            if not os.listdir(IMAGES):
                run('template', 'import', path, 'mine')
            killed = self.kill(at, 'template', 'delete', 'mine', '--yes')
            if os.listdir(IMAGES):
                self.assertEqual(sorted(os.listdir(IMAGES)), ['mine.qcow2', 'mine.template'], f'killed at point {at}')
                run('template', 'verify', 'mine')
        self.assertTrue(4 < at < self.KILLS, at)
        self.assertEqual(os.listdir(IMAGES), [])


class Import(Case):
    def test_each_format_is_imported_as_it_is_seen_by_a_guest(self):
        for format_ in ('qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc'):
            with self.subTest(format_):
                path = make_image(self.work, format_, 8 << 20, 7)
                run('template', 'import', path, 'mine', '--description', 'A disk of mine')
                self.assertEqual(seen_by_guest(f'{IMAGES}/mine.qcow2')[:8 << 20], pattern(8 << 20, 7))
                shown = house.innkeep_json('template', 'show', 'mine')
                self.assertEqual((shown['description'], shown['ready']), ('A disk of mine', True))
                self.assertNotIn('memory', run('template', 'show', 'mine').stdout)  # its guests get what fits then
                run('template', 'verify', 'mine')
                run('template', 'import', path, 'mine', status=6)
                run('template', 'delete', 'mine', '--yes')
                self.expect_nothing()

    def test_hostile_and_wrong_files_are_refused(self):
        base = os.path.join(self.work, 'base.raw')
        qemu_img('create', '-q', '-f', 'raw', base, '1M')
        for name, arguments in (('backing.qcow2', ('-f', 'qcow2', '-F', 'raw', '-b', base)),
                                ('data.qcow2', ('-f', 'qcow2', '-o', f'data_file={base}'))):
            path = os.path.join(self.work, name)
            qemu_img('create', '-q', *arguments, path, '1M')
            run('template', 'import', path, 'mine', status=4)
        split = os.path.join(self.work, 'split.vmdk')
        qemu_img('create', '-q', '-f', 'vmdk', '-o', 'subformat=twoGbMaxExtentSparse', split, '1M')
        run('template', 'import', split, 'mine', status=1)
        text = os.path.join(self.work, 'text')
        with open(text, 'w', encoding='ascii') as file:
            file.write('no disk\n')
        run('template', 'import', text, 'mine', status=1)
        run('template', 'import', os.path.join(self.work, 'nowhere'), 'mine', status=3)
        run('template', 'import', self.work, 'mine', status=2)
        for name in ('../x', 'A', 'x/y', ''):
            run('template', 'import', text, name, status=2)
        for description in ('a\nb', 'a ; b', '\x1b[31m'):
            run('template', 'import', base, 'mine', '--description', description, status=2)
        self.expect_nothing()

    def test_a_new_version_leaves_guests_theirs(self):
        run('template', 'import', make_image(self.work, 'qcow2', 8 << 20, 1), 'mine', '--description', 'ours')
        run('create', 'old', '-t', 'mine', '--no-start')
        newer = make_image(self.work, 'raw', 8 << 20, 2)
        self.assertIn('--replace', run('template', 'import', newer, 'mine', status=6).stderr)
        run('template', 'import', newer, 'mine', '--replace')
        run('create', 'new', '-t', 'mine', '--no-start')
        for name, seed in (('old', 1), ('new', 2)):
            self.assertEqual(seen_by_guest(f'{IMAGES}/{name}.qcow2')[:8 << 20], pattern(8 << 20, seed))
        shown = house.innkeep_json('template', 'show', 'mine')
        self.assertEqual((shown['description'], shown['dependants']), ('ours', ['new', 'old']))
        run('template', 'verify', 'mine')
        run('delete', 'old', '--yes')
        self.assertIn('mine.qcow2', run('template', 'delete', '--unused', '--yes', '--dry-run').stdout)
        run('template', 'delete', '--unused', '--yes')
        self.assertFalse(os.path.exists(f'{IMAGES}/mine.qcow2'))
        run('delete', 'new', '--yes')
        run('template', 'delete', 'mine', '--yes')
        self.expect_nothing()

    def test_guests_of_every_version_are_told_of_by_what_their_disks_stand_on(self):
        for seed, guest in enumerate(('one', 'two', 'three'), 1):
            run('template', 'import', make_image(self.work, 'qcow2', 1 << 20, seed), 'mine', '--replace')
            run('create', guest, '-t', 'mine', '--no-start')
        versions = sorted(name for name in os.listdir(IMAGES) if name.startswith('mine') and name.endswith('.qcow2'))
        self.assertEqual(len(versions), 3)
        # A guest that innkeep does not know of, two overlays above the first version; and an overlay of nobody's.
        for name, below in (('middle', 'mine'), ('top', 'middle'), ('stray', 'mine')):
            qemu_img('create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', f'{IMAGES}/{below}.qcow2', f'{IMAGES}/{name}.qcow2')
        self.addCleanup(house.virsh, 'undefine', 'foreign', check=False)
        definition = os.path.join(self.work, 'foreign.xml')
        with open(definition, 'w', encoding='ascii') as file:
            file.write('<domain type="qemu"><name>foreign</name><memory unit="MiB">64</memory><os><type>hvm</type></os><devices>'
                       '<disk type="file"><driver name="qemu" type="qcow2"/>'
                       f'<source file="{IMAGES}/top.qcow2"/><target dev="vda"/></disk></devices></domain>')
        house.virsh('define', definition)
        everyone = ['foreign', 'one', 'three', 'two']
        self.assertEqual(sorted(house.innkeep_json('template', 'show', 'mine')['dependants']), everyone)
        listed, = [each for each in house.innkeep_json('template', 'list') if each['name'] == 'mine']
        self.assertEqual(sorted(listed['dependants']), everyone)
        done = run('template', 'delete', 'mine', '--yes', status=6)
        for name in (*everyone, 'stray.qcow2'):
            self.assertIn(name, done.stderr)
        self.assertNotIn('middle', done.stderr)
        # What is used by an overlay alone is used.
        house.virsh('undefine', 'foreign')
        run('delete', 'one', '--yes')
        run('delete', 'two', '--yes')
        run('template', 'delete', '--unused', '--yes')
        shown = house.innkeep_json('template', 'show', 'mine')
        self.assertEqual(shown['dependants'], ['three'])
        self.assertEqual({name for name in versions if os.path.exists(os.path.join(IMAGES, name))},
                         {'mine.qcow2', shown['volume']})
        os.unlink(f'{IMAGES}/top.qcow2')
        os.unlink(f'{IMAGES}/middle.qcow2')
        os.unlink(f'{IMAGES}/stray.qcow2')
        run('delete', 'three', '--yes')
        run('template', 'delete', 'mine', '--yes')
        self.expect_nothing()

    def test_what_was_changed_in_the_pool_is_found(self):
        run('template', 'import', make_image(self.work, 'qcow2', 8 << 20, 9), 'mine')
        with open(f'{IMAGES}/mine.qcow2', 'r+b') as file:
            file.seek(1 << 20)
            file.write(b'changed')
        done = run('template', 'verify', 'mine', '--json', status=8)
        check, = json.loads(done.stdout)
        self.assertEqual((check['name'], check['ok']), ('mine', False))
        self.assertIn('SHA-256', check['detail'])
        with open(f'{IMAGES}/mine.qcow2', 'r+b') as file:
            file.truncate(1 << 20)
        self.assertIn('wrong', run('template', 'verify', status=8).stdout)


if __name__ == '__main__':
    unittest.main(verbosity=2)
