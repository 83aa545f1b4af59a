/** Requests at a steady rate, of kinds drawn by their share, with a bound on those under way. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../conformance/crash/random.ts'
import type { Account } from '../../conformance/lib/accounts.ts'
import type { Kind } from './kinds.ts'
import type { Tally } from './tally.ts'

export interface TrafficOptions {
  readonly kinds: readonly Kind[]
  readonly callers: readonly Account[]
  readonly perSecond: number
  readonly mostUnderWay: number
  readonly durationMs: number
  readonly random: Random
  readonly tally: Tally
}

export interface TrafficReport {
  readonly sent: number
  /** Those that were due while too many were under way. */
  readonly heldBack: number
}

const TICK_MS = 10

/** Resolves when the time is over and every request has its answer. */
export async function runTraffic(options: TrafficOptions): Promise<TrafficReport> {
  const { kinds, callers, perSecond, mostUnderWay, durationMs, random, tally } = options
  const underWay = new Set<Promise<void>>()
  const choices = kinds.map((kind) => [kind.share, kind] as const)
  const startedAtMs = performance.now()
  let [due, sent, heldBack] = [0, 0, 0]

  async function one(count: number): Promise<void> {
    const kind = random.pick(choices)
    const caller = callers[random.below(callers.length)]
    if (kind === undefined || caller === undefined) return
    const sentAtMs = performance.now()
    try {
      const verdict = await kind.make(caller, count)
      tally.add(kind.name, verdict, performance.now() - sentAtMs)
    } catch (error) {
      tally.add(kind.name, { surprise: String(error) }, performance.now() - sentAtMs)
    }
  }

  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedAtMs) {
    for (const until = (elapsedMs * perSecond) / 1000; due < until; due++) {
      if (underWay.size >= mostUnderWay) {
        heldBack++
        continue
      }
      const request = one(sent++).finally(() => underWay.delete(request))
      underWay.add(request)
    }
    await delay(TICK_MS)
  }
  await Promise.all(underWay)
  return { sent, heldBack }
}
