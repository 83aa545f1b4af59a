import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { judge } from '../../../test-fixtures/bpf-machine.ts'
import { type Architecture, compile, numbersOf } from './compile.ts'
import { seccompFilter } from './filter.ts'
import { sandboxPolicy } from './policy.ts'

const AUDIT: Record<Architecture, number> = { x86_64: 0xc000_003e, aarch64: 0xc000_00b7 }
const ARCHITECTURES = ['x86_64', 'aarch64'] as const
const FOREIGN = [0x4000_0003, 0x4000_0028, 0xc000_00f3, 0]
const ENOSYS = 38
const EPERM = 1

/** Verdict on a call by name, on every architecture that has it. */
function verdictOn(name: string, args: number[] = [], hasMemoryGroup = true) {
  const verdicts = ARCHITECTURES.flatMap((architecture) => {
    const number = numbersOf(architecture).get(name)
    const filter = seccompFilter({ hasMemoryGroup, architecture })
    return number === undefined ? [] : [judge(filter, { architecture: AUDIT[architecture], number, args })]
  })
  assert.equal(new Set(verdicts).size, 1, `${name}: ${verdicts.join(', ')}`)
  return verdicts[0]
}

for (const architecture of ARCHITECTURES) {
  test(`every number of ${architecture} gets the verdict of its name, all others are missing`, () => {
    const { calls } = sandboxPolicy({ hasMemoryGroup: true })
    const filter = seccompFilter({ hasMemoryGroup: true, architecture })
    const names = new Map([...numbersOf(architecture)].map(([name, number]) => [number, name]))
    const seen = new Set<string>()
    for (let number = 0; number < 2000; number++) {
      const verdict = calls.get(names.get(number) ?? '') ?? { errno: ENOSYS }
      if (typeof verdict === 'object' && 'argument' in verdict) continue
      const expected = typeof verdict === 'string' ? verdict : verdict.errno
      assert.equal(judge(filter, { architecture: AUDIT[architecture], number }), expected, `${number}`)
      seen.add(String(expected))
    }
    assert.deepEqual([...seen].sort(), ['0', '1', '38', 'allow', 'kill'])
  })

  test(`calls of other processors kill a process of ${architecture}`, () => {
    const filter = seccompFilter({ hasMemoryGroup: true, architecture })
    const others = [...FOREIGN, ...ARCHITECTURES.filter((other) => other !== architecture).map((other) => AUDIT[other])]
    for (const other of others) assert.equal(judge(filter, { architecture: other, number: 0 }), 'kill')
  })
}

test('x32 calls kill, the number -1 is missing', () => {
  const filter = seccompFilter({ hasMemoryGroup: true, architecture: 'x86_64' })
  const on = (number: number) => judge(filter, { architecture: AUDIT.x86_64, number })
  assert.deepEqual([on(0x3fff_ffff), on(0x4000_0000), on(0x4000_0027), on(0x7fff_ffff)], [38, 'kill', 'kill', 'kill'])
  assert.equal(on(0xffff_ffff), ENOSYS)
})

test('processes and threads may be made, namespaces may not', () => {
  assert.equal(verdictOn('clone', [0x11]), 'allow')
  assert.equal(verdictOn('clone', [0x3d_0f00]), 'allow')
  assert.equal(verdictOn('clone3'), ENOSYS)
  for (const bit of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
    assert.equal(verdictOn('clone', [bit | 0x11]), EPERM)
    assert.equal(verdictOn('unshare', [bit | 0x200]), EPERM)
  }
  assert.equal(verdictOn('unshare', [0x80]), EPERM)
  assert.equal(verdictOn('unshare', [0x600]), 'allow')
})

test('sockets are local, TCP, UDP or about routes', () => {
  const [unix, inet, inet6, netlink, flags] = [1, 2, 10, 16, 0x8_0800]
  const on = (...args: number[]) => verdictOn('socket', args)
  for (const type of [1, 2, 5]) assert.equal(on(unix, type | flags, 0), 'allow')
  for (const family of [inet, inet6]) {
    assert.deepEqual([on(family, 1 | flags, 0), on(family, 1, 6), on(family, 2, 17)], ['allow', 'allow', 'allow'])
    assert.deepEqual([on(family, 3, 1), on(family, 3 | flags, 255), on(family, 10, 0)], [EPERM, EPERM, EPERM])
    assert.deepEqual([on(family, 1, 132), on(family, 1, 262), on(family, 2, 1), on(family, 2, 115)], [93, 93, 93, 93])
  }
  assert.deepEqual([on(netlink, 3, 0), on(netlink, 3, 12), on(netlink, 1, 0)], ['allow', 93, EPERM])
  for (const family of [0, 3, 5, 17, 29, 31, 38, 40, 44, 0xffff_ffff]) assert.equal(on(family, 2, 0), 97)
  assert.deepEqual([verdictOn('socketpair', [1, 1, 0]), verdictOn('socketpair', [30, 1, 0])], ['allow', 97])
  assert.deepEqual([verdictOn('setsockopt', [9, 1, 26]), verdictOn('setsockopt', [9, 6, 26])], [EPERM, 'allow'])
  assert.deepEqual([verdictOn('setsockopt', [9, 1, 50]), verdictOn('setsockopt', [9, 1, 2])], [EPERM, 'allow'])
})

test('terminals, personalities, devices and options of processes', () => {
  const cases: [string, number[], 'allow' | number][] = [
    ['ioctl', [0, 0x5401], 'allow'],
    ['ioctl', [0, 0x5412], EPERM],
    ['ioctl', [0, 0x541c], EPERM],
    ['personality', [0xffff_ffff], 'allow'],
    ['personality', [0], 'allow'],
    ['personality', [0x4_0000], EPERM],
    ['personality', [0x40_0000], EPERM],
    ['prctl', [15], 'allow'],
    ['prctl', [38], 'allow'],
    ['prctl', [22], 22],
    ['prctl', [35], 22],
    ['prctl', [59], 22],
    ['mknodat', [0, 0, 0x11a4], 'allow'],
    ['mknodat', [0, 0, 0x21b6], EPERM],
    ['mknodat', [0, 0, 0x61b6], EPERM],
    ['mknod', [0, 0x21b6], EPERM],
    ['mknod', [0, 0x1180], 'allow'],
  ]
  for (const [name, args, expected] of cases) assert.equal(verdictOn(name, args), expected, `${name} ${args}`)
})

test('without a memory group, memory that no process shows is refused', () => {
  for (const name of ['memfd_create', 'shmget', 'semget', 'msgget', 'vmsplice']) {
    assert.deepEqual([verdictOn(name), verdictOn(name, [], false)], ['allow', ENOSYS])
  }
  const shared = [0, 4096, 3, 0x21]
  assert.deepEqual([verdictOn('mmap', shared), verdictOn('mmap', shared, false)], ['allow', EPERM])
  for (const flags of [0x22, 0x01, 0x02, 0x4022, 0x2_0022]) {
    assert.equal(verdictOn('mmap', [0, 4096, 3, flags], false), 'allow')
  }
})

test('what may never be allowed is not', () => {
  const never =
    'mount umount2 open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr pivot_root chroot ' +
    'ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd keyctl add_key request_key bpf perf_event_open userfaultfd ' +
    'io_uring_setup io_uring_enter io_uring_register setns open_by_handle_at name_to_handle_at kexec_load kexec_file_load ' +
    'init_module finit_module delete_module create_module query_module reboot swapon swapoff quotactl quotactl_fd acct ' +
    'syslog settimeofday clock_settime clock_adjtime adjtimex iopl ioperm modify_ldt lookup_dcookie fanotify_init mbind ' +
    'move_pages migrate_pages vhangup nfsservctl uselib _sysctl seccomp clone3 io_setup memfd_secret'
  for (const name of never.split(' ')) assert.notEqual(verdictOn(name), 'allow', name)
})

test('a policy with a name that is no system call is not compiled', () => {
  const calls = new Map([['raed', 'allow' as const]])
  assert.throws(() => compile({ calls, otherwise: { errno: ENOSYS } }, 'x86_64'), /raed/)
})

const HEADERS = [
  { path: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h', architecture: 'x86_64' },
  { path: '/usr/include/asm/unistd_64.h', architecture: 'x86_64' },
  { path: '/usr/include/asm-generic/unistd.h', architecture: 'aarch64' },
] as const

/** Not calls of their own, or calls of 32-bit processors. */
const NOT_CALLS = /^(syscalls|arch_specific_syscall|sync_file_range2|.*_time64|.*_time32)$/

for (const { path, architecture } of HEADERS) {
  test(`the table has every call of ${path}`, { skip: !existsSync(path) }, () => {
    const numbers = numbersOf(architecture)
    const found = [...readFileSync(path, 'utf8').matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)]
    assert.ok(found.length > 300)
    for (const [, name = '', number] of found) {
      if (NOT_CALLS.test(name) || (Number(number) >= 403 && Number(number) <= 423)) continue
      assert.equal(numbers.get(name === 'fstatat' ? 'newfstatat' : name), Number(number), name)
    }
  })
}
