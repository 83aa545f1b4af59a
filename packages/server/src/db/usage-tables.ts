/** Usage and quotas. */

/** Sums over the calls of one account of one version on one day (UTC); the first four together are the key. */
export interface UsageDaysTable {
  caller_id: string
  algorithm_id: string
  /** Such as 1.2.0, or the commit of an unpublished build. */
  version: string
  /** Such as 2026-11-22. */
  day: string
  owner_id: string
  machine_type: 'cpu' | 'gpu'
  calls: number
  errors: number
  /** Each call rounded up to a whole second (platform.md 5.2). */
  rounded_seconds: number
  rounded_error_seconds: number
  wait_us: number
  start_us: number
  run_us: number
  error_run_us: number
  cpu_us: number
  /** Highest of all. */
  peak_memory_bytes: number
  input_bytes: number
  answer_bytes: number
}

/** What an account may use where that differs from everybody's; null: as everybody. */
export interface AccountQuotasTable {
  account_id: string
  calls_per_day: number | null
  cpu_seconds_per_day: number | null
  data_bytes: number | null
}
