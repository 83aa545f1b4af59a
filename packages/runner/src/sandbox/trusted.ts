/**
 * The explicit "trusted code only" mode: the same interface with no isolation. Paths of the sandbox are translated to
 * the host's; the process dies with the server; everything else that author code can do, it can do to the host.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Bind, limitPrefix, type Sandbox, type SandboxSpec } from './sandbox.ts'

export function createTrusted(): Sandbox {
  function start(spec: SandboxSpec): ChildProcess {
    const toHost = (text: string) => translate(text, spec.binds)
    const command = [
      ...limitPrefix(spec.limits),
      '/usr/bin/setpriv',
      '--pdeathsig',
      'KILL',
      ...spec.command.map(toHost),
    ]
    const env = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, toHost(value)]))
    return spawn(command[0] ?? '', command.slice(1), {
      cwd: toHost(spec.cwd),
      env: { ...env, TMPDIR: toHost('/tmp') },
      detached: true,
      ...(spec.uid === null ? {} : { uid: spec.uid, gid: spec.uid }),
      stdio: [spec.stdin === 'pipe' ? 'pipe' : 'ignore', ...spec.output, spec.socket ? 'pipe' : 'ignore'],
    })
  }
  return { mode: 'trusted', start }
}

/** Replaces a path of the sandbox by the host's, whole or at the start of an argument. */
function translate(text: string, binds: readonly Bind[]): string {
  const bind = binds.find(({ target }) => text === target || text.startsWith(`${target}/`))
  return bind === undefined ? text : bind.source + text.slice(bind.target.length)
}
