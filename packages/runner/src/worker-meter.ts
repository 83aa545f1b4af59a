/**
 * Splits what a worker uses among its calls: a reading of its group at the end of each, against the one before. The parts
 * and what is left at the end of the worker add up to what the group counted.
 */
import type { ProcessGroup } from './sandbox/groups/groups.ts'
import type { CallUsage } from './types.ts'

/** Peak memory is read at most so often: its reading opens a file, and calls may take less time than that. */
const PEAK_EVERY_MS = 100

export interface WorkerMeter {
  /**
   * What was used since this was asked last; undefined where the host does not count.
   *
   * @param nowMs monotonic time, by which peak memory of a moment ago is given once more
   */
  take(nowMs: number): CallUsage | undefined
}

export function createWorkerMeter(group: Pick<ProcessGroup, 'processorMicroseconds' | 'peakMemoryBytes'>): WorkerMeter {
  let toldMicroseconds = 0
  let peakMemoryBytes = 0
  let peakReadAtMs = Number.NEGATIVE_INFINITY

  return {
    take(nowMs) {
      const usedMicroseconds = group.processorMicroseconds()
      if (usedMicroseconds === null) return undefined
      if (nowMs - peakReadAtMs >= PEAK_EVERY_MS) {
        peakMemoryBytes = Math.max(peakMemoryBytes, group.peakMemoryBytes())
        peakReadAtMs = nowMs
      }
      const cpuMicroseconds = usedMicroseconds - toldMicroseconds
      toldMicroseconds = usedMicroseconds
      return { cpuMicroseconds, peakMemoryBytes }
    },
  }
}

/** Parts of a reading for so many calls, which add up to it. */
export function shareUsage(usage: CallUsage | undefined, calls: number): readonly CallUsage[] {
  if (usage === undefined) return []
  if (calls === 1) return [usage]
  const { cpuMicroseconds, peakMemoryBytes } = usage
  const each = { cpuMicroseconds: Math.floor(cpuMicroseconds / calls), peakMemoryBytes }
  const first = { cpuMicroseconds: cpuMicroseconds - each.cpuMicroseconds * (calls - 1), peakMemoryBytes }
  return [first, ...new Array<CallUsage>(calls - 1).fill(each)]
}
