/** A server of this checkout with one account on it, as a benchmark needs it. */
import { mkdir } from 'node:fs/promises'
import { type Account, createAccount } from '../../conformance/lib/accounts.ts'
import { curl } from '../../conformance/lib/curl.ts'
import { startTarget, type Target } from '../../conformance/lib/server.ts'
import type { Bench, Plan, Row } from './bench.ts'

export interface Service {
  readonly target: Target
  readonly pid: number
  readonly account: Account
  /** Those that differ from the defaults. */
  readonly settings: Readonly<Record<string, string>>
  /** Figures of `/metrics` by their names with labels. @throws Error for one that is not there */
  metrics<Name extends string>(...names: readonly Name[]): Promise<Readonly<Record<Name, number>>>
  close(): Promise<void>
}

/** @param settings that differ from the defaults @throws Error when `ALGORIST_TARGET` names another server */
export async function openService(plan: Plan, settings: Readonly<Record<string, string>> = {}): Promise<Service> {
  const target = await startTarget({ ...settings, ...(await profiling(plan)) })
  if (target.pid === null) throw new Error('Benchmarks start their own server: unset ALGORIST_TARGET')
  try {
    return serviceOf(target, target.pid, await createAccount(target, 'bench'), settings)
  } catch (error) {
    await target.close()
    throw error
  }
}

/**
 * A benchmark that needs one such server from its begin to its end.
 *
 * @param settings as of `openService()`
 */
export function onService(
  name: string,
  measure: (service: Service, plan: Plan) => Promise<readonly Row[]>,
  settings: Readonly<Record<string, string>> = {},
): Bench {
  return {
    name,
    async measure(plan) {
      const service = await openService(plan, settings)
      try {
        return await measure(service, plan)
      } finally {
        await service.close()
      }
    },
  }
}

function serviceOf(target: Target, pid: number, account: Account, settings: Service['settings']): Service {
  return {
    target,
    pid,
    account,
    settings,
    async metrics<Name extends string>(...names: readonly Name[]) {
      const { text } = await curl('GET', `${target.url}/metrics`, { key: target.adminKey })
      return Object.fromEntries(names.map((name) => [name, figureIn(text, name)])) as Record<Name, number>
    },
    close: () => target.close(),
  }
}

/** @param name with its labels, as it is printed */
function figureIn(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  if (line === undefined) throw new Error(`/metrics has no ${name}`)
  return Number(line.slice(name.length))
}

/** How many workers there are. */
export async function workersOf({ metrics }: Pick<Service, 'metrics'>): Promise<number> {
  return (await metrics('algorist_workers')).algorist_workers
}

/** The server writes its profile when it ends; workers have an environment of their own and write none. */
async function profiling({ profileFolder }: Plan): Promise<Record<string, string>> {
  if (profileFolder === null) return {}
  await mkdir(profileFolder, { recursive: true })
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=250 --cpu-prof-dir=${profileFolder}` }
}
