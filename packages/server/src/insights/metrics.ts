/** What one call may report: how many metrics, how large together, and by which names (rest-api.md 3.11). */
import { ApiError } from '@algorist/contract/errors.ts'

/** One metric as clients send it. */
export interface SentMetric {
  readonly insight_key: string
  readonly insight_value: unknown
}

/** Metrics of one call by name, each value as JSON text. */
export type Metrics = ReadonlyMap<string, string>

export const MAX_METRICS = 25
/** Of names and values as JSON, in UTF-8. */
export const MAX_METRIC_BYTES = 25 * 1024

const RESERVED = new Set([
  'request_id',
  'timestamp',
  'duration_milliseconds',
  'algorithm_owner',
  'algorithm_name',
  'algorithm_version',
])
/** Members of an event that the documents forget to reserve: they are taken, and the platform's own values stand. */
const PLATFORMS = new Set(['session_id', 'time'])

/**
 * What a call has reported before with what it reports now; a metric that is reported again has its newest value.
 *
 * @throws ApiError InputValidationError for a reserved name, and when it is too much with what was there before: then
 *   nothing of it counts
 */
export function mergeMetrics(before: Metrics | undefined, sent: readonly SentMetric[]): Metrics {
  const merged = new Map(before)
  for (const { insight_key: name, insight_value: value } of sent) {
    if (RESERVED.has(name)) throw invalid(`'${name}' is a name of the platform's own; give the metric another one`)
    if (!PLATFORMS.has(name)) merged.set(name, JSON.stringify(value))
  }
  if (merged.size > MAX_METRICS) {
    throw invalid(`A call reports at most ${MAX_METRICS} metrics, with these it would be ${merged.size}`)
  }
  const sizeBytes = bytesOf(merged)
  if (sizeBytes > MAX_METRIC_BYTES) {
    throw invalid(`The metrics of a call have at most ${MAX_METRIC_BYTES} bytes, with these it would be ${sizeBytes}`)
  }
  return merged
}

function invalid(message: string): ApiError {
  return new ApiError('InputValidationError', message)
}

function bytesOf(metrics: Metrics): number {
  let sum = 0
  for (const [name, value] of metrics) sum += Buffer.byteLength(name) + Buffer.byteLength(value)
  return sum
}
