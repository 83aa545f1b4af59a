/**
 * What an algorithm asks that one of its workers may use at most, within what the operator allows. An addition of ours to
 * the settings of an algorithm (docs/containment-for-operators.md); the runner applies it.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { WorkerLimits } from '@algorist/runner/limits.ts'

/** Stored with the settings; a member that is absent is the operator's. */
export type OwnLimits = Partial<Pick<WorkerLimits, 'memoryBytes' | 'cpus' | 'processes' | 'tmpBytes'>>

/** The form of requests and replies. */
export interface LimitsInput {
  readonly memory_mib?: number | undefined
  readonly cpus?: number | undefined
  readonly processes?: number | undefined
  readonly tmp_mib?: number | undefined
}

const MIB = 1024 * 1024
const FORMS = [
  { member: 'memory_mib', limit: 'memoryBytes', unit: MIB },
  { member: 'cpus', limit: 'cpus', unit: 1 },
  { member: 'processes', limit: 'processes', unit: 1 },
  { member: 'tmp_mib', limit: 'tmpBytes', unit: MIB },
] as const

/**
 * Reads the limits of a request; undefined when it names none.
 * @throws InputValidationError for one above the operator's, which the message names
 */
export function parseLimits(input: LimitsInput, most: WorkerLimits): OwnLimits | undefined {
  const limits: { -readonly [Name in keyof OwnLimits]: number } = {}
  for (const { member, limit, unit } of FORMS) {
    const asked = input[member]
    if (asked === undefined) continue
    if (asked * unit > most[limit]) {
      const expected = `at most ${Math.floor((most[limit] / unit) * 100) / 100}, which is this server's limit`
      throw new ApiError('InputValidationError', `settings.limits.${member}: expected ${expected}, got ${asked}`)
    }
    limits[limit] = asked * unit
  }
  return Object.keys(limits).length === 0 ? undefined : limits
}

/** The limits as replies show them. */
export function renderLimits(limits: OwnLimits): LimitsInput {
  const shown: { -readonly [Name in keyof LimitsInput]: number } = {}
  for (const { member, limit, unit } of FORMS) {
    const value = limits[limit]
    if (value !== undefined) shown[member] = value / unit
  }
  return shown
}
