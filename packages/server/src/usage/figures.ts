/** The figures of a governance report, made of measures (platform.md 5.3). What is not measured is 0. */
import type { CostRates, Figures } from '@algorist/contract/operations/governance.ts'
import { type Measures, noMeasures } from './measures.ts'

const GIB = 1024 ** 3
/** Hosted data is priced by the month; one has this many days. */
const DAYS_OF_MONTH = 30

export interface FigureOptions {
  readonly rates: CostRates
  /** Bytes of hosted data, as they are now. */
  readonly hostedBytes?: number
  /** For how long they are paid. */
  readonly days?: number
}

export function figuresOf(
  measures: Measures = noMeasures(),
  { rates, hostedBytes = 0, days = 0 }: FigureOptions,
): Figures {
  const usageSeconds = measures.run_us / 1e6
  const cpuSeconds = measures.cpu_us / 1e6
  // Starting a worker is most of its processor time where calls are short.
  const workedSeconds = (measures.start_us + measures.run_us) / 1e6
  const hosted = (hostedBytes / GIB) * rates.hosted_data_per_gib_month * (days / DAYS_OF_MONTH)
  return {
    calls: measures.calls,
    errors: measures.errors,
    cpu_usage_seconds: rounded(usageSeconds),
    gpu_usage_seconds: 0,
    cpu_seconds: rounded(cpuSeconds),
    average_cores: workedSeconds === 0 ? 0 : rounded(cpuSeconds / workedSeconds),
    cpu_peak_memory_bytes: measures.peak_memory_bytes,
    gpu_peak_memory_bytes: 0,
    hosted_data_bytes: hostedBytes,
    connector_data_bytes: 0,
    cost: rounded(usageSeconds * rates.cpu_per_second + hosted),
  }
}

/** Per day; peaks and what is stored have no average. */
export function averagesOf(totals: Figures, days: number) {
  const { calls, errors, cpu_usage_seconds, gpu_usage_seconds, cpu_seconds, cost } = totals
  const sums = { calls, errors, cpu_usage_seconds, gpu_usage_seconds, cpu_seconds, cost }
  const averages = Object.entries(sums).map(([name, sum]) => [name, rounded(sum / Math.max(1, days))])
  return Object.fromEntries(averages) as typeof sums
}

/** To four decimals. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
