/** Counts, lowest, mean and highest values of metrics over events, added one by one. */

export interface MetricSummary {
  readonly name: string
  /** Calls that reported it. */
  readonly count: number
  /** Absent when no value was a number. */
  readonly minimum?: number
  readonly mean?: number
  readonly maximum?: number
}

export interface Summary {
  readonly calls: number
  readonly is_complete: boolean
  /** By name. */
  readonly metrics: readonly MetricSummary[]
}

interface Sums {
  count: number
  numbers: number
  minimum: number
  maximum: number
  /** Kept as a mean, which does not overflow. */
  mean: number
}

/** Names the call rather than telling a measure of it. */
const NAMES = new Set(['request_id', 'session_id', 'time', 'algorithm_owner', 'algorithm_name', 'algorithm_version'])

export function createSummary(): { add(event: string): void; read(how: { isComplete: boolean }): Summary } {
  const byName = new Map<string, Sums>()
  let calls = 0

  function count(name: string, value: unknown): void {
    const sums = byName.get(name) ?? { count: 0, numbers: 0, minimum: Infinity, maximum: -Infinity, mean: 0 }
    byName.set(name, sums)
    sums.count++
    const number = numberOf(value)
    if (number === null) return
    sums.numbers++
    sums.minimum = Math.min(sums.minimum, number)
    sums.maximum = Math.max(sums.maximum, number)
    sums.mean += (number - sums.mean) / sums.numbers
  }

  return {
    add(event) {
      calls++
      for (const [name, value] of Object.entries(JSON.parse(event))) if (!NAMES.has(name)) count(name, value)
    },
    read: ({ isComplete }) => ({ calls, is_complete: isComplete, metrics: [...byName].sort(byFirst).map(show) }),
  }
}

/** Some clients send numbers as text (runtime.md 5.4). */
function numberOf(value: unknown): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

function show([name, { count, numbers, minimum, mean, maximum }]: [string, Sums]): MetricSummary {
  return numbers === 0 ? { name, count } : { name, count, minimum, mean, maximum }
}

function byFirst([a]: [string, Sums], [b]: [string, Sums]): number {
  return a < b ? -1 : 1
}
