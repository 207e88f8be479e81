# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests with real guests share: innkeep as a person or a script calls it, virsh as the second opinion, a guest's
console to make it work, and waiting for a condition with a limit."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

INNKEEP = os.environ['INNKEEP']
URI = 'qemu:///system'


def wait_until(what, condition, limit=60):
    """The condition's first true value; fails after limit seconds."""
    until = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f'after {limit} s still not: {what() if callable(what) else what}')
        select.select([], [], [], 0.1)


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=options.pop('timeout', 120), **options)


def innkeep(*arguments, check=True, env=None, timeout=120):
    done = run(INNKEEP, *arguments, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f'innkeep {" ".join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}')
    return done


def killing(at):
    """The environment in which an innkeep is killed at that point of its journals, and, where the work is that of a
    process of its own, the one that stays with it too, before it takes anything back."""
    return {'INNKEEP_TEST_KILL_AT': str(at), 'INNKEEP_TEST_KILL_RECOVERY_AT': '1'}


def recover():
    """Ends what a killed innkeep left half done: the recovery is killed too, at each of its steps, and then comes to
    its end twice. How often it was killed."""
    state = os.environ['INNKEEP_STATEDIR']
    kills = 0
    while innkeep('list', check=False, env={'INNKEEP_TEST_KILL_RECOVERY_AT': str(kills + 1)}).returncode == -signal.SIGKILL:
        kills += 1
        if kills > 100:
            raise AssertionError('recovery never comes to its end')
    innkeep('list')
    innkeep('list')
    for folder in ('journal', 'build', 'seed'):
        path = os.path.join(state, folder)
        if os.path.isdir(path) and os.listdir(path):
            raise AssertionError(f'after recovery there are in {path}: {os.listdir(path)}')
    return kills


def innkeep_as_nobody(folder, *arguments, env=None):
    """As a person who may talk to libvirt and has none of its files; with a home in the folder, which must be open to
    all."""
    home, program = os.path.join(folder, 'nobody'), os.path.join(folder, 'innkeep')
    os.makedirs(home, exist_ok=True)
    os.chown(home, 65534, 65534)
    if not os.path.exists(program):
        shutil.copy(INNKEEP, program)
    return run('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', program, '-c', URI, *arguments,
               env={**os.environ, 'HOME': home, 'INNKEEP_STATEDIR': os.path.join(home, 'state'), **(env or {})}, cwd='/')


def innkeep_json(*arguments):
    return json.loads(innkeep(*arguments, '--json').stdout)


def guests():
    return {guest['name']: guest for guest in innkeep_json('list')}


def jobs():
    """The long jobs that run, of whoever began them."""
    return innkeep_json('job', 'list')


def virsh(*arguments, check=True, timeout=60):
    done = run('virsh', '-q', '-c', URI, *arguments, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f'virsh {" ".join(arguments)}: {done.stderr}')
    return done.stdout


def domstats(name):
    """virsh domstats as a dictionary."""
    return dict(line.strip().split('=', 1) for line in virsh('domstats', name, '--nowait').splitlines() if '=' in line)


# An agent as small as can be, for a tiny guest. Each line of a kind, `PATTERN) COMMANDS ;;`, is one thing that it does;
# what it answers goes to descriptor 3, $line is what it was asked, and what comes first goes first.
AGENT = r'''cat >/run/agent <<'END'
port=$(grep -l org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name)
port=${port%/name}
exec 3<>"/dev/${port##*/}"
while :; do
    # Nobody listens at the other end yet.
    read -r line <&3 || { usleep 100000; continue; }
    case $(cat /run/kind):$line in
KINDS
    *guest-sync*) printf '{"return":%s}\n' "$(echo "$line" | sed 's/.*"id": *\([0-9]*\).*/\1/')" >&3 ;;
ANSWERS
    *) echo '{"error":{"class":"CommandNotFound","desc":"no"}}' >&3 ;;
    esac
done
END
echo well >/run/kind
setsid sh /run/agent </dev/null >/run/agent.log 2>&1 & true'''


def start_agent(name, answers, kinds=''):
    """Such an agent in a tiny guest that runs; kinds may answer even what libvirt asks before each command."""
    with Console(name, 300) as console:
        begin_agent(console, name, answers, kinds)


def begin_agent(console, name, answers, kinds=''):
    """The same by a console that is there."""
    console.run(AGENT.replace('KINDS', kinds.strip('\n')).replace('ANSWERS', answers.strip('\n')))
    wait_until(f'an agent in {name}', lambda: has_agent(name))


def agent_kind(name, kind):
    with Console(name) as console:
        console.run(f'echo {kind} >/run/kind')


def has_agent(name):
    return "state='connected'" in virsh('dumpxml', name)


# The full Debian as it is, of which only an overlay is written; nothing sets it up, and its agent starts by itself.
DEBIAN = '''<domain type='qemu'><name>{name}</name><memory unit='MiB'>512</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type><kernel>{images}/debian.vmlinuz</kernel><initrd>{images}/debian.initrd</initrd>
<cmdline>root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.hostname={name}</cmdline></os><features><acpi/></features><cpu mode='maximum'/>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{images}/{name}-own.qcow2'/><target dev='vda' bus='virtio'/></disk>
<serial type='pty'/><console type='pty'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>{more}</devices></domain>'''


def upload(name):
    source = os.path.join(os.environ['INNKEEP_TEST_DEBIAN'], name)
    facts = json.loads(run('qemu-img', 'info', '--output=json', source).stdout)
    virsh('vol-create-as', 'default', name, str(facts['virtual-size']), '--format', facts['format'], '--allocation', '0')
    virsh('vol-upload', '--pool', 'default', name, source, timeout=300)


def start_debian(name, more=''):
    """Begins to boot it; `wait --for agent` waits for its end."""
    for part in ('debian.qcow2', 'debian.vmlinuz', 'debian.initrd'):
        upload(part)
    virsh('vol-create-as', 'default', f'{name}-own.qcow2', '8G', '--format', 'qcow2', '--backing-vol', 'debian.qcow2',
          '--backing-vol-format', 'qcow2')
    path = os.path.join(os.environ['INNKEEP_STATEDIR'], f'{name}.xml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(DEBIAN.format(name=name, images='/var/lib/libvirt/images', more=more))
    virsh('define', path)
    virsh('start', name)


def build_tiny():
    innkeep('template', 'build', 'tiny', '--kernel-package', os.environ['INNKEEP_TEST_KERNEL'])


def create(*names, **options):
    for name in names:
        innkeep('create', name, '-t', 'tiny', *options.get('arguments', ()))


def qemu_pid(name):
    """The process of a running guest, by the pid file libvirt keeps."""
    with open(f'/run/libvirt/qemu/{name}.pid', encoding='ascii') as file:
        return int(file.read())


def hang(name):
    os.kill(qemu_pid(name), signal.SIGSTOP)


def unhang(name):
    os.kill(qemu_pid(name), signal.SIGCONT)


def autopsy(name):
    """What a guest that does not do what it should is at: its processors twice, the leases, and what it says on its
    console when spoken to."""
    told = ''
    for _ in range(2):
        for question in ('info status', 'info registers -a', 'info block'):
            told += virsh('qemu-monitor-command', name, '--hmp', question, check=False)
    try:
        with Console(name, limit=None) as console:
            os.write(console.fd, b'\n')
            told += hear(console.fd, 5)
    except AssertionError as error:
        told += str(error)
    return told + virsh('net-dhcp-leases', 'default', check=False)


def hear(fd, silence=0):
    """What comes from a terminal until it is silent for so many seconds."""
    heard = ''
    while select.select([fd], [], [], silence)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        heard += data.decode('utf-8', 'replace')
    return heard


class Console:
    """A guest's serial console through `innkeep console`, on a terminal of its own: with a prompt within limit seconds,
    or, without a limit, none is waited for."""

    def __init__(self, name, limit=60):
        self.heard, self.runs = '', 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(INNKEEP, [INNKEEP, 'console', name])
        self.wait_for('attached to')
        if limit is not None:
            wait_until('a prompt', self.prompt, limit)

    def read(self):
        self.heard += hear(self.fd)

    def wait_for(self, pattern, limit=60):
        def found():
            self.read()
            return re.search(pattern, self.heard)
        return wait_until(f'{pattern!r} in {self.heard[-300:]!r}', found, limit)

    def prompt(self):
        self.heard = ''
        os.write(self.fd, b'\n')
        try:
            return self.wait_for(r'# ', 2)
        except AssertionError:
            return None

    def run(self, command, limit=60):
        """What the command printed."""
        self.heard = ''
        self.runs += 1
        mark = f'ended-{self.runs}'  # no word of a command, whose echo may come before the shell reads it
        os.write(self.fd, f'{command}; echo ""{mark}\n'.encode())
        self.wait_for(rf'\r\n{mark}\r\n', limit)
        return self.heard.split('\r\n', 1)[1].rsplit(mark, 1)[0]

    def is_deaf(self):
        """Whether a line typed is not even echoed within a second."""
        self.read()
        self.heard = ''
        os.write(self.fd, b'\n')
        select.select([self.fd], [], [], 1)
        self.read()
        return self.heard == ''

    def close(self):
        os.write(self.fd, b'\x1d')
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
