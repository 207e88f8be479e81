#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Provisioning beside its peers, in turn, on a libvirt of the run's own: prints a table, times nothing else. What is
measured is whole commands as a script would call them."""
import json
import os
import re
import statistics
import sys
import time

sys.path.insert(0, os.environ['INNKEEP_TESTS'])
from house import build_tiny, guests, innkeep, run, virsh  # noqa: E402

POOL = '/var/lib/libvirt/images'
BIG = 2 << 30


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def clear():
    for name in virsh('list', '--name').split():
        virsh('destroy', name)
    for name in virsh('list', '--all', '--name').split():
        if name != 'server':
            virsh('undefine', name, '--remove-all-storage', '--nvram')


def row(what, rounds, ours, peer, theirs, goal):
    """Each round times ours and theirs, in turn, on a host without other guests."""
    times = ([], [])
    for number in range(rounds):
        for index, work in enumerate((ours, theirs)):
            clear()
            times[index].append(timed(lambda: work(number)))
    clear()
    median = [statistics.median(each) for each in times]
    print(f'{what:34} {median[0]:8.3f} s  worst {max(times[0]):7.3f}   {peer:28} {median[1]:8.3f} s  '
          f'worst {max(times[1]):7.3f}   ratio {median[0] / median[1]:.3f} (goal {goal})', flush=True)


class Floor:
    """The same guest by virsh alone: its volume, its definition, its start."""

    def __init__(self):
        innkeep('create', 'pattern', '-t', 'tiny', '--no-start')
        self.image = json.loads(innkeep('template', 'show', 'tiny', '--json').stdout)['volume']
        xml = virsh('dumpxml', 'pattern')
        xml = re.sub(r'<uuid>.*?</uuid>|<mac address=.*?/>|<metadata>.*?</metadata>', '', xml, flags=re.S)
        self.xml = xml

    def make(self, name):
        path = f'/run/{name}.xml'
        virsh('vol-create-as', 'default', f'{name}.qcow2', '16M', '--format', 'qcow2', '--backing-vol', self.image,
              '--backing-vol-format', 'qcow2')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(self.xml.replace('pattern', name))
        virsh('define', path)
        virsh('start', name)


def make_big():
    path = '/run/big.raw'
    with open(path, 'wb') as file:
        for _ in range(BIG >> 20):
            file.write(os.urandom(1 << 20))
    innkeep('template', 'import', path, 'big', timeout=600)
    innkeep('clone', 'big', 'server', '--full', '--no-start', timeout=600)
    os.unlink(path)


def command(*arguments):
    done = run(*arguments, timeout=600)
    assert done.returncode == 0, f'{arguments}: {done.stderr}'


def disk_step():
    """Our step for the disk alone, as the command itself tells it, beside the tool that makes overlays."""
    image = json.loads(innkeep('template', 'show', 'big', '--json').stdout)['volume']
    ours, theirs = [], []
    for number in range(9):
        made = json.loads(innkeep('create', f'step-{number}', '-t', 'big', '--no-start', '--json').stdout)
        ours.append(next(step['seconds'] for step in made[0]['steps'] if step['step'] == 'volume'))
        theirs.append(timed(lambda: command('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b',
                                            f'{POOL}/{image}', f'/run/overlay-{number}.qcow2')))
    clear()
    print(f'{"its disk step":34} {statistics.median(ours):8.3f} s  worst {max(ours):7.3f}   '
          f'{"qemu-img create -b":28} {statistics.median(theirs):8.3f} s  worst {max(theirs):7.3f}   '
          f'ratio {statistics.median(ours) / statistics.median(theirs):.3f} (goal 2)', flush=True)


def main():
    build_tiny()
    floor = Floor()
    row('template to running', 7, lambda n: innkeep('create', f'a-{n}', '-t', 'tiny'),
        'virsh vol, define, start', lambda n: floor.make(f'b-{n}'), '1.1')
    row('ten from a template, running', 3, lambda n: innkeep('create', f'a{n}', '-t', 'tiny', '--count', '10'),
        'the same ten by virsh', lambda n: [floor.make(f'b{n}-{i}') for i in range(10)], '1.1')
    make_big()
    row('linked clone of 2 GiB', 3, lambda n: innkeep('create', f'a-{n}', '-t', 'big', '--no-start'),
        'virt-clone --auto-clone', lambda n: command('virt-clone', '--original', 'server', '--auto-clone'), '0.01')
    disk_step()
    row('full copy of 2 GiB', 3, lambda n: innkeep('clone', 'server', f'a-{n}', timeout=600),
        'virsh vol-clone', lambda n: copy_volume(n), '1.1')


def copy_volume(number):
    virsh('vol-clone', 'server.qcow2', f'copy-{number}.qcow2', '--pool', 'default', timeout=600)
    virsh('vol-delete', f'copy-{number}.qcow2', '--pool', 'default')


if __name__ == '__main__':
    assert not guests(), 'not a host of its own'
    main()
