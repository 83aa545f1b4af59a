/** The figures that usage consists of, and how they are added up. */
import type { UsageMeasures } from '../db/usage-tables.ts'

export type Measures = Readonly<UsageMeasures>

/** All measures that are sums; peak memory alone is a maximum. */
export const SUMMED = [
  'calls',
  'errors',
  'rounded_seconds',
  'rounded_error_seconds',
  'wait_us',
  'start_us',
  'run_us',
  'error_run_us',
  'cpu_us',
  'input_bytes',
  'answer_bytes',
] as const satisfies readonly (keyof UsageMeasures)[]

export const MEASURES = [...SUMMED, 'peak_memory_bytes'] as const satisfies readonly (keyof UsageMeasures)[]

/** Of no call at all; may be added to. */
export function noMeasures(): UsageMeasures {
  return {
    calls: 0,
    errors: 0,
    rounded_seconds: 0,
    rounded_error_seconds: 0,
    wait_us: 0,
    start_us: 0,
    run_us: 0,
    error_run_us: 0,
    cpu_us: 0,
    input_bytes: 0,
    answer_bytes: 0,
    peak_memory_bytes: 0,
  }
}

/** Adds in place. @returns `sum` */
export function addTo<Sum extends UsageMeasures>(sum: Sum, more: Measures): Sum {
  for (const name of SUMMED) sum[name] += more[name]
  sum.peak_memory_bytes = Math.max(sum.peak_memory_bytes, more.peak_memory_bytes)
  return sum
}

/** The measures of a row alone; PostgreSQL gives sums of integers as text. */
export function measuresOf(row: Readonly<Record<(typeof MEASURES)[number], number | string | null>>): UsageMeasures {
  const measures = noMeasures()
  for (const name of MEASURES) measures[name] = Number(row[name] ?? 0)
  return measures
}
