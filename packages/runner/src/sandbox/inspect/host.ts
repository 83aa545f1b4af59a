/** What the host gives before any sandbox starts: user ids, user namespaces, a way to the data folder, kernel settings. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Check, failed, ok, warning } from './check.ts'

/** @param uidSeen host uid of a process that a real sandbox had; null when none started */
export function checkUids(uidBase: number | null, uidSeen: number | null): Check {
  const name = 'host uids'
  if (uidBase === null) {
    const detail = "Workers, builds and git run under the server's own uid; namespaces alone keep accounts apart."
    return warning(name, detail, 'Start the server as root; it gives each account a uid of its own.')
  }
  if (uidSeen !== null && uidSeen !== uidBase) {
    return failed(name, `A sandbox ran under uid ${uidSeen}, expected ${uidBase}.`)
  }
  return ok(name, `Workers, builds and git run under unprivileged uids from ${uidBase} on, one for each account.`)
}

/** Other uids must be able to pass through every folder above the files that sandboxes mount. */
export async function checkWayHome(home: string, uidBase: number | null): Promise<Check> {
  const name = 'way to the data folder'
  if (uidBase === null) return ok(name, home)
  for (let folder = resolve(home); folder !== dirname(folder); folder = dirname(folder)) {
    const mode = await stat(folder).then(
      (found) => found.mode,
      () => null,
    )
    if (mode !== null && (mode & 0o001) === 0) {
      const detail = `${folder} cannot be passed through by the uids that workers run under.`
      return failed(name, detail, `chmod o+x ${folder}, or use another data folder.`)
    }
  }
  return ok(name, home)
}

const SWITCHES = [
  { path: '/proc/sys/user/max_user_namespaces', off: '0', fix: 'sysctl user.max_user_namespaces=10000' },
  // Of Debian's kernels.
  {
    path: '/proc/sys/kernel/unprivileged_userns_clone',
    off: '0',
    fix: 'sysctl kernel.unprivileged_userns_clone=1',
  },
]

/** Whether ordinary users may make user namespaces, which is how a sandbox begins. */
export async function checkUserNamespaces(): Promise<Check> {
  const name = 'user namespaces'
  const values = await Promise.all(SWITCHES.map(({ path }) => settingOf(path)))
  const index = SWITCHES.findIndex(({ off }, at) => values[at] === off)
  const found = SWITCHES[index]
  if (found) return failed(name, `${found.path} is ${found.off}: no sandbox can be made.`, found.fix)
  return values[0] === null
    ? failed(name, 'This kernel has no user namespaces.')
    : ok(name, `Up to ${values[0]} may be made.`)
}

const KERNEL_SETTINGS = [
  'kernel.dmesg_restrict',
  'kernel.kptr_restrict',
  'kernel.yama.ptrace_scope',
  'fs.suid_dumpable',
]

/** Settings that the sandbox does not rest on, and that are a second lock where they are set. */
export async function checkKernel(): Promise<Check> {
  const values = await Promise.all(KERNEL_SETTINGS.map((name) => settingOf(`/proc/sys/${name.replaceAll('.', '/')}`)))
  const list = KERNEL_SETTINGS.map((name, index) => `${name}=${values[index] ?? 'none'}`).join(', ')
  return ok('kernel', `${list}. The sandbox does not rest on them.`)
}

async function settingOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
}
