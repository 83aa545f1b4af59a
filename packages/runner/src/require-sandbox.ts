/** Whether author code can be contained on this machine, before any is run. */
import type { RunnerOptions } from './options.ts'
import { inspectSandbox } from './sandbox/inspect.ts'

export type InspectedOptions = Pick<
  RunnerOptions,
  'home' | 'uidBase' | 'sandbox' | 'groups' | 'network' | 'zygotes' | 'log'
>

/**
 * Tries the sandbox and warns of what the machine lacks; `trusted` is not tried. It takes a second or two.
 *
 * @param options `home` is there
 * @throws Error naming what the machine lacks when the sandbox cannot work
 */
export async function requireSandbox(options: InspectedOptions): Promise<void> {
  if (options.sandbox === 'trusted') {
    options.log.warn({}, 'trusted code only: algorithms and builds run WITHOUT a sandbox')
    return
  }
  const checks = await inspectSandbox(options)
  for (const { name, detail } of checks.filter(({ level }) => level === 'warning')) {
    options.log.warn({ protection: name, detail }, 'this machine protects less than others could')
  }
  const failed = checks.filter(({ level }) => level === 'failed')
  if (failed.length === 0) return
  const list = failed.map(({ name, detail, fix }) => `${name}: ${detail}${fix === undefined ? '' : ` ${fix}`}`)
  throw new Error(`The sandbox cannot work on this machine.\n${list.join('\n')}`)
}
