#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that innkeep did not make, as they are on every real host: shown, measured, powered and attached like any
other, and nothing of theirs is offered for deletion."""
import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import house

IMAGES = '/var/lib/libvirt/images'
HOSTILE = 'esc\u009b31m \u202etxt.exe "q" $(id) `id` ; -rf'

# A server as another tool made it: raw disk, CD, bridge, SATA, no balloon, no agent, no serial console, elements that
# innkeep does not know.
WINDOWS = f'''<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>Windows 11: (old) server</name>
  <title>Accounting</title>
  <metadata><x:y xmlns:x='urn:someone:else'>kept</x:y></metadata>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='cdrom'/></os>
  <features><acpi/><hyperv mode='custom'><relaxed state='on'/></hyperv></features>
  <clock offset='localtime'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{IMAGES}/foreign.img'/>
      <target dev='sda' bus='ide'/></disk>
    <disk type='file' device='cdrom'><target dev='sdb' bus='ide'/><readonly/></disk>
    <interface type='bridge'><source bridge='virbr0'/><model type='e1000'/></interface>
    <graphics type='vnc' port='5987' autoport='no' listen='127.0.0.1'/>
    <memballoon model='none'/>
  </devices>
  <qemu:commandline><qemu:arg value='-global'/><qemu:arg value='PIIX4_PM.disable_s3=1'/></qemu:commandline>
</domain>'''


def define(xml):
    path = os.path.join(os.environ['INNKEEP_STATEDIR'], 'domain.xml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(xml)
    house.virsh('define', path)


class Foreign(unittest.TestCase):
    NAME = 'Windows 11: (old) server'

    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'raw', f'{IMAGES}/foreign.img', '16M'], check=True)
        define(WINDOWS)

    def tearDown(self):
        house.innkeep('poweroff', self.NAME)

    def definition(self):
        return house.virsh('dumpxml', '--inactive', self.NAME)

    def test_it_is_listed_and_shown_as_it_is(self):
        guest = house.innkeep_json('show', self.NAME)
        self.assertFalse(guest['managed'])
        self.assertEqual(guest['state'], 'shut-off')
        self.assertEqual(guest['disks'][0]['path'], f'{IMAGES}/foreign.img')
        self.assertFalse(any(disk['made_by_innkeep'] for disk in guest['disks']))
        self.assertEqual(guest['nics'][0]['bridge'], 'virbr0')
        self.assertIn(self.NAME, house.innkeep('list').stdout)

    def test_it_is_powered_and_measured_and_its_definition_stays_byte_for_byte(self):
        before = self.definition()
        house.innkeep('start', self.NAME)
        guest = house.guests()[self.NAME]
        self.assertEqual(guest['state'], 'running')
        self.assertIsNotNone(guest['cpu_percent'])
        self.assertIn(guest['memory']['source'], ('rss', 'balloon'))
        house.innkeep('pause', self.NAME)
        house.innkeep('resume', self.NAME)
        house.innkeep('poweroff', self.NAME)
        self.assertEqual(self.definition(), before)

    def test_without_a_serial_console_its_display_is_offered(self):
        house.innkeep('start', self.NAME)
        definition = ElementTree.fromstring(house.virsh('dumpxml', self.NAME))
        self.assertIsNone(definition.find('devices/serial'))
        done = house.innkeep('console', self.NAME, check=False)
        self.assertEqual(done.returncode, 6)
        self.assertIn('127.0.0.1:5987', done.stderr)
        self.assertIn('ssh -L', done.stderr)

    def test_deleting_it_leaves_its_disk(self):
        define(WINDOWS.replace(self.NAME, 'to go').replace('5987', '5988'))
        plan = house.innkeep('delete', 'to go', '--dry-run').stdout
        self.assertNotIn('delete     volume', plan)
        house.innkeep('delete', 'to go', '--yes')
        self.assertTrue(os.path.exists(f'{IMAGES}/foreign.img'))
        self.assertNotIn('to go', house.virsh('list', '--all', '--name'))

    def test_a_disk_that_another_guest_uses_is_not_deleted_even_when_named(self):
        define(WINDOWS.replace(self.NAME, 'sharer').replace('5987', '5989'))
        house.innkeep('delete', 'sharer', '--yes', '--storage', 'sda', check=False)
        self.assertTrue(os.path.exists(f'{IMAGES}/foreign.img'))
        house.innkeep('delete', 'sharer', '--yes', check=False)

    def test_a_full_clone_keeps_what_innkeep_does_not_know(self):
        house.innkeep('clone', self.NAME, 'copy', '--full')
        copy = house.virsh('dumpxml', '--inactive', 'copy')
        for kept in ('urn:someone:else', 'PIIX4_PM.disable_s3=1', 'hyperv', 'localtime', "model type='e1000'"):
            self.assertIn(kept, copy)
        self.assertNotIn('foreign.img', copy)
        house.innkeep('delete', 'copy', '--yes')

    def test_a_copy_made_by_another_tool_is_foreign(self):
        house.create('origin', arguments=['--no-start'])
        xml = ElementTree.fromstring(house.virsh('dumpxml', '--inactive', 'origin'))
        xml.find('name').text = 'virt-cloned'
        xml.remove(xml.find('uuid'))
        for mac in xml.findall('devices/interface'):
            mac.remove(mac.find('mac'))
        define(ElementTree.tostring(xml, encoding='unicode'))
        listed = house.guests()
        self.assertTrue(listed['origin']['managed'])
        self.assertFalse(listed['virt-cloned']['managed'])
        house.innkeep('delete', 'virt-cloned', '--yes')
        self.assertTrue(os.path.exists(f'{IMAGES}/origin.qcow2'))
        house.innkeep('delete', 'origin', '--yes')

    def test_hostile_names_are_shown_inert_and_exact_in_json(self):
        root = ElementTree.fromstring(WINDOWS.replace('5987', '5990'))
        root.find('name').text = HOSTILE
        define(ElementTree.tostring(root, encoding='unicode'))
        self.assertIn(HOSTILE, house.guests())
        table = house.innkeep('list').stdout
        self.assertFalse(any(ord(char) < 32 and char != '\n' or 0x7f <= ord(char) < 0xa0 or char == '\u202e'
                             for char in table), repr(table))
        house.innkeep('start', HOSTILE)
        house.innkeep('poweroff', HOSTILE)
        house.innkeep('delete', HOSTILE, '--yes')


if __name__ == '__main__':
    unittest.main(verbosity=2)
