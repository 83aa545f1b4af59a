/**
 * Contains a command with bubblewrap: own user, mount, pid, ipc, uts, cgroup and network namespaces, no capabilities,
 * only the system's programs and what the specification binds (design.md 5). The uid is switched before bubblewrap
 * starts, so that nothing in the sandbox ever had the server's rights.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { accountOf, type ProcessGroups } from './groups/groups.ts'
import { closeInheritedDescriptors } from './inherited.ts'
import type { Network, Networks } from './network/networks.ts'
import { overlayPrefix } from './overlay.ts'
import { killGroup, limitPrefix, type Sandbox, type SandboxSpec, type Started } from './sandbox.ts'
import { seccompFilter } from './seccomp/filter.ts'

/** User and group inside (runtime.md 4.1). */
export const INSIDE_UID = 2222
const SMALL_TMPFS_BYTES = 64 * 1024 * 1024
const ARGUMENTS_FD = 4
const FILTER_FD = 5

/** Files of `/proc` that tell about the host as a whole, or about other processes, to whoever may read them. */
export const HIDDEN = ['cmdline', 'interrupts', 'kallsyms', 'key-users', 'keys', 'locks', 'sched_debug', 'timer_list']

/** Parts of `/etc` that programs need to find libraries, certificates, time zones and fonts. */
const ETC = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'localtime',
  'timezone',
  'ssl/certs',
  'ssl/openssl.cnf',
  'ca-certificates.conf',
  'mime.types',
  'magic',
  'protocols',
  'services',
  'fonts',
  'os-release',
  'debian_version',
]

/** Arguments of bwrap for a specification. `etcFolder` holds passwd, group, hosts and nsswitch.conf made for sandboxes. */
export function bubblewrapArguments(spec: SandboxSpec, etcFolder: string, network: Network): string[] {
  const { isShared: sharesNetwork, resolvConf } = network
  return [
    ...namespaces(spec, sharesNetwork),
    ...system(spec, etcFolder, resolvConf),
    ...spec.tmpfs.flatMap(({ target, sizeBytes }) => tmpfs(target, sizeBytes, '1777')),
    ...spec.binds.flatMap(({ source, target, writable }) => [writable ? '--bind' : '--ro-bind', source, target]),
    // The folders that bwrap made for mount points are in memory without a limit. `/proc` has settings of the kernel's
    // namespaces and the memory of processes, both writable by whoever owns them.
    ...['--remount-ro', '/dev', ...(spec.isTemplate ? [] : ['--remount-ro', '/proc']), '--remount-ro', '/'],
    ...(spec.isTemplate ? [] : ['--seccomp', String(FILTER_FD)]),
    ...['--clearenv', ...variables(spec).flatMap(([name, value]) => ['--setenv', name, value])],
    ...['--chdir', spec.cwd],
  ]
}

const variables = ({ env, secrets }: SandboxSpec) => Object.entries({ ...secrets, ...env })

function namespaces(spec: SandboxSpec, sharesNetwork: boolean): string[] {
  return [
    ...['--unshare-all', '--unshare-user', '--die-with-parent', '--new-session'],
    ...(spec.isTemplate ? [] : ['--disable-userns']),
    ...(sharesNetwork ? ['--share-net'] : []),
    ...['--uid', String(INSIDE_UID), '--gid', String(INSIDE_UID), '--hostname', 'algorist', '--cap-drop', 'ALL'],
  ]
}

function system(spec: SandboxSpec, etcFolder: string, resolvConf: string | null): string[] {
  const links = ['bin', 'lib', 'lib64', 'sbin'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`])
  const made = ['passwd', 'group', 'hosts', 'nsswitch.conf'].flatMap((name) => [
    '--ro-bind',
    `${etcFolder}/${name}`,
    `/etc/${name}`,
  ])
  // What is there is a device on a mount without devices, so it cannot be opened.
  // The forks of a template may mount a `/proc` of their own only while nothing of this one is hidden.
  const hidden = (spec.isTemplate ? [] : HIDDEN)
    .map((name) => `/proc/${name}`)
    .filter((path) => existsSync(path))
    .flatMap((path) => ['--ro-bind', '/dev/null', path])
  return [
    ...['--ro-bind', '/usr', '/usr', ...links],
    ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...(resolvConf === null ? [] : ['--ro-bind-try', resolvConf, '/etc/resolv.conf']),
    ...made,
    ...['--proc', '/proc', ...hidden, '--dev', '/dev', ...tmpfs('/dev/shm', SMALL_TMPFS_BYTES, '1777')],
    ...tmpfs('/home/algo', SMALL_TMPFS_BYTES, '0755'),
    ...['--perms', '1777', '--dir', '/var/tmp'],
  ]
}

function tmpfs(target: string, sizeBytes: number, mode: string): string[] {
  return ['--perms', mode, '--size', String(sizeBytes), '--tmpfs', target]
}

const BWRAP = ['bwrap', '--args', String(ARGUMENTS_FD), '--']

export interface BubblewrapOptions {
  /** Folder with passwd, group, hosts and nsswitch.conf, readable by the uids that sandboxes run under. */
  readonly etcFolder: string
  readonly groups: ProcessGroups
  readonly networks: Networks
  /** False leaves out system calls that hide memory from a watch. By default as `groups` need it: control groups count all. */
  readonly hasMemoryGroup?: boolean
}

/** @throws Error on processors without a system-call filter */
export function createBubblewrap({ etcFolder, groups, networks, ...options }: BubblewrapOptions): Sandbox {
  const { hasMemoryGroup = groups.kind === 'cgroup1' || groups.kind === 'cgroup2' } = options
  const filter = seccompFilter({ hasMemoryGroup })
  closeInheritedDescriptors()

  async function start(spec: SandboxSpec): Promise<Started> {
    const group = groups.open(spec.limits, spec.purpose, accountOf(spec.uid, spec.purpose))
    let network: Network | null = null
    let child: ChildProcess | null = null
    const release = async () => {
      await network?.release()
      group.release()
    }
    try {
      network = await networks.open(spec.network, spec.uid)
      for (const pid of network.processes) await group.admit(pid)
      const limits = limitPrefix(spec.limits, group.rlimits)
      const overlay = spec.overlay === undefined ? [] : overlayPrefix(spec.overlay)
      const [program = '', ...rest] = [...network.prefix, ...overlay, ...BWRAP, ...limits, ...spec.command]
      child = spawn(program, rest, {
        cwd: '/',
        env: { PATH: '/usr/bin:/bin', ...groups.environment },
        detached: true,
        ...(spec.uid === null ? {} : { uid: spec.uid, gid: spec.uid }),
        stdio: [
          spec.stdin === 'pipe' ? 'pipe' : 'ignore',
          ...spec.output,
          spec.socket ? 'pipe' : 'ignore',
          ...['pipe' as const, 'pipe' as const],
        ],
      })
      for (const fd of [ARGUMENTS_FD, FILTER_FD]) child.stdio[fd]?.on('error', () => {})
      // bubblewrap starts nothing before it has read its arguments, so nothing can be outside of the group.
      if (child.pid !== undefined) await group.admit(child.pid)
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('bubblewrap ended before it began')
      // Arguments travel through a descriptor: host paths and environment are then in no process list, inside or outside.
      hand(child, ARGUMENTS_FD, bubblewrapArguments(spec, etcFolder, network).join('\0'))
      hand(child, FILTER_FD, filter)
      const inside = child
      void network.lost.then(() => killGroup(inside))
      return { child, group, release }
    } catch (error) {
      if (child !== null) killGroup(child)
      await release()
      throw error
    }
  }

  async function close(): Promise<void> {
    await groups.close()
    await networks.close()
  }

  return { mode: 'bubblewrap', start, close }
}

/** Gives the child something to read on a descriptor. One that never started has none. */
function hand(child: ChildProcess, fd: number, content: string | Buffer): void {
  const channel = child.stdio[fd] as Writable | null | undefined
  channel?.end(content)
}
