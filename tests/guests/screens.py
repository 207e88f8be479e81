# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests with something on their screens: GRUB from a medium, as text and as graphics, and firmware that finds nothing
to boot. `screens.py PROGRAM ARGUMENT...` makes them and runs a test in front of them."""
import os
import shutil
import subprocess
import sys
import tempfile

import house

GRUB = '/usr/lib/grub/i386-pc'
FONT = '/usr/share/grub/unicode.pf2'
MODULES = 'normal iso9660 echo read gfxterm font all_video vbe vga video_bochs biosdisk'
MENU = """set timeout=-1
{terminal}
menuentry 'First entry' {{ echo 'the first was chosen'; read nothing; }}
menuentry 'Second entry' {{ echo 'the second was chosen'; read nothing; }}
"""
TERMINALS = {
    'text': 'terminal_output console',
    'graphics': 'loadfont /boot/grub/unicode.pf2\nset gfxmode=800x600\nterminal_output gfxterm',
}
DOMAIN = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type>{boot}</os><devices>{devices}{display}</devices></domain>"""
DISPLAY = "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/><video><model type='vga'/></video>"


def mkrescue():
    """Its program, by the name it has here."""
    return shutil.which('grub-mkrescue') or shutil.which('grub2-mkrescue')


def missing():
    """Why GRUB's guests cannot be made here, or None."""
    for path, package in ((GRUB, 'grub-pc-bin'), (FONT, 'grub-common')):
        if not os.path.exists(path):
            return f'no {path}: install {package}'
    return None if mkrescue() else 'no grub-mkrescue: install grub-common'


def make_medium(folder, name):
    tree = os.path.join(folder, name)
    os.makedirs(os.path.join(tree, 'boot/grub'))
    shutil.copy(FONT, os.path.join(tree, 'boot/grub'))
    with open(os.path.join(tree, 'boot/grub/grub.cfg'), 'w', encoding='ascii') as file:
        file.write(MENU.format(terminal=TERMINALS[name]))
    medium = os.path.join(folder, name + '.iso')
    subprocess.run([mkrescue(), '-d', GRUB, '--locales=', '--fonts=', '--themes=', '--install-modules=' + MODULES,
                    '-o', medium, tree], check=True, capture_output=True, timeout=120)
    return medium


def define(folder, name, medium=None, display=DISPLAY):
    devices = '' if medium is None else (
        f"<disk type='file' device='cdrom'><source file='{medium}'/><target dev='sda' bus='sata'/><readonly/></disk>")
    path = os.path.join(folder, name + '.xml')
    with open(path, 'w', encoding='ascii') as file:
        file.write(DOMAIN.format(name=name, boot='' if medium is None else "<boot dev='cdrom'/>", devices=devices, display=display))
    house.virsh('define', path)
    house.virsh('start', name)


def make_all(folder):
    for name in TERMINALS:
        define(folder, 'grub-' + name, make_medium(folder, name))
    define(folder, 'bare')
    define(folder, 'blind', display='')


def main():
    why = missing()
    if why is not None:
        print('SKIP:', why)
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        make_all(folder)
        sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)


if __name__ == '__main__':
    main()
