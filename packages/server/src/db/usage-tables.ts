/** Usage, quotas and cost rates. */

/** What is counted of calls; all are sums but the last. */
export interface UsageMeasures {
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
  input_bytes: number
  answer_bytes: number
  /** Highest of all. */
  peak_memory_bytes: number
}

/** Of the calls of one account of one version on one day (UTC); the first four together are the key. */
export interface UsageDaysTable extends UsageMeasures {
  caller_id: string
  algorithm_id: string
  /** Such as 1.2.0, or the commit of an unpublished build. */
  version: string
  /** Such as 2026-11-22. */
  day: string
  owner_id: string
  machine_type: 'cpu' | 'gpu'
}

/** What `usage_sums` groups by: the name says what `scope_id` and `item_id` are. */
export type SumKind =
  /** Kind of owner (`user` or `organization`), nothing. */
  | 'total'
  /** Kind of owner, one of the three. */
  | 'owner'
  | 'caller'
  | 'algorithm'
  /** Algorithm, version. */
  | 'version'
  | 'owner-algorithm'
  | 'owner-caller'
  | 'caller-owner'

/** The same calls once more, grouped as reports ask for them, so that no page adds up more than it shows. */
export interface UsageSumsTable extends UsageMeasures {
  kind: SumKind
  scope_id: string
  item_id: string
  day: string
}

/** Every algorithm that was ever called: reports name it after it is deleted too. */
export interface UsageAlgorithmsTable {
  id: string
  owner_id: string
  name: string
}

/** The last group of sums that a server process has written, so that none counts twice. */
export interface UsageWritersTable {
  id: string
  number: number
  written_at: string
}

/** What an account may use where that differs from everybody's; null: as everybody. */
export interface AccountQuotasTable {
  account_id: string
  calls_per_day: number | null
  cpu_seconds_per_day: number | null
  data_bytes: number | null
}

/** Prices for governance reports, in ten-thousandths of the currency; absent: free. */
export interface CostRatesTable {
  name: 'cpu_per_second' | 'gpu_per_second' | 'hosted_data_per_gib_month' | 'connector_data_per_gib'
  ten_thousandths: number
}
