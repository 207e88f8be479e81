# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest's screen on the command line: firmware's words and GRUB's menu are read as text and driven by keys, in a text
mode and in graphics; a kernel's console too. Guests without a display, paused, shut off and hung ones are told apart."""
import os
import sys
import tempfile
import unittest

import house
import screens


def look(name):
    """(kind, lines) of its screen."""
    seen = house.innkeep_json('screen', name)
    return seen['kind'], seen['text'] or []


def wait_for(name, text, limit=120):
    """Its lines once one of them has that text."""
    seen = []

    def there():
        seen[:] = look(name)[1]
        return any(text in line for line in seen)
    house.wait_until(lambda: f'{text!r} on the screen of {name}: {seen}', there, limit)
    return list(seen)


class Screen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        screens.make_all(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        for name in ('grub-text', 'grub-graphics', 'bare', 'blind'):
            house.virsh('destroy', name, check=False)
        cls.folder.cleanup()

    def test_firmware_says_that_there_is_nothing_to_boot(self):
        lines = wait_for('bare', 'No bootable device.')
        self.assertEqual(len(lines), 25)
        self.assertTrue(lines[0].startswith('SeaBIOS (version '), lines)
        printed = house.innkeep('screen', 'bare').stdout
        self.assertEqual(printed.splitlines(), [line for line in lines[:len(printed.splitlines())]])
        self.assertNotIn('\033', printed)

    def menu(self, name, columns):
        lines = wait_for(name, 'Use the ↑ and ↓ keys')
        self.assertTrue(any('*First entry' in line for line in lines), lines)
        self.assertFalse(any('\ufffd' in line for line in lines), lines)
        self.assertLessEqual(max(map(len, lines)), columns)
        house.innkeep('screen', name, '--keys', '<Down>')
        lines = wait_for(name, '*Second entry')
        self.assertTrue(any(' First entry' in line for line in lines), lines)
        house.innkeep('screen', name, '--keys', r'\n')
        wait_for(name, 'the second was chosen')
        house.innkeep('screen', name, '--keys', '<Ctrl-Alt-Del>')
        wait_for(name, '*First entry')

    def test_grub_in_text_is_read_and_driven(self):
        self.menu('grub-text', 80)

    def test_grub_in_graphics_is_read_and_driven(self):
        self.menu('grub-graphics', 97)

    def test_every_key_of_a_line_arrives_in_its_order(self):
        name = 'grub-text'
        wait_for(name, 'Use the ↑ and ↓ keys')
        house.innkeep('screen', name, '--keys', 'c')
        wait_for(name, 'grub>')
        words = r"""The Quick (Brown) Fox 0123456789 -=[];,./ _+{}:?"""
        house.innkeep('screen', name, '--keys', 'echo "' + words + r'"\n')
        lines = wait_for(name, 'echo')
        house.wait_until(lambda: f'{words}: {look(name)}', lambda: words in [line.strip() for line in look(name)[1]], 20)
        house.innkeep('screen', name, '--keys', '<Esc>')
        self.assertTrue(lines)

    def test_a_paused_guest_still_shows_its_screen(self):
        wait_for('bare', 'No bootable device.')
        house.innkeep('pause', 'bare', '--yes')
        self.assertTrue(any('No bootable device.' in line for line in look('bare')[1]))
        house.innkeep('resume', 'bare')

    def test_the_picture_is_saved_as_it_is(self):
        path = os.path.join(self.folder.name, 'bare.png')
        house.innkeep('screen', 'bare', '--output', path)
        with open(path, 'rb') as file:
            head = file.read(24)
        self.assertEqual((head[:8], head[16:24]), (b'\x89PNG\r\n\x1a\n', (720).to_bytes(4, 'big') + (400).to_bytes(4, 'big')))

    def test_a_guest_without_a_display_says_so_and_names_the_other_ways(self):
        done = house.innkeep('screen', 'blind', check=False)
        self.assertEqual(done.returncode, 6)
        self.assertIn("innkeep: 'blind' has no display\n  hint: ", done.stderr)

    def test_a_guest_that_is_off_says_so(self):
        house.virsh('destroy', 'blind')
        done = house.innkeep('screen', 'blind', check=False)
        house.virsh('start', 'blind')
        self.assertEqual((done.returncode, 'it is shut off' in done.stderr), (6, True), done.stderr)

    def test_a_guest_that_does_not_answer_ends_in_its_time(self):
        house.hang('bare')
        try:
            done = house.innkeep('screen', 'bare', check=False, timeout=60)
        finally:
            house.unhang('bare')
        self.assertEqual((done.returncode, "'bare' does not answer" in done.stderr), (7, True), done.stderr)
        house.wait_until('it answers again', lambda: house.guests()['bare']['responding'], 30)

    def test_a_guest_of_innkeep_has_a_screen_too(self):
        house.build_tiny()
        house.create('web')
        self.assertIn(look('web')[0], ('text', 'graphics'))
        house.innkeep('delete', 'web', '--force', '--yes')


if __name__ == '__main__':
    reason = screens.missing()
    if reason is not None:
        print('SKIP:', reason)
        sys.exit(77)
    unittest.main(verbosity=2)
