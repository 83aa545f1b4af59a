/** Attacks on the kernel and by its less harmless system calls. */
import { type Attack, call, inChild, may, shell } from '../attack.ts'

const SECCOMP = 'the seccomp filter'
const NO_RIGHTS = 'no capabilities and no way to get any (no_new_privs)'
const NEW_USER = 0x1000_0000
const NEW_MOUNT = 0x0002_0000
const NEW_NETWORK = 0x4000_0000

/** A read of 8 bytes at an address: what one `struct iovec` says. */
const IOVEC = 'x:00100000000000000800000000000000'
/** A software counter of user space alone, which unhardened kernels give to everybody. */
const PERF_ATTRIBUTES = `x:0100000070000000${'09'.padEnd(16, '0')}${'0'.repeat(48)}${'60'.padEnd(16, '0')}${'0'.repeat(128)}`
const BPF_ARRAY_MAP = `x:02000000040000000400000001000000${'0'.repeat(200)}`

export const KERNEL_ATTACKS: readonly Attack[] = [
  {
    name: 'become another user',
    stoppedBy: 'a user namespace with one uid, switched to before it was made',
    steps: () => [
      call('setuid', 0),
      call('setgid', 0),
      call('setresuid', 0, 0, 0),
      call('setresgid', 0, 0, 0),
      call('setgroups', 1, 'z:4'),
      shell('su -c true'),
      shell('sudo -n true'),
      shell('cp /usr/bin/id /tmp/id && chmod 4755 /tmp/id && /tmp/id | grep "uid=0"'),
      shell('grep -E "^Cap(Eff|Prm|Bnd|Amb)" /proc/self/status | grep -v 0000000000000000'),
      shell('grep "^NoNewPrivs:.*0" /proc/self/status'),
    ],
  },
  {
    name: 'make namespaces of its own',
    stoppedBy: 'user namespaces switched off inside (bubblewrap --disable-userns); the seccomp filter besides',
    steps: () => [
      call('unshare', NEW_USER),
      call('unshare', NEW_MOUNT),
      call('unshare', NEW_NETWORK),
      call('unshare', NEW_USER | NEW_MOUNT | NEW_NETWORK),
      call('clone3', `x:${'0000001000000000'}${'0'.repeat(48)}${'1100000000000000'}${'0'.repeat(48)}`, 64),
      shell('unshare --user --map-root-user true'),
      shell('bwrap --ro-bind / / --unshare-user true'),
      shell('echo 100 > /proc/sys/user/max_user_namespaces'),
    ],
  },
  {
    name: 'enter namespaces of others',
    stoppedBy: NO_RIGHTS,
    steps: () => [
      ...['user', 'mnt', 'net', 'pid', 'ipc'].flatMap((name) => [
        may(call('openat', -100, `s:/proc/1/ns/${name}`, 0)),
        call('setns', '$', 0),
      ]),
      shell('nsenter --target 1 --mount --net true'),
    ],
  },
  {
    name: 'look into and change other processes',
    stoppedBy: SECCOMP,
    steps: () => [
      call('ptrace', 16, 1, 0, 0),
      call('ptrace', 0x4206, 1, 0, 0),
      call('process_vm_readv', 1, IOVEC, 1, IOVEC, 1, 0),
      call('process_vm_writev', 1, IOVEC, 1, IOVEC, 1, 0),
      call('kcmp', 1, 1, 0, 0, 0),
      may(call('pidfd_open', 1, 0)),
      call('pidfd_getfd', '$', 1, 0),
      call('process_madvise', '$', IOVEC, 1, 21, 0),
    ],
  },
  {
    name: 'keyrings',
    stoppedBy: SECCOMP,
    steps: () => [
      call('add_key', 's:user', 's:attack', 'x:00', 1, -4),
      call('request_key', 's:user', 's:attack', 0, -4),
      call('keyctl', 0, -4, 1),
      call('keyctl', 1, 's:attack'),
    ],
  },
  {
    name: 'bpf, perf, userfaultfd, io_uring',
    stoppedBy: SECCOMP,
    steps: () => [
      call('bpf', 0, BPF_ARRAY_MAP, 72),
      call('bpf', 0, BPF_ARRAY_MAP, 120),
      call('perf_event_open', PERF_ATTRIBUTES, 0, -1, -1, 0),
      call('userfaultfd', 0),
      call('userfaultfd', 1),
      call('io_uring_setup', 8, 'z:120'),
      call('fanotify_init', 0, 0),
      call('lookup_dcookie', 1, 'z:100', 100),
    ],
  },
  {
    name: 'raw sockets and rare protocol families',
    stoppedBy: `${NO_RIGHTS}; the seccomp filter besides`,
    steps: () => [
      call('socket', 2, 3, 1),
      call('socket', 10, 3, 58),
      call('socket', 2, 10, 0),
      call('socket', 17, 3, 768),
      call('socket', 38, 5, 0),
      call('socket', 40, 1, 0),
      call('socket', 15, 3, 2),
      call('socket', 29, 3, 1),
      call('socket', 30, 1, 0),
      call('socket', 31, 3, 1),
      call('socket', 44, 3, 0),
      call('socket', 21, 5, 0),
    ],
  },
  {
    name: 'host-wide settings: clock, name, quotas, kernel log, priorities',
    stoppedBy: `${NO_RIGHTS}; the seccomp filter besides`,
    steps: () => [
      call('settimeofday', 0, 'z:8'),
      call('clock_settime', 0, `x:${'0'.repeat(32)}`),
      call('syslog', 3, 'z:1000', 1000),
      call('syslog', 10, 0, 0),
      call('sethostname', 's:attack', 6),
      call('quotactl', 0x800007, 0, 0, 0),
      call('setpriority', 0, 0, -20),
      call('ioprio_set', 1, 0, (1 << 13) | 0),
      call('sched_setscheduler', 0, 1, 'x:01000000'),
      call('vhangup'),
      shell('echo attack > /proc/sys/kernel/hostname'),
      shell('sysctl -w kernel.panic=1'),
    ],
  },
  {
    name: 'load or stop parts of the kernel',
    stoppedBy: `${NO_RIGHTS}; the seccomp filter ends the process besides`,
    steps: () => [
      inChild('init_module', 0, 0, 0),
      inChild('finit_module', 0, 0, 0),
      inChild('delete_module', 0, 0),
      inChild('kexec_load', 0, 0, 0, 0),
      // Magic numbers of reboot(2) with its most harmless command: whether Ctrl-Alt-Del reaches init.
      inChild('reboot', 0xfee1dead, 672_274_793, 0, 0),
      inChild('swapon', 0, 0),
      inChild('acct', 0),
      ...(process.arch === 'x64' ? [inChild('iopl', 3), inChild('ioperm', 0, 1, 1)] : []),
    ],
  },
]
