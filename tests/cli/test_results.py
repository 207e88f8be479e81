# SPDX-License-Identifier: GPL-2.0-or-later
"""What commands print: tables, JSON, plans."""
import json
import re

import innkeep

GUEST = {'name', 'uuid', 'id', 'state', 'reason', 'trouble', 'responding', 'persistent', 'autostart', 'vcpus', 'cpu_percent',
         'host_cpu_percent', 'memory', 'managed', 'block', 'net', 'addresses', 'uptime_s', 'template', 'role', 'service',
         'member', 'replica', 'tags', 'protected'}
MEMORY = {'max_bytes', 'current_bytes', 'used_bytes', 'source'}
BLOCK = {'read_bytes_per_s', 'write_bytes_per_s', 'capacity_bytes', 'allocation_bytes'}
NET = {'rx_bytes_per_s', 'tx_bytes_per_s'}
DISK = {'target', 'bus', 'volume', 'pool', 'path', 'format', 'backing', 'capacity_bytes', 'allocation_bytes',
        'made_by_innkeep'}
NIC = {'mac', 'network', 'bridge', 'model', 'filter', 'addresses'}
STATES = {'running', 'paused', 'shutting-down', 'shut-off', 'crashed', 'pmsuspended', 'saved'}
TEMPLATE = {'name', 'description', 'os', 'ready', 'volume', 'size_bytes', 'virtual_size_bytes', 'source', 'fetched_at',
            'dependants', 'path_of_definition'}
HOST = {'hostname', 'uri', 'libvirt_version', 'hypervisor_version', 'cpus', 'cpu_percent', 'load', 'memory',
        'hardware_virtualization', 'guests'}

WITH_DISK = """<node><domain type='test'><name>disky</name>
<uuid>12345678-1111-4222-8333-555555555555</uuid><memory>65536</memory><os><type>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/nowhere/disky.qcow2'/>
<target dev='vda' bus='virtio'/></disk>
<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='virtio'/></interface>
</devices></domain></node>"""


class List(innkeep.Case):
    def guests(self, *words):
        return self.fine('--demo', 'list', '--json', *words).json()

    def names(self, *words):
        return {guest['name'] for guest in self.guests(*words)}

    def test_json_has_every_key_for_every_guest(self):
        guests = self.guests()
        self.assertEqual(len(guests), 12)
        for guest in guests:
            self.assertEqual(set(guest), GUEST)
            self.assertEqual(set(guest['memory']), MEMORY)
            self.assertEqual(set(guest['block']), BLOCK)
            self.assertEqual(set(guest['net']), NET)
            self.assertIn(guest['state'], STATES)
            self.assertRegex(guest['uuid'], r'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')

    def test_what_is_unknown_is_null_and_never_zero(self):
        for guest in self.guests('state=shut-off'):
            for key in ('id', 'cpu_percent', 'host_cpu_percent', 'uptime_s', 'replica'):
                self.assertIsNone(guest[key], key)
            self.assertIsNone(guest['memory']['used_bytes'])
            self.assertIsNone(guest['memory']['source'])
            for group in ('block', 'net'):
                for key, value in guest[group].items():
                    self.assertIsNone(value, key)

    def test_a_running_guest_has_its_figures(self):
        web, = self.guests('name=web')
        self.assertEqual(web['state'], 'running')
        self.assertIsInstance(web['id'], int)
        self.assertIsInstance(web['cpu_percent'], (int, float))
        self.assertEqual(web['memory']['max_bytes'], 2 << 30)
        self.assertEqual((web['template'], web['tags'], web['managed']), ('debian-12', ['prod'], True))

    def test_filters(self):
        self.assertEqual(self.names('wiki'), {'wiki-app-1', 'wiki-app-2', 'wiki-db'})
        self.assertEqual(self.names('WIKI', 'role=web'), {'wiki-app-1', 'wiki-app-2'})
        self.assertEqual(self.names('state=paused'), {'dns-2'})
        self.assertEqual(self.names('tag=lab', 'template=tiny'), {'scratch'})
        self.assertEqual(self.names('service=dns'), {'dns-1', 'dns-2'})
        self.assertIn('Windows 11 (old)', self.names('managed=no'))
        self.assertNotIn('web', self.names('managed=no'))
        self.assertNotIn('dns-2', self.names('state!=paused'))
        self.assertEqual(self.names('memory>1K'), set(), 'nothing is known of their memory')
        self.assertNotIn('scratch', self.names('cpu>0'))
        self.assertEqual(self.names('name=nobody'), set())

    def test_a_wrong_filter_is_a_usage_error(self):
        self.assertIn("did you mean 'state'?", self.fails(2, '--demo', 'list', 'stat=running').err)
        for word in ('state=runing', 'cpu>much', 'memory>2X', 'tag>x', 'managed=perhaps'):
            self.assertIn(word, self.fails(2, '--demo', 'list', word).err)

    def test_a_table_has_headers_and_aligned_columns(self):
        lines = self.fine('--demo', 'list').out.splitlines()
        self.assertRegex(lines[0], r'^NAME +STATE +VCPUS +MEMORY +ADDRESS +TEMPLATE$')
        self.assertEqual(len(lines), 13)
        column = lines[0].index('STATE')
        self.assertTrue(all(line[column - 1] == ' ' and line[column] != ' ' for line in lines))

    def test_no_headers_separates_by_tabs(self):
        lines = self.fine('--demo', 'list', '--no-headers').out.splitlines()
        self.assertEqual(len(lines), 12)
        for line in lines:
            self.assertEqual(line.count('\t'), 5, line)
        self.assertEqual(self.fine('--demo', 'list', '--no-headers', 'name=nobody').out, '')

    def test_an_empty_host_teaches_the_first_command(self):
        node = self.write('node.xml', '<node/>')
        result = self.fine('-c', 'test://' + node, 'list')
        self.assertEqual(result.out, '')
        self.assertIn('innkeep create', result.err)
        self.assertEqual(self.fine('-c', 'test://' + node, 'list', '--json').json(), [])

    def test_top_streams_one_object_a_line(self):
        lines = self.fine('--demo', 'top', '--json', '--count', '2', '--interval', '1').out.splitlines()
        self.assertEqual(len(lines), 2)
        for line in lines:
            self.assertEqual({guest['name'] for guest in json.loads(line)['guests']} >= {'web', 'scratch'}, True)


class Show(innkeep.Case):
    def test_json_is_the_object_of_list_with_disks_and_nics(self):
        node = self.write('node.xml', WITH_DISK)
        guest = self.fine('-c', 'test://' + node, 'show', 'disky', '--json').json()
        self.assertLessEqual(GUEST, set(guest))
        disk, = guest['disks']
        self.assertLessEqual(DISK, set(disk))
        self.assertEqual((disk['target'], disk['bus'], disk['path'], disk['format'], disk['made_by_innkeep']),
                         ('vda', 'virtio', '/nowhere/disky.qcow2', 'qcow2', False))
        self.assertIsNone(disk['volume'])
        nic, = guest['nics']
        self.assertEqual(set(nic), NIC)
        self.assertEqual((nic['mac'], nic['bridge'], nic['network'], nic['addresses']),
                         ('52:54:00:00:00:01', 'br0', None, []))

    def test_a_guest_is_named_by_name_uuid_or_the_uuid_s_beginning(self):
        node = self.write('node.xml', """<node><domain type='test'><name>a:b c</name>
            <uuid>12345678-1111-4222-8333-444444444444</uuid><memory>65536</memory><os><type>hvm</type></os>
            </domain></node>""")
        for word in ('a:b c', '12345678-1111-4222-8333-444444444444', '12345678', '12345678-11'):
            guest = self.fine('-c', 'test://' + node, 'show', word, '--json').json()
            self.assertEqual(guest['name'], 'a:b c')
        self.fails(3, '-c', 'test://' + node, 'show', '1234567')

    def test_words_tell_state_and_nics(self):
        text = self.fine('--demo', 'show', 'web').out
        for pattern in (r'^name +web$', r'^state +running', r'^template +debian-12$', r'^nic +52:54:.*network default'):
            self.assertRegex(text, re.compile(pattern, re.M))

    def test_no_address_is_told_as_such(self):
        self.fails(1, '--demo', 'address', 'web')
        self.fails(6, '--demo', 'address', 'scratch')


class Others(innkeep.Case):
    def test_host_json_has_every_key(self):
        host = self.fine('--demo', 'host', '--json').json()
        self.assertEqual(set(host), HOST)
        self.assertEqual(set(host['memory']), {'total_bytes', 'used_bytes', 'available_bytes'})
        self.assertEqual(len(host['load']), 3)
        self.assertEqual(host['guests']['total'], 12)
        self.assertIsNone(host['hardware_virtualization'])

    def test_template_json_has_every_key(self):
        templates = self.fine('--demo', 'template', 'list', '--json').json()
        tiny, = [template for template in templates if template['name'] == 'tiny']
        self.assertLessEqual(TEMPLATE, set(tiny))
        self.assertIs(tiny['ready'], True)
        self.assertEqual(tiny['volume'], 'tiny.qcow2')
        self.assertIsNone(tiny['fetched_at'])
        self.assertEqual(self.fine('--demo', 'template', 'show', 'tiny', '--json').json(), tiny)

    def test_templates_say_how_they_become_ready(self):
        lines = {line.split()[0]: line.split()[1] for line in self.fine('--demo', 'template', 'list').out.splitlines()}
        self.assertEqual(lines['debian-12'], 'fetch')
        self.assertIn(lines['tiny'], ('build', 'ready'))

    def test_doctor_json_has_every_key_of_each_check(self):
        checks = self.fine('--demo', 'doctor', '--json').json()['checks']
        names = [check['id'] for check in checks]
        self.assertGreater(len(names), 35)
        self.assertEqual(len(set(names)), len(names))
        # Scripts know these.
        self.assertLessEqual({'libvirt', 'hardware-virtualization', 'pool', 'network-active', 'firmware', 'cloud-init'},
                             set(names))
        for check in checks:
            self.assertEqual(set(check), {'id', 'title', 'status', 'detail', 'fix', 'see'})
            self.assertIn(check['status'], {'ok', 'warning', 'failure', 'skipped'})
            self.assertTrue(check['detail'], check)
            self.assertEqual(check['fix'] is not None, check['status'] in ('warning', 'failure'), check)
            self.assertRegex(check['see'], r'^innkeep-setup\(7\), [A-Z]+$')

    def test_doctor_without_libvirt_says_so_and_what_to_do(self):
        result = self.run_it('-c', 'qemu+unix:///system?socket=/nonexistent', 'doctor', '--json')
        self.assertEqual(result.status, 8, result.err)
        checks = {check['id']: check for check in result.json()['checks']}
        for name in ('daemon', 'libvirt'):
            self.assertEqual(checks[name]['status'], 'failure', checks[name])
            self.assertTrue(checks[name]['fix'])
        for name in ('pool', 'network-active', 'firmware', 'guest-agent', 'journals'):
            self.assertEqual((checks[name]['status'], checks[name]['detail']), ('skipped', 'libvirt is not reached'))

    def test_doctor_ends_with_a_sum(self):
        lines = self.fine('--demo', 'doctor').out.splitlines()
        self.assertRegex(lines[-1], r'^[0-9]+ checks: [0-9]+ ok, 2 warnings, 0 failures, [0-9]+ skipped$')
        self.assertIn('         fix: virsh -c test:///default net-autostart default', lines)

    def test_dry_run_tells_steps_and_changes_nothing(self):
        node = self.write('node.xml', WITH_DISK)
        for words in (['--demo', 'delete', 'scratch'], ['--demo', 'clone', 'scratch'],
                      ['-c', 'test://' + node, 'delete', '--force', 'disky']):
            steps = self.fine(*words, '--dry-run', '--json').json()['steps']
            self.assertTrue(steps)
            for step in steps:
                self.assertLessEqual({'step', 'object', 'action'}, set(step))


class Several(innkeep.Case):
    def test_each_has_a_line_and_the_first_failure_is_the_status(self):
        result = self.demo('start', 'games', 'nobody', 'lab:openbsd')
        self.assertEqual(result.status, 3)
        self.assertIn('games: started', result.out)
        self.assertIn('lab:openbsd: started', result.out)
        self.assertIn("no guest 'nobody'", result.err)

    def test_each_has_a_json_object(self):
        result = self.demo('pause', 'mail', 'nobody', 'scratch', '--json')
        told = {one['name']: one for one in result.json()}
        self.assertEqual(set(told), {'mail', 'nobody', 'scratch'})
        self.assertEqual((told['mail']['ok'], told['mail']['error']), (True, None))
        self.assertIs(told['nobody']['ok'], False)
        self.assertIn('shut off', told['scratch']['error'])
        self.assertEqual(result.status, 3)

    def test_a_guest_named_twice_is_acted_on_once(self):
        self.assertEqual(len(self.fine('--demo', 'pause', 'mail', 'mail', '--json').json()), 1)


if __name__ == '__main__':
    innkeep.main()
