#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI, secure boot and the TPM of guests, as seen from inside them; what of it lies on the host goes with its guest, and
a host that lacks it says so before anything is made."""
import glob
import os
import shutil
import tempfile
import unittest
import xml.etree.ElementTree as ET

import house

IMAGES = '/var/lib/libvirt/images'
KERNEL, INITRD = f'{IMAGES}/tiny.vmlinuz', f'{IMAGES}/tiny.initrd'
TPM2 = 'cat /sys/class/tpm/tpm0/tpm_version_major'


def must(*arguments, **options):
    done = house.run(*arguments, **options)
    if done.returncode != 0:
        raise AssertionError(f'{arguments}: {done.stdout}{done.stderr}')
    return done.stdout


def make_system(path):
    """A disk that boots tiny's kernel by the loaders that Microsoft and Debian signed: the firmware checks shim, shim
    checks GRUB, and GRUB the kernel."""
    loaders = os.environ['INNKEEP_TEST_EFI']
    with tempfile.NamedTemporaryFile('w', suffix='.cfg') as menu:
        menu.write('set timeout=0\nmenuentry tiny {\n'
                   'linux /vmlinuz console=ttyS0 innkeep.name=signed\ninitrd /initrd\n}\n')
        menu.flush()
        with open(path, 'wb') as file:
            file.truncate(64 << 20)
        must('mformat', '-i', path, '-F', '::')
        must('mmd', '-i', path, '::/EFI', '::/EFI/BOOT', '::/EFI/debian')
        for file, name in ((f'{loaders}/shimx64.efi', 'EFI/BOOT/BOOTX64.EFI'),
                           (f'{loaders}/grubx64.efi', 'EFI/BOOT/grubx64.efi'), (menu.name, 'EFI/debian/grub.cfg'),
                           (KERNEL, 'vmlinuz'), (INITRD, 'initrd')):
            must('mcopy', '-i', path, file, f'::/{name}')


def left_of(uuid, name):
    """What lies on the host for a guest's firmware and TPM."""
    return [*glob.glob(f'/var/lib/libvirt/qemu/nvram/{name}_VARS*'), *glob.glob(f'{IMAGES}/{name}-nvram.fd'),
            *glob.glob(f'/var/lib/libvirt/swtpm/{uuid}')]


def content(path):
    with open(path, 'rb') as file:
        return file.read()


def uuid_of(name):
    return house.virsh('domuuid', name).strip()


class Firmware(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        cls.folder = tempfile.mkdtemp(dir='/var/lib/libvirt')
        os.chmod(cls.folder, 0o755)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def delete(self, name):
        """Deleted with what lies on the host for it."""
        uuid = uuid_of(name)
        house.innkeep('delete', name, '--yes', '--force')
        self.assertEqual(left_of(uuid, name), [])

    def test_secure_boot_takes_what_is_signed_and_the_guest_sees_it_and_a_tpm(self):
        disk = f'{self.folder}/signed.img'
        make_system(disk)
        house.innkeep('create', 'signed', '--import', disk, '--firmware', 'uefi-secure', '--tpm', '--memory', '512M')
        with house.Console('signed', 240) as console:
            self.assertIn('Secure boot enabled', console.run('dmesg | grep -i "secure *boot"'))
            self.assertIn('2', console.run(TPM2))
        files = left_of(uuid_of('signed'), 'signed')
        self.assertEqual(len(files), 2, files)
        self.delete('signed')
        self.assertTrue(os.path.exists(disk))

    def check_sealed(self, name):
        with house.Console(name, 240) as console:
            self.assertIn('Secure boot enabled', console.run('dmesg | grep -i "secure *boot"'))
            self.assertIn('2', console.run(TPM2))

    def test_a_clone_of_a_guest_with_secure_boot_boots_by_it_with_variables_and_a_tpm_of_its_own(self):
        disk = f'{IMAGES}/sealed.img'
        make_system(disk)
        self.addCleanup(os.unlink, disk)
        house.innkeep('create', 'sealed', '--import', disk, '--firmware', 'uefi-secure', '--tpm', '--memory', '512M')
        self.check_sealed('sealed')
        # One of a guest that runs, one of a guest that is shut off.
        told = house.innkeep('clone', 'sealed', 'lively', '--full', '--no-start')
        self.assertNotIn('variables', told.stderr)
        self.assertIn('TPM', told.stderr)
        house.innkeep('poweroff', 'sealed', '--yes')
        told = house.innkeep('clone', 'sealed', 'copy', '--full', '--no-start')
        self.assertNotIn('variables', told.stderr)
        kept = content('/var/lib/libvirt/qemu/nvram/sealed_VARS.fd')
        for name in ('lively', 'copy'):
            self.assertEqual(content(f'{IMAGES}/{name}-nvram.fd'), kept)
            house.innkeep('start', name)
            self.check_sealed(name)
            xml = ET.fromstring(house.virsh('dumpxml', name))
            self.assertEqual((xml.find('os/loader').get('secure'), xml.find('os/nvram').text, xml.find('features/smm').get('state')),
                             ('yes', f'{IMAGES}/{name}-nvram.fd', 'on'))
        of = {name: set(left_of(uuid_of(name), name)) for name in ('sealed', 'lively', 'copy')}
        self.assertEqual([len(files) for files in of.values()], [2, 2, 2], of)
        self.assertEqual(len(set.union(*of.values())), 6)
        self.assertEqual(content('/var/lib/libvirt/qemu/nvram/sealed_VARS.fd'), kept)
        for name in of:
            self.delete(name)

    def test_secure_boot_refuses_what_is_not_signed(self):
        disk = f'{self.folder}/unsigned.img'
        make_system(disk)
        with tempfile.NamedTemporaryFile() as broken:
            with open(f'{os.environ["INNKEEP_TEST_EFI"]}/shimx64.efi', 'rb') as file:
                loader = bytearray(file.read())
            loader[len(loader) // 2] ^= 1
            broken.write(loader)
            broken.flush()
            must('mcopy', '-o', '-i', disk, broken.name, '::/EFI/BOOT/BOOTX64.EFI')
        house.innkeep('create', 'unsigned', '--import', disk, '--firmware', 'uefi-secure')
        with house.Console('unsigned', None) as console:
            console.wait_for('Access Denied|Security Violation', 240)
        self.delete('unsigned')

    def test_a_template_s_guest_gets_them_by_option_and_a_clone_its_own(self):
        house.innkeep('create', 'first', '-t', 'tiny', '--firmware', 'uefi', '--tpm')
        with house.Console('first', 240) as console:
            self.assertIn('efi', console.run('ls /sys/firmware'))
            self.assertIn('2', console.run(TPM2))
        house.innkeep('poweroff', 'first', '--yes')
        told = house.innkeep('clone', 'first', 'second')
        self.assertNotIn('variables', told.stderr)
        # Its boot entries are the source's: a system without the fallback loader starts by them alone.
        self.assertEqual(content(f'{IMAGES}/second-nvram.fd'), content('/var/lib/libvirt/qemu/nvram/first_VARS.fd'))
        house.innkeep('start', 'second')
        house.innkeep('clone', 'second', 'third')
        self.assertEqual(content(f'{IMAGES}/third-nvram.fd'), content(f'{IMAGES}/second-nvram.fd'))
        self.delete('third')
        first, second = left_of(uuid_of('first'), 'first'), left_of(uuid_of('second'), 'second')
        self.assertEqual((len(first), len(second)), (2, 2), first + second)
        self.assertFalse(set(first) & set(second))
        plan = house.innkeep_json('delete', 'second', '--dry-run', '--force')
        steps = [(step['step'], step['object']) for step in plan['steps']]
        self.assertIn('tpm', [step[0] for step in steps])
        self.assertEqual([step[0] for step in steps if 'nvram' in step[1]], ['volume'])
        self.delete('second')
        self.assertEqual(left_of(uuid_of('first'), 'first'), first)
        self.delete('first')

    def test_a_template_says_so_too(self):
        folder = f'{self.folder}/templates'
        os.makedirs(f'{folder}/innkeep/templates')
        with open(f'{folder}/innkeep/templates/sealed.ini', 'w', encoding='ascii') as file:
            file.write('[template]\nname = sealed\n[guest]\nmemory = 128M\ndisk = 1G\nfirmware = uefi-secure\n'
                       'tpm = yes\n')
        must('qemu-img', 'create', '-f', 'qcow2', f'{self.folder}/sealed.qcow2', '64M')
        env = {'XDG_CONFIG_HOME': folder}
        house.innkeep('template', 'import', f'{self.folder}/sealed.qcow2', 'sealed', env=env)
        house.innkeep('create', 'kept', '-t', 'sealed', '--no-start', env=env)
        xml = ET.fromstring(house.virsh('dumpxml', 'kept', '--inactive'))
        self.assertEqual(xml.find('devices/tpm/backend').get('type'), 'emulator')
        self.assertEqual(xml.find("os/firmware/feature[@name='enrolled-keys']").get('enabled'), 'yes')
        self.delete('kept')

    def test_a_host_that_lacks_it_says_so_and_nothing_is_made(self):
        for what, path, arguments in (
                ('TPM emulator', '/usr/bin/swtpm', ['--tpm']),
                ('UEFI firmware', '/usr/share/qemu/firmware', ['--firmware', 'uefi'])):
            hidden = tempfile.mkdtemp(dir=self.folder) if os.path.isdir(path) else '/dev/null'
            must('mount', '--bind', hidden, path)
            try:
                done = house.innkeep('create', 'poor', '-t', 'tiny', *arguments, check=False)
            finally:
                must('umount', path)
            with self.subTest(what=what):
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f'no {what}', done.stderr)
                self.assertIn('install', done.stderr)
                self.assertNotIn('poor', house.virsh('list', '--all', '--name'))
                self.assertNotIn('poor', house.virsh('vol-list', 'default'))


if __name__ == '__main__':
    unittest.main()
