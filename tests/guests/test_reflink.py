#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""On a file system that can share blocks a full copy takes none, and is a copy all the same."""
import json
import os
import shutil
import subprocess
import unittest

import house

SIZE_MB = 64
FILE_SYSTEMS = {'xfs': ['mkfs.xfs', '-q', '-m', 'reflink=1'], 'btrfs': ['mkfs.btrfs', '-q']}


class Reflink(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.build_tiny()
        os.environ['PATH'] += ':/usr/sbin:/sbin'

    def mount(self, kind):
        """A pool on a file system of its own, which the namespace of the test takes along; its folder."""
        if not shutil.which(FILE_SYSTEMS[kind][0]):
            self.skipTest(f'this distribution has no {FILE_SYSTEMS[kind][0]}')
        state = os.environ['INNKEEP_STATEDIR']
        image, folder = os.path.join(state, f'{kind}.img'), f'/run/{kind}'
        with open(image, 'wb') as file:
            file.truncate(512 << 20)
        subprocess.run([*FILE_SYSTEMS[kind], image], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.makedirs(folder, exist_ok=True)
        subprocess.run(['mount', '-o', 'loop', image, folder], check=True)
        self.addCleanup(subprocess.run, ['umount', folder], check=True)
        house.virsh('pool-create-as', kind, 'dir', '--target', folder)
        self.addCleanup(house.virsh, 'pool-destroy', kind)
        return folder

    @staticmethod
    def used(folder):
        os.sync()
        status = os.statvfs(folder)
        return (status.f_blocks - status.f_bfree) * status.f_frsize

    def copy(self, kind):
        folder = self.mount(kind)
        source, copy = f'{folder}/source.qcow2', f'{folder}/copy.qcow2'
        with open(f'{folder}/content', 'wb') as file:
            file.write(os.urandom(SIZE_MB << 20))
        subprocess.run(['qemu-img', 'convert', '-O', 'qcow2', f'{folder}/content', source], check=True)
        house.virsh('pool-refresh', kind)
        house.create('source', arguments=['--no-start'])
        self.addCleanup(house.innkeep, 'delete', 'source', '--yes')
        house.virsh('detach-disk', 'source', 'vda', '--config')
        house.virsh('attach-disk', 'source', source, 'vda', '--subdriver', 'qcow2', '--config')
        config = os.path.join(os.environ['INNKEEP_STATEDIR'], f'{kind}.ini')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(f'[host]\nstorage-pool = {kind}\n')
        before = self.used(folder)
        house.innkeep('--config', config, 'clone', 'source', 'copy', '--full')
        self.addCleanup(house.innkeep, 'delete', 'copy', '--yes')
        self.assertLess(self.used(folder) - before, (SIZE_MB << 20) / 4)
        self.assertEqual(house.run('qemu-img', 'compare', source, copy).returncode, 0)
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o600)
        volume = house.virsh('vol-dumpxml', 'copy.qcow2', kind)
        self.assertIn(f"<physical unit='bytes'>{os.stat(source).st_size}</physical>", volume)
        # One that has snapshots inside, which a copy does not take along, is written out.
        house.innkeep('snapshot', 'create', 'source', 'inside')
        house.virsh('pool-refresh', kind)
        house.innkeep('--config', config, 'clone', 'source', 'other', '--full')
        self.addCleanup(house.innkeep, 'delete', 'other', '--yes')
        image = json.loads(house.run('qemu-img', 'info', '--output=json', f'{folder}/other.qcow2').stdout)
        self.assertNotIn('snapshots', image)
        self.assertGreater(self.used(folder) - before, SIZE_MB << 20)

    def test_xfs(self):
        self.copy('xfs')

    def test_btrfs(self):
        self.copy('btrfs')


if __name__ == '__main__':
    unittest.main(verbosity=2)
