/**
 * The explicit "trusted code only" mode: the same interface with no isolation. Paths of the sandbox are translated to
 * the host's; the process dies with the server; everything else that author code can do, it can do to the host.
 */
import { spawn } from 'node:child_process'
import { accountOf, type ProcessGroups } from './groups/groups.ts'
import { type Bind, limitPrefix, type Sandbox, type SandboxSpec, type Started } from './sandbox.ts'

/** `groups` hold even trusted code to its limits. */
export function createTrusted(groups: ProcessGroups): Sandbox {
  async function start(spec: SandboxSpec): Promise<Started> {
    const toHost = (text: string) => translate(text, spec.binds)
    const group = groups.open(spec.limits, spec.purpose, accountOf(spec.uid, spec.purpose))
    const command = [
      ...limitPrefix(spec.limits, group.rlimits),
      '/usr/bin/setpriv',
      '--pdeathsig',
      'KILL',
      ...spec.command.map(toHost),
    ]
    const env = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, toHost(value)]))
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: toHost(spec.cwd),
      env: { ...spec.secrets, ...env, TMPDIR: toHost('/tmp'), ...groups.environment },
      detached: true,
      ...(spec.uid === null ? {} : { uid: spec.uid, gid: spec.uid }),
      stdio: [spec.stdin === 'pipe' ? 'pipe' : 'ignore', ...spec.output, spec.socket ? 'pipe' : 'ignore'],
    })
    if (child.pid !== undefined) group.add(child.pid)
    return { child, group, release: async () => group.release() }
  }
  return { mode: 'trusted', start, close: groups.close }
}

/** Replaces a path of the sandbox by the host's, whole or at the start of an argument. */
function translate(text: string, binds: readonly Bind[]): string {
  const bind = binds.find(({ target }) => text === target || text.startsWith(`${target}/`))
  return bind === undefined ? text : bind.source + text.slice(bind.target.length)
}
