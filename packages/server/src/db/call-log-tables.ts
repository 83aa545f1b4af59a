/** The call log. */
import type { StartCause } from '@algorist/contract/shapes/logged-call.ts'

export interface CallLogTable {
  request_id: string
  /** Request id of the root call. */
  session_id: string
  /** 0 for the root call. */
  depth: number
  /** Account that pays. No foreign keys: the log outlives what it tells of. */
  caller_id: string
  algorithm_id: string
  /** Algorithm of the root call; null for root calls themselves. */
  root_algorithm_id: string | null
  owner_id: string
  build_id: string
  /** Such as 1.2.0, or the commit of an unpublished build. */
  version: string
  /** ISO; the log is in this order. */
  ended_at: string
  outcome: 'succeeded' | 'failed' | 'timed-out' | 'stopped'
  error_type: string | null
  message: string | null
  stacktrace: string | null
  /** First 128 characters; null where the owner keeps none, or the input is not text. */
  input: string | null
  /** What was printed; null where the owner keeps none. */
  output: string | null
  content_type: string
  input_bytes: number
  answer_bytes: number
  /** What the server took for it before and behind its run; null where no caller waited for it, and in rows of before. */
  accept_us: number | null
  reply_us: number | null
  wait_us: number
  start_us: number
  /** In rows of before it is a part of `start_us`, and null. */
  load_us: number | null
  /** Why a worker was started for it; null when it waited for no start. */
  start_cause: StartCause | null
  run_us: number
  /** Null where the host does not count it. */
  cpu_us: number | null
  peak_memory_bytes: number | null
}
