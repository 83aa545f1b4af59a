/**
 * Kills processes of workers at random: any process in one of the server's sandboxes, by its number, so bubblewrap, the relay,
 * the interpreter, or a template that workers are forked from. Builds and git are left alone, since a build that is killed fails.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../conformance/crash/random.ts'
import { descendantsOf } from '../memory.ts'

export interface KillerOptions {
  readonly serverPid: number
  readonly everyMs: number
  readonly random: Random
}

export interface Killer {
  kills(): number
  stop(): Promise<void>
}

export function startKiller({ serverPid, everyMs, random }: KillerOptions): Killer {
  let kills = 0
  const over = new AbortController()

  function killOne(): void {
    const candidates = [...descendantsOf(serverPid)].filter(isOfWorker)
    const pid = candidates[random.below(candidates.length)]
    if (pid === undefined) return
    try {
      process.kill(pid, 'SIGKILL')
      kills++
    } catch {}
  }

  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      await delay(everyMs * (0.5 + random.fraction()), undefined, { signal: over.signal }).catch(() => {})
      if (!over.signal.aborted) killOne()
    }
  }

  const running = run()
  return {
    kills: () => kills,
    async stop() {
      over.abort()
      await running
    },
  }
}

/** What runs in a worker's sandbox, and bubblewrap around it, has the bridge or the relay in its command; builds have others. */
function isOfWorker(pid: number): boolean {
  try {
    return /\/opt\/(bridge|relay)\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
  } catch {
    return false
  }
}
