/** Each subject has one turn in every round: it is started, asked, measured on each workload, asked again, and ended. */
import { median } from '../lib/statistics.ts'
import { type LoadOptions, load } from '../load.ts'
import { descendantsOf, memoryOf } from '../memory.ts'
import { isWrkInstalled, wrk } from '../wrk.ts'
import { ask, type Call, checkAnswers, type Running, type Subject } from './subject.ts'
import { WORKLOAD, WORKLOADS, type WorkloadName } from './workloads.ts'

export const CLIENTS = [1, 32] as const

export interface Plan {
  readonly rounds: number
  /** Of load by 32 clients; one client has half of it. */
  readonly seconds: number
  /** Ends it between two measurements, with everything that it started. */
  readonly signal: AbortSignal
  /** Tells what happens. */
  log(line: string): void
}

export interface Cell {
  readonly workload: WorkloadName
  readonly clients: number
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Replies with an error status and broken connections, of all rounds. */
  readonly errors: number
}

export interface Measured {
  readonly subject: Subject
  /** Medians of the rounds; empty when it was skipped. */
  readonly cells: readonly Cell[]
  /** Of all its processes after a round, shared pages divided among those who share them. */
  readonly memoryMiB: number | null
  /** Why there are no figures. */
  readonly skipped: string | null
}

interface Taken {
  readonly cells: Cell[]
  readonly memoryMiB: number[]
}

const WARM_UP_MS = 2000
/** Before the first workload: workers that are started under load take some seconds to import scikit-learn. */
const FIRST_WARM_UP_MS = 8000
const hasWrk = isWrkInstalled()

/** A subject that fails once is left out from then on, and keeps the reason. @throws the signal's reason */
export async function measureAll(subjects: readonly Subject[], plan: Plan): Promise<Measured[]> {
  const taken = new Map<Subject, Taken>()
  const skipped = new Map<Subject, string>()
  const attempt = async (subject: Subject, what: () => Promise<void>): Promise<void> => {
    if (skipped.has(subject)) return
    plan.signal.throwIfAborted()
    await what().catch((error: unknown) => {
      plan.signal.throwIfAborted()
      skipped.set(subject, error instanceof Error ? error.message : String(error))
      plan.log(`${subject.id}: skipped: ${skipped.get(subject)}`)
    })
  }
  for (const subject of subjects) {
    plan.log(`${subject.id}: installing`)
    await attempt(subject, () => subject.install())
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const subject of inTurn(subjects, round)) {
      plan.log(`round ${round + 1} of ${plan.rounds}: ${subject.id}`)
      await attempt(subject, async () => {
        const before = taken.get(subject) ?? { cells: [], memoryMiB: [] }
        taken.set(subject, before)
        await takeRound(subject, plan, before)
      })
    }
  }
  return subjects.map((subject) => summary(subject, taken.get(subject), skipped.get(subject) ?? null))
}

/** Another one begins in every round: noise has a rhythm. */
function inTurn<T>(items: readonly T[], round: number): T[] {
  const first = (round * 5) % Math.max(1, items.length)
  return [...items.slice(first), ...items.slice(0, first)]
}

async function takeRound(subject: Subject, { seconds, signal }: Plan, taken: Taken): Promise<void> {
  const running = await subject.start()
  try {
    for (const workload of WORKLOADS) {
      const call = running.calls[workload]
      if (!call) continue
      const aim = loadOn(workload, call)
      await warmUp(aim, workload === WORKLOADS[0] ? FIRST_WARM_UP_MS : WARM_UP_MS)
      for (const clients of CLIENTS) {
        signal.throwIfAborted()
        const durationMs = (clients === 1 ? Math.max(1, seconds / 2) : seconds) * 1000
        // Behind whatever was asked before and nobody waits for any more.
        await ask(call, aim.body)
        taken.cells.push({ workload, clients, ...(await press(aim, clients, durationMs)) })
      }
    }
    const memoryMiB = memoryOfTree(running)
    if (memoryMiB !== null) taken.memoryMiB.push(memoryMiB)
    await checkAnswers(running)
  } finally {
    await running.close()
  }
}

type Aim = Pick<LoadOptions, 'url' | 'headers'> & { readonly body: string }

function loadOn(workload: WorkloadName, call: Call): Aim {
  return { url: call.url, headers: call.headers, body: call.bodyOf(WORKLOAD[workload].cases[0].input) }
}

/**
 * As many at once as will come: what grows with them has grown then, and what is compiled while it runs is compiled. What fails
 * here will fail when it counts.
 */
async function warmUp(aim: Aim, durationMs: number): Promise<void> {
  await press(aim, CLIENTS[1], durationMs).catch(() => {})
}

async function press(aim: Aim, connections: number, durationMs: number): Promise<Omit<Cell, 'workload' | 'clients'>> {
  const options = { ...aim, connections, durationMs }
  if (!hasWrk) {
    const { callsPerSecond, p50Ms, p99Ms } = await load(options)
    return { callsPerSecond, p50Ms, p99Ms, errors: 0 }
  }
  const { callsPerSecond, p50Ms, p99Ms, badReplies, brokenConnections } = await wrk(options)
  return { callsPerSecond, p50Ms, p99Ms, errors: badReplies + brokenConnections }
}

function memoryOfTree({ pid }: Running): number | null {
  return pid === null ? null : memoryOf([pid, ...descendantsOf(pid)]).pssMiB
}

function summary(subject: Subject, taken: Taken | undefined, skipped: string | null): Measured {
  if (skipped !== null || !taken) return { subject, cells: [], memoryMiB: null, skipped: skipped ?? 'no round' }
  const cells = WORKLOADS.flatMap((workload) =>
    CLIENTS.flatMap((clients) => {
      const same = taken.cells.filter((cell) => cell.workload === workload && cell.clients === clients)
      return same.length === 0 ? [] : [medianCell(same[0] as Cell, same)]
    }),
  )
  return { subject, cells, memoryMiB: taken.memoryMiB.length === 0 ? null : median(taken.memoryMiB), skipped: null }
}

function medianCell({ workload, clients }: Cell, cells: readonly Cell[]): Cell {
  const of = (name: 'callsPerSecond' | 'p50Ms' | 'p99Ms') => median(cells.map((cell) => cell[name]))
  return {
    workload,
    clients,
    callsPerSecond: of('callsPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    errors: cells.reduce((sum, cell) => sum + cell.errors, 0),
  }
}
