/** Who the kernel ends first when the whole machine has no memory left. */
import { writeFileSync } from 'node:fs'
import type { Purpose } from './groups.ts'

/** Of 1000; the server keeps its own, which is lower. */
const SCORES: Readonly<Record<Purpose, number>> = { worker: 500, template: 500, build: 800 }

/** Offers a process, and all that it will start, to the kernel before the server. It cannot take that back. */
export function leaveFirst(pid: number, purpose: Purpose): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(SCORES[purpose]))
  } catch {
    // It has ended already, or the host does not allow it; the limits of its group hold in any case.
  }
}
