/** What the runner found out about the machine, as lines of the report. */
import { join } from 'node:path'
import type { inspectSandbox } from '@algorist/runner/sandbox/inspect.ts'
import type { Config } from '../config.ts'
import type { Finding } from './doctor.ts'

/** The runner's own examination; the server knows its type alone. */
export type InspectSandbox = typeof inspectSandbox

export function checkSandbox(
  { sandbox, home, networks, workers, builds }: Config,
  registries: () => Promise<readonly string[]>,
  inspect: InspectSandbox,
): Promise<readonly Finding[]> {
  return inspect({
    home: join(home, 'runner'),
    uidBase: sandbox.uidBase,
    sandbox: sandbox.kind === 'bubblewrap' ? 'bubblewrap' : 'trusted',
    network: networks,
    zygotes: workers.templates,
    builds: { registries, environment: builds.environment },
  })
}
