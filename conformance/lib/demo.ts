/** Installs the demo algorithms on a server that is not `bin/up`'s, by the same program. */
import { join, resolve } from 'node:path'
import { run } from './processes.ts'
import type { Target } from './server.ts'

const INSTALLER = resolve(import.meta.dirname, '../../bin/lib/install-demo.ts')
const TIMEOUT_MS = 10 * 60_000

/** A server that is not ours has its demo already. @throws Error with what the installer printed */
export async function installDemo(target: Target): Promise<void> {
  if (target.home === null) return
  const bootstrap = join(target.home, 'bootstrap.json')
  const finished = await run(process.execPath, [INSTALLER, target.url, bootstrap], { timeoutMs: TIMEOUT_MS })
  if (finished.code !== 0) throw new Error(`The demo is not installed: ${finished.stdout}${finished.stderr}`)
}
