/** Attacks on files: reading what belongs to others, writing where nothing may be written. */
import { join } from 'node:path'
import { type Attack, call, list, may, read, shell, step, write } from '../attack.ts'

const AT_CWD = -100
const MOUNT_NAMESPACE = 'a mount namespace that holds only the system, the artifact and private folders'
const READ_ONLY = 'read-only mounts, and no right to change them'

export const FILE_ATTACKS: readonly Attack[] = [
  {
    name: 'read files of the host',
    stoppedBy: MOUNT_NAMESPACE,
    steps: ({ hostFile }) => [
      ...['', '/proc/1/root', '/proc/self/root/..', '/proc/self/cwd/../../..'].flatMap((prefix) => [
        read(`${prefix}/etc/shadow`),
        read(`${prefix}${hostFile}`),
        list(`${prefix}/root`),
      ]),
      shell('ls -d /home/* | grep -v "^/home/algo$"'),
      shell('cat /etc/ssh/* /etc/gshadow /var/log/* /boot/* /srv/* /mnt/* 2>/dev/null | grep .'),
    ],
  },
  {
    name: "read another algorithm's artifact and source",
    stoppedBy: MOUNT_NAMESPACE,
    steps: ({ home, otherArtifact, otherRepository }) => [
      list(join(home, 'artifacts')),
      list(join(home, 'builds')),
      list(otherArtifact),
      read(join(otherArtifact, 'src/Algorithm.py')),
      read(`/opt/algorithm/../${otherArtifact.split('/').at(-1)}/src/Algorithm.py`),
      list(otherRepository),
      read(join(otherRepository, 'HEAD')),
      list('/opt/source.git'),
    ],
  },
  {
    name: "read the server's data folder",
    stoppedBy: `${MOUNT_NAMESPACE}; the host uid of the account besides`,
    steps: ({ ownersFile, home }) => [
      read(ownersFile),
      read(`/proc/self/root${ownersFile}`),
      list(home),
      list(join(home, 'run')),
      list(join(home, 'runtime')),
    ],
  },
  {
    name: 'list the processes of the host, read their environment',
    stoppedBy: 'a process namespace with its own /proc',
    steps: ({ serverPid }) => [
      read(`/proc/${serverPid}/environ`),
      read(`/proc/${serverPid}/cmdline`),
      list(`/proc/${serverPid}/fd`),
      may(step('processes')),
      // More than a relay, a build tool and its children.
      shell('test $(ls -d /proc/[0-9]* | wc -l) -gt 30'),
      shell("cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep ATTACK_SECRET"),
    ],
  },
  {
    name: 'write outside of the own folders',
    stoppedBy: READ_ONLY,
    steps: ({ hostFile, home }) => [
      ...['/', '/usr/', '/usr/bin/', '/etc/', '/opt/', '/home/', '/dev/', '/var/', '/proc/'].map((folder) =>
        write(`${folder}attack`),
      ),
      ...['/proc/1/root', '/proc/self/root'].map((prefix) => write(`${prefix}/usr/attack`)),
      write('/etc/passwd'),
      write(hostFile),
      write(join(home, 'artifacts/attack')),
      write('/proc/sys/kernel/core_pattern'),
      write('/proc/sys/vm/drop_caches'),
      write('/proc/1/oom_score_adj'),
      shell('echo -1000 > /proc/self/oom_score_adj'),
      shell('echo 0 > /proc/self/loginuid'),
      shell('echo x > /sys/fs/cgroup/memory/attack'),
      call('mkdirat', AT_CWD, 's:/usr/attack', 493),
      call('symlinkat', 's:/tmp', AT_CWD, 's:/usr/attack'),
    ],
  },
  {
    name: 'overwrite what the platform mounts',
    stoppedBy: READ_ONLY,
    steps: ({ phase }) => {
      const folder = phase === 'run' ? '/opt/bridge' : '/opt/language'
      return [
        write(`${folder}/attack`),
        shell(`for file in ${folder}/*; do echo x >> $file && exit 0; done; exit 1`),
        shell(`rm -rf ${folder}/* && ls -A ${folder} | grep -q . && exit 1`),
        shell(`mv ${folder} /tmp/attack`),
        shell('ls /opt/node /opt/relay >/dev/null 2>&1 && touch /opt/node/attack /opt/relay/attack'),
        shell(`exec 9<$(ls -d ${folder}/* | head -1) && echo x >> /proc/self/fd/9`),
      ]
    },
  },
  {
    name: 'overwrite the artifact',
    phases: ['run'],
    stoppedBy: 'the artifact belongs to the server and is mounted read-only',
    steps: ({ otherArtifact }) => [
      ...['/opt/algorithm', '/proc/self/cwd', '/proc/self/root/opt/algorithm', '/proc/1/root/opt/algorithm'].map(
        (path) => write(`${path}/attack`),
      ),
      shell('echo x >> /opt/algorithm/mark'),
      shell('chmod -R 777 /opt/algorithm'),
      shell('rm -f /opt/algorithm/mark && test ! -e /opt/algorithm/mark'),
      shell('exec 9</opt/algorithm/mark && echo x >> /proc/self/fd/9'),
      shell('ln /opt/algorithm/mark /tmp/mark'),
      shell('mv /opt/algorithm/mark /tmp/mark'),
      call('linkat', AT_CWD, 's:/opt/algorithm/mark', AT_CWD, 's:/dev/shm/mark', 0),
      call('truncate', 's:/opt/algorithm/mark', 0),
      call('fchownat', AT_CWD, 's:/opt/algorithm/mark', 2222, 2222, 0),
      call('utimensat', AT_CWD, 's:/opt/algorithm/mark', 0, 0),
      write(join(otherArtifact, 'attack')),
    ],
  },
  {
    name: 'mount, remount, bind, unmount',
    stoppedBy: 'no capabilities; the seccomp filter besides',
    steps: () => [
      call('mount', 's:none', 's:/opt/algorithm', 's:none', 4096 + 32, 0),
      call('mount', 's:/tmp', 's:/opt', 's:none', 4096, 0),
      call('mount', 's:none', 's:/tmp', 's:tmpfs', 0, 0),
      call('mount', 's:none', 's:/tmp', 's:proc', 0, 0),
      call('umount2', 's:/opt/algorithm', 2),
      call('umount2', 's:/proc', 2),
      call('open_tree', AT_CWD, 's:/', 1),
      call('fsopen', 's:tmpfs', 0),
      call('fsopen', 's:proc', 0),
      call('mount_setattr', AT_CWD, 's:/', 32768, 'z:32', 32),
      call('pivot_root', 's:/tmp', 's:/tmp'),
      call('chroot', 's:/tmp'),
      shell('mount -o remount,rw /'),
      shell('mount --bind /tmp /usr'),
    ],
  },
  {
    name: 'make and open device nodes',
    stoppedBy: 'no capabilities; a /dev of the six harmless devices, mounted nodev elsewhere',
    steps: () => [
      call('mknodat', AT_CWD, 's:/tmp/disk', 0o060600, 2048),
      call('mknodat', AT_CWD, 's:/tmp/memory', 0o020600, 257),
      ...[
        'mem',
        'kmem',
        'port',
        'kmsg',
        'sda',
        'vda',
        'nvme0n1',
        'kvm',
        'fuse',
        'net/tun',
        'loop-control',
        'loop0',
      ].map((name) => read(`/dev/${name}`)),
      ...['kcore', 'kmsg', 'vmcore', '1/mem'].map((name) => read(`/proc/${name}`)),
      write('/proc/sysrq-trigger'),
      write('/dev/kmsg'),
      call('open_by_handle_at', AT_CWD, 'x:0800000001000000020000000000000000', 0),
    ],
  },
]
