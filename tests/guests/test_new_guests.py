#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that no template makes: from a medium, around a disk, over the network, by a kernel; and the machines they
get: firmware, secure boot, a TPM, devices that fit the system. What cannot be is refused before anything is made."""
import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

import house

IMAGES = '/var/lib/libvirt/images'
KERNEL, INITRD = f'{IMAGES}/tiny.vmlinuz', f'{IMAGES}/tiny.initrd'
CMDLINE = 'console=ttyS0 quiet innkeep.name=${name}'


def must(*arguments, **options):
    done = house.run(*arguments, **options)
    if done.returncode != 0:
        raise AssertionError(f'{arguments}: {done.stdout}{done.stderr}')
    return done.stdout


def loader(name):
    """A part of isolinux: where Debian keeps it, or Fedora."""
    folders = ('/usr/lib/ISOLINUX', '/usr/lib/syslinux/modules/bios', '/usr/share/syslinux')
    return next(path for path in (f'{folder}/{name}' for folder in folders) if os.path.exists(path))


def make_iso(path, volume, menu='innkeep.name=from-the-medium'):
    """A medium that BIOS boots into tiny's kernel, from a CD-ROM (El Torito) or as a disk (isohybrid)."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f'{folder}/isolinux')
        for name in ('isolinux.bin', 'ldlinux.c32'):
            shutil.copy(loader(name), f'{folder}/isolinux')
        shutil.copy(KERNEL, f'{folder}/vmlinuz')
        shutil.copy(INITRD, f'{folder}/initrd')
        with open(f'{folder}/isolinux/isolinux.cfg', 'w', encoding='ascii') as file:
            file.write('serial 0\ndefault tiny\nprompt 0\nlabel tiny\nkernel /vmlinuz\n'
                       f'append initrd=/initrd console=ttyS0 quiet {menu}\n')
        must('xorriso', '-no_rc', '-as', 'mkisofs', '-quiet', '-o', path, '-V', volume, '-J', '-r', '-b',
             'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-no-emul-boot', '-boot-load-size', '4',
             '-boot-info-table', '-isohybrid-mbr', loader('isohdpfx.bin'), folder)


def definition(name):
    return ET.fromstring(house.virsh('dumpxml', name, '--inactive'))


def metadata_volumes(name):
    return [element.text for element in definition(name).iter('{urn:innkeep:guest:1}volume')]


class NewGuests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        cls.folder = tempfile.mkdtemp(dir='/var/lib/libvirt')
        os.chmod(cls.folder, 0o755)
        cls.iso = f'{cls.folder}/debian.iso'
        make_iso(cls.iso, 'Debian 11.5.0 amd64 n')

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def expect(self, status, *arguments, **options):
        done = house.innkeep(*arguments, check=False, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def refused(self, status, *arguments, says=None, **options):
        """Refused with that status and a word, leaving neither guest nor volume."""
        before = house.virsh('list', '--all', '--name'), house.virsh('vol-list', 'default')
        done = self.expect(status, 'create', *arguments, **options)
        if says is not None:
            self.assertIn(says, done.stderr)
        self.assertEqual((house.virsh('list', '--all', '--name'), house.virsh('vol-list', 'default')), before)
        return done

    def delete(self, name):
        house.innkeep('delete', name, '--yes', '--force')

    # ---- a medium ----

    def test_a_medium_boots_and_gives_the_guest_what_its_system_wants(self):
        made = self.expect(0, 'create', 'installed', '--iso', self.iso)
        self.assertEqual(made.stdout, 'installed\n')
        with house.Console('installed') as console:
            self.assertIn('from-the-medium', console.run('cat /www/index.html', 120))
            self.assertIn('vda', console.run('cat /proc/partitions'))
        xml = definition('installed')
        self.assertEqual(xml.find('memory').text, str(1 << 20))  # osinfo-db recommends 1 GiB for Debian 11
        self.assertEqual(xml.find("devices/disk[@device='disk']/target").get('bus'), 'virtio')
        self.assertEqual(xml.find("devices/disk[@device='cdrom']/target").get('bus'), 'sata')
        self.assertEqual([disk.find('boot').get('order') for disk in xml.iter('disk')], ['1', '2'])
        self.assertIn('20.000 GiB', house.virsh('domblkinfo', 'installed', 'vda', '--human'))
        self.assertEqual(metadata_volumes('installed'), [f'{IMAGES}/installed.qcow2'])
        self.delete('installed')
        self.assertTrue(os.path.exists(self.iso))
        self.assertFalse(os.path.exists(f'{IMAGES}/installed.qcow2'))

    def test_once_there_is_a_system_on_the_disk_that_boots(self):
        house.innkeep('create', 'twice', '--iso', self.iso, '--no-start')
        system = f'{self.folder}/system.iso'
        make_iso(system, 'SYSTEM', menu='innkeep.name=from-the-disk')
        must('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', system, f'{IMAGES}/twice.qcow2')
        house.innkeep('start', 'twice')
        with house.Console('twice') as console:
            self.assertIn('from-the-disk', console.run('cat /www/index.html', 120))
        self.delete('twice')

    def test_a_medium_in_a_pool_is_named_by_pool_and_volume(self):
        shutil.copy(self.iso, f'{IMAGES}/medium.iso')
        made = self.expect(0, 'create', 'pooled', '--iso', 'default/medium.iso', '--no-start', '--memory', '256M')
        self.assertEqual(made.stdout, 'pooled\n')
        xml = definition('pooled')
        self.assertEqual(xml.find("devices/disk[@device='cdrom']/source").get('file'), f'{IMAGES}/medium.iso')
        self.assertEqual(xml.find('memory').text, str(256 << 10))
        self.delete('pooled')
        self.assertTrue(os.path.exists(f'{IMAGES}/medium.iso'))
        os.unlink(f'{IMAGES}/medium.iso')
        house.virsh('pool-refresh', 'default')

    def test_a_system_that_is_not_known_is_said_and_one_that_is_named_counts(self):
        unknown = f'{self.folder}/unknown.iso'
        make_iso(unknown, 'NOBODY KNOWS')
        note = self.expect(0, 'create', 'plain', '--iso', unknown, '--no-start').stderr
        self.assertIn('--os', note)
        self.assertEqual(definition('plain').find('memory').text, str(2 << 20))
        self.delete('plain')
        house.innkeep('create', 'windows', '--iso', unknown, '--os', 'win10', '--no-start', '--count', '2')
        xml = definition('windows-2')
        self.assertEqual(xml.find("devices/disk[@device='disk']/target").get('bus'), 'sata')
        self.assertEqual(xml.find('devices/interface/model').get('type'), 'e1000e')
        self.assertEqual(xml.find('clock').get('offset'), 'localtime')
        self.delete('windows-1')
        self.delete('windows-2')
        house.innkeep('create', 'eleven', '--iso', unknown, '--os', 'win11', '--no-start')
        xml = definition('eleven')
        self.assertEqual(xml.find('os').get('firmware'), 'efi')
        self.assertEqual(xml.find('devices/tpm/backend').get('version'), '2.0')
        self.delete('eleven')

    # ---- a disk, a kernel ----

    def test_a_disk_that_is_there_becomes_the_guests_and_stays_when_it_goes(self):
        disk = f'{self.folder}/old server.qcow2'
        must('qemu-img', 'convert', '-O', 'qcow2', f'{IMAGES}/tiny.qcow2', disk)
        house.innkeep('create', 'moved', '--import', disk, '--no-start')
        xml = definition('moved')
        self.assertEqual(xml.find('devices/disk/source').get('file'), disk)
        self.assertEqual(xml.find('devices/disk/driver').get('type'), 'qcow2')
        self.assertEqual(metadata_volumes('moved'), [])
        self.refused(6, 'second', '--import', disk, says='moved')
        self.delete('moved')
        self.assertTrue(os.path.exists(disk))

    def test_a_disk_that_something_stands_on_or_that_names_others_is_refused(self):
        house.create('user', arguments=['--no-start'])
        self.refused(6, 'thief', '--import', 'default/user.qcow2', says='user')
        self.refused(6, 'thief', '--import', 'default/tiny.qcow2', says='tiny')
        self.delete('user')
        self.refused(6, 'thief', '--import', f'{IMAGES}/tiny.qcow2', says="template 'tiny'")
        overlay = f'{self.folder}/overlay.qcow2'
        must('qemu-img', 'create', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', overlay, '1M')
        self.refused(4, 'thief', '--import', overlay, says='backing file')
        vmdk = f'{self.folder}/disk.vmdk'
        must('qemu-img', 'create', '-f', 'vmdk', vmdk, '1M')
        self.refused(4, 'thief', '--import', vmdk, says='qemu-img convert')
        self.refused(1, 'thief', '--import', self.iso, says='installation medium')

    def test_a_kernel_boots_with_a_disk_or_none(self):
        house.innkeep('create', 'kernel', '--kernel', 'default/tiny.vmlinuz', '--initrd', INITRD, '--cmdline', CMDLINE,
                      '--memory', '256M', '--disk', '64M', '--wait', 'address')
        with house.Console('kernel') as console:
            self.assertEqual(console.run('cat /www/index.html').strip(), 'kernel')
            self.assertRegex(console.run('cat /proc/partitions'), r'65536 vda')
        self.delete('kernel')
        house.innkeep('create', 'diskless', '--kernel', KERNEL, '--disk', '0', '--no-start')
        self.assertIsNone(definition('diskless').find('devices/disk'))
        self.delete('diskless')

    def test_the_network_boots_it_while_its_disk_is_empty(self):
        served = f'{self.folder}/served'
        os.mkdir(served)
        shutil.copy(KERNEL, f'{served}/vmlinuz')
        shutil.copy(INITRD, f'{served}/initrd')
        with open(f'{served}/boot.ipxe', 'w', encoding='ascii') as file:
            file.write('#!ipxe\nkernel vmlinuz initrd=initrd console=ttyS0 quiet innkeep.name=from-the-network\n'
                       'initrd initrd\nboot\n')
        with open(f'{self.folder}/net.xml', 'w', encoding='ascii') as file:
            file.write("<network><name>install</name><bridge name='virbr9'/><ip address='192.168.99.1' prefix='24'>"
                       f"<tftp root='{served}'/><dhcp><range start='192.168.99.10' end='192.168.99.20'/>"
                       "<bootp file='boot.ipxe'/></dhcp></ip></network>")
        house.virsh('net-create', f'{self.folder}/net.xml')
        house.innkeep('create', 'netboot', '--pxe', '--network', 'install', '--memory', '512M', '--disk', '1G')
        with house.Console('netboot', 180) as console:
            self.assertIn('from-the-network', console.run('cat /www/index.html'))
        xml = definition('netboot')
        self.assertEqual([xml.find(f'devices/{device}/boot').get('order') for device in ('disk', 'interface')],
                         ['1', '2'])
        self.delete('netboot')
        house.virsh('net-destroy', 'install')

    # ---- refusals ----

    def test_what_the_user_of_qemu_cannot_come_to_is_refused(self):
        closed = f'{self.folder}/closed'
        os.makedirs(f'{closed}/within', exist_ok=True)
        os.chmod(closed, 0o700)
        shutil.copy(self.iso, f'{closed}/within/medium.iso')
        root = '+0:' in house.virsh('capabilities')
        for source, file in (('--iso', f'{closed}/within/medium.iso'), ('--kernel', f'{closed}/within/medium.iso')):
            if root:
                house.innkeep('create', 'near', source, file, '--no-start')
                self.delete('near')
            else:
                done = self.refused(4, 'far', source, file, says=f"folder {closed} is closed")
                self.assertIn('setfacl', done.stderr)
        os.chmod(closed, 0o711)
        house.innkeep('create', 'near', '--iso', f'{closed}/within/medium.iso')
        self.delete('near')

    def test_what_cannot_be_is_refused_and_leaves_nothing(self):
        empty = f'{self.folder}/empty.iso'
        with open(empty, 'wb') as file:
            file.truncate(1 << 20)
        os.mkfifo(f'{self.folder}/fifo')
        for status, says, arguments in (
                (3, 'no file', ['x', '--iso', f'{self.folder}/none.iso']),
                (3, 'no file', ['x', '--iso', 'default/none.iso']),
                (2, 'not a regular file', ['x', '--iso', self.folder]),
                (2, 'not a regular file', ['x', '--iso', f'{self.folder}/fifo']),
                (2, 'not a regular file', ['x', '--iso', '/dev/null']),
                (2, 'no installation medium', ['x', '--iso', empty]),
                (2, 'no installation medium', ['x', '--iso', '/etc/passwd']),
                (2, 'medium', ['x', '--iso', '']),
                (2, 'exclude', ['x', '-t', 'tiny', '--iso', self.iso]),
                (2, 'exclude', ['x', '--pxe', '--iso', self.iso]),
                (2, 'exclude', ['x', '--import', 'a', '--kernel', KERNEL]),
                (2, 'of what', ['x']),
                (2, 'needs a name', ['--iso', self.iso]),
                (2, "the name '../x'", ['../x', '--iso', self.iso]),
                (2, "the name '.x'", ['.x', '--iso', self.iso]),
                (2, '--kernel', ['x', '--iso', self.iso, '--initrd', INITRD]),
                (2, '--kernel', ['x', '-t', 'tiny', '--cmdline', 'quiet']),
                (2, 'template', ['x', '--iso', self.iso, '--ssh-key', '/etc/hostname']),
                (2, 'template', ['x', '-t', 'tiny', '--disk', '0']),
                (2, 'one disk', ['x', '--import', empty, '--count', '2']),
                (2, 'exclude', ['x', '--import', empty, '--disk', '2G']),
                (3, 'debian11', ['x', '--iso', self.iso, '--os', 'debian111']),
                (3, 'osinfo-query', ['x', '-t', 'tiny', '--os', '; rm -rf /']),
                (2, "did you mean 'uefi'", ['x', '-t', 'tiny', '--firmware', 'uefy']),
                (2, 'UEFI firmware', ['x', '-t', 'tiny', '--firmware', 'uefi', '--memory', '128M']),
                (2, 'secure boot', ['x', '-t', 'tiny', '--firmware', 'uefi-secure']),
                (2, 'secure boot', ['x', '--kernel', KERNEL, '--firmware', 'uefi-secure']),
                (2, 'memory', ['x', '--iso', self.iso, '--memory', '900T']),
                (3, 'kernel', ['x', '--kernel', f'{self.folder}/kernel']),
                (3, 'initrd', ['x', '--kernel', KERNEL, '--initrd', f'{self.folder}/initrd']),
                (3, 'nowhere', ['x', '--pxe', '--network', 'nowhere'])):
            with self.subTest(arguments=arguments):
                self.refused(status, *arguments, says=says)

    def test_names_that_are_taken_are_refused_and_what_is_there_stays(self):
        disk = f'{IMAGES}/own.img'
        with open(disk, 'wb') as file:
            file.truncate(1 << 20)
        with open(f'{IMAGES}/held.qcow2', 'w', encoding='ascii') as file:
            file.write('mine')
        self.addCleanup(house.virsh, 'pool-refresh', 'default')
        self.addCleanup(os.unlink, f'{IMAGES}/held.qcow2')
        self.addCleanup(os.unlink, disk)
        house.innkeep('create', 'taken', '--pxe', '--no-start')
        before = house.virsh('dumpxml', 'taken'), os.stat(f'{IMAGES}/taken.qcow2').st_mtime_ns
        ways = (('--iso', self.iso), ('--pxe',), ('--kernel', KERNEL, '--disk', '1G'), ('-t', 'tiny'))
        for way in (*ways, ('--kernel', KERNEL), ('--import', disk)):
            with self.subTest(way=way):
                self.refused(6, 'taken', *way, says="guest 'taken' exists already")
                self.assertEqual((house.virsh('dumpxml', 'taken'), os.stat(f'{IMAGES}/taken.qcow2').st_mtime_ns), before)
        for way in ways:
            with self.subTest(way=way):
                self.refused(6, 'held', *way, says="volume 'held.qcow2' exists already")
                with open(f'{IMAGES}/held.qcow2', encoding='ascii') as file:
                    self.assertEqual(file.read(), 'mine')
        self.delete('taken')

    def test_block_devices_are_refused_however_they_are_named(self):
        """In a pool's folder and beside it: the device need not work for that."""
        self.addCleanup(house.virsh, 'pool-refresh', 'default')
        for folder, names in ((IMAGES, ('default/device', f'{IMAGES}/device')), (self.folder, (f'{self.folder}/device',))):
            os.mknod(f'{folder}/device', stat.S_IFBLK | 0o600, os.makedev(7, 0))
            self.addCleanup(os.unlink, f'{folder}/device')
            house.virsh('pool-refresh', 'default')
            for name in names:
                for way in ('--iso', '--import', '--kernel'):
                    with self.subTest(way=way, name=name):
                        done = self.refused(2, 'x', way, name, says='is a block device, and only files are taken')
                        self.assertIn('qemu-img convert', done.stderr)

    def as_nobody(self, *arguments):
        """innkeep as a person who may talk to libvirt and read none of its files."""
        return house.innkeep_as_nobody(self.folder, *arguments, '--no-start')

    def test_a_person_who_cannot_read_a_file_of_a_pool_takes_it_through_libvirt(self):
        shutil.copy(self.iso, f'{IMAGES}/private.iso')
        must('qemu-img', 'convert', '-O', 'qcow2', f'{IMAGES}/tiny.qcow2', f'{IMAGES}/private.qcow2')
        must('qemu-img', 'create', '-f', 'qcow2', '-b', 'private.qcow2', '-F', 'qcow2', f'{IMAGES}/overlay.qcow2')
        must('qemu-img', 'create', '-f', 'qcow2', '-o', f'data_file={self.folder}/data', f'{IMAGES}/away.qcow2', '1M')
        names = [f'{IMAGES}/{name}' for name in ('private.iso', 'private.qcow2', 'overlay.qcow2', 'away.qcow2')]
        for path in names:
            os.chmod(path, 0o600)
        for name in ('overlay', 'away'):
            done = self.as_nobody('create', 'thief', '--import', f'default/{name}.qcow2')
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn('names another file', done.stderr)
        os.unlink(f'{IMAGES}/overlay.qcow2')
        for name, arguments in (('seen', ('--iso', 'default/private.iso')),
                                ('had', ('--import', f'{IMAGES}/private.qcow2'))):
            done = self.as_nobody('create', name, *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(definition('seen').find('memory').text, str(1 << 20))
        self.assertEqual(definition('had').find('devices/disk/driver').get('type'), 'qcow2')
        self.delete('seen')
        self.delete('had')
        for path in names:
            if os.path.exists(path):
                os.unlink(path)
        house.virsh('pool-refresh', 'default')

    def test_killed_at_any_step_it_leaves_all_or_nothing(self):
        killed = 0
        for step in range(1, 30):
            done = house.innkeep('create', 'cut', '--iso', self.iso, '--no-start',
                                   env={'INNKEEP_TEST_KILL_AT': str(step)}, check=False)
            house.innkeep('start', 'nobody', check=False)  # connects, and so recovers what was cut off
            there = 'cut' in house.virsh('list', '--all', '--name').split()
            self.assertEqual(os.path.exists(f'{IMAGES}/cut.qcow2'), there, f'killed at step {step}')
            self.assertTrue(os.path.exists(self.iso))
            if there:
                self.delete('cut')
            if done.returncode == 0:
                break
            killed += 1
        self.assertGreater(killed, 2)

    def test_a_dry_run_says_what_it_would_do(self):
        plan = json.loads(self.expect(0, 'create', 'x', '--iso', self.iso, '--dry-run', '--json').stdout)
        self.assertEqual([(step['step'], step['object']) for step in plan['steps']],
                         [('volume', 'x.qcow2'), ('define', 'x'), ('start', 'x')])
        self.assertNotIn('x', house.virsh('list', '--all', '--name').split())


if __name__ == '__main__':
    unittest.main()
