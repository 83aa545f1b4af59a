/** What a server's process has used of the processors, watched from outside. */
import { readFileSync } from 'node:fs'
import type { Target } from './server.ts'

const TICK_MS = 10

/**
 * Milliseconds so far, all threads together; it says what something costs on a busy machine too. NaN for a server that is not
 * ours.
 */
export function processorMs({ pid }: Pick<Target, 'pid'>): number {
  if (pid === null) return Number.NaN
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
