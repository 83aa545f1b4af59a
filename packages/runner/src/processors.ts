/** Whether the machine has a processor to spare. Looks only while somebody asks, and a few times a second at most. */
import { readFileSync } from 'node:fs'

export interface Processors {
  /** All of them were in use since it was asked before; false for the first time after a while. */
  areBusy(): boolean
}

export interface ProcessorsOptions {
  /** What all of them have been idle since the machine started, added up. @throws Error where that is not known */
  readonly readIdleMs?: (() => number) | undefined
  readonly now?: () => number
}

/** The kernel counts in hundredths of a second: in less time it tells nothing. */
const SHORTEST_LOOK_MS = 100
/** What was longer ago says nothing of now. */
const LONGEST_LOOK_MS = 2000
/** Of one processor, on average: less is none to spare. */
const SPARE = 1 / 4

export function createProcessors(options: ProcessorsOptions = {}): Processors {
  const { readIdleMs = idleMsOfMachine, now = () => performance.now() } = options
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let idleMs = 0
  let isBusy = false

  /** Null where it is not known. */
  function idle(): number | null {
    try {
      return readIdleMs()
    } catch {
      return null
    }
  }

  return {
    areBusy() {
      const nowMs = now()
      const passedMs = nowMs - lookedAtMs
      if (passedMs < SHORTEST_LOOK_MS) return isBusy
      const idleNowMs = idle()
      isBusy = idleNowMs !== null && passedMs < LONGEST_LOOK_MS && idleNowMs - idleMs < passedMs * SPARE
      lookedAtMs = nowMs
      idleMs = idleNowMs ?? 0
      return isBusy
    },
  }
}

/**
 * As the kernel counts it; what waits for a disk is idle as well. `os.cpus()` reads files of each processor besides.
 * @throws Error where the kernel does not tell
 */
export function idleMsOfMachine(): number {
  const [, , , idle, waiting] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '').split(' ')
  const ticks = Number(idle) + Number(waiting)
  if (Number.isNaN(ticks)) throw new Error('/proc/stat does not tell how long processors were idle')
  return ticks * 10
}
