/** The settings of an algorithm as they are stored, in our own words, and how they merge (rest-api.md 2.1, 3.2). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { WorkerLimits } from '@algorist/runner/limits.ts'
import type { NetworkAccess } from '@algorist/runner/types.ts'
import { type LimitsInput, type OwnLimits, parseLimits } from './limits.ts'

export const licenses = ['apl', 'apache2', 'gpl3', 'mit'] as const
export type License = (typeof licenses)[number]
export type Callability = 'public' | 'private'

/** Stored as JSON with the algorithm (current) and with each version (as published). */
export interface AlgorithmSettings {
  readonly callability: Callability
  readonly sourceVisibility: 'open' | 'closed'
  readonly license: License
  readonly networkAccess: NetworkAccess
  readonly pipelineEnabled: boolean
  readonly insightsEnabled: boolean
  readonly royaltyMicrocredits: number
  readonly machineType: 'cpu' | 'gpu'
  /** Only when it was chosen by this name. */
  readonly packageSet?: string
  /** Only when it has some of its own. */
  readonly limits?: OwnLimits
  /** Only when it is false: the call log then keeps what is counted and nothing that was said. */
  readonly keepsCallContent?: false
  /** Only when it is not 0: so many workers are kept ready for the owner's calls. */
  readonly warmWorkers?: number
}

/** What a new algorithm has where its create request says nothing. */
export const initialSettings: AlgorithmSettings = {
  callability: 'private',
  sourceVisibility: 'closed',
  license: 'apl',
  networkAccess: 'full',
  pipelineEnabled: true,
  insightsEnabled: false,
  royaltyMicrocredits: 0,
  machineType: 'cpu',
}

/** The settings part of a request; the contract has refused values outside the lists. */
export interface SettingsInput {
  readonly algorithm_callability?: string | undefined
  readonly source_visibility?: string | undefined
  readonly license?: string | undefined
  readonly licence?: string | undefined
  readonly royalty_microcredits?: number | undefined
  readonly network_access?: string | undefined
  readonly pipeline_enabled?: boolean | undefined
  readonly insights_enabled?: boolean | undefined
  readonly limits?: LimitsInput | undefined
  readonly keep_call_content?: boolean | undefined
  readonly warm_workers?: number | undefined
}

/**
 * `current` with what the request names; an unknown license counts as `apl` (rest-api.md 3.2, 7.22).
 * @param most what the operator allows a worker
 * @throws InputValidationError for limits above that
 */
export function mergeSettings(
  { limits: currentLimits, keepsCallContent, warmWorkers: currentWarm = 0, ...current }: AlgorithmSettings,
  input: SettingsInput | undefined,
  most: WorkerLimits,
): AlgorithmSettings {
  const license = input?.license ?? input?.licence
  const warmWorkers = input?.warm_workers ?? currentWarm
  const limits = input?.limits === undefined ? currentLimits : parseLimits(input.limits, most)
  return {
    ...current,
    ...(limits === undefined ? {} : { limits }),
    ...((input?.keep_call_content ?? keepsCallContent) === false ? { keepsCallContent: false } : {}),
    ...(warmWorkers > 0 ? { warmWorkers } : {}),
    callability: oneOf(['public', 'private'], input?.algorithm_callability) ?? current.callability,
    sourceVisibility: oneOf(['open', 'closed'], input?.source_visibility) ?? current.sourceVisibility,
    license: license === undefined ? current.license : (oneOf(licenses, license.toLowerCase()) ?? 'apl'),
    networkAccess: oneOf(['isolated', 'full'], input?.network_access) ?? current.networkAccess,
    pipelineEnabled: input?.pipeline_enabled ?? current.pipelineEnabled,
    insightsEnabled: input?.insights_enabled ?? current.insightsEnabled,
    royaltyMicrocredits: input?.royalty_microcredits ?? current.royaltyMicrocredits,
  }
}

function oneOf<const Value extends string>(values: readonly Value[], text: string | undefined): Value | undefined {
  return values.find((value) => value === text)
}

/** Settings that follow from the environment, and the package set when it was chosen by that name. */
export function withEnvironment(
  { packageSet: _, ...settings }: AlgorithmSettings,
  { environment }: { readonly environment: { readonly machine_type: string } },
  packageSet: string | undefined,
): AlgorithmSettings {
  const machineType = environment.machine_type === 'GPU' ? 'gpu' : 'cpu'
  return { ...settings, machineType, ...(packageSet ? { packageSet } : {}) }
}

/** @throws InputValidationError */
export function checkSettings({ sourceVisibility, license }: AlgorithmSettings): void {
  if (sourceVisibility === 'closed' && license !== 'apl') {
    throw new ApiError('InputValidationError', `settings: closed source needs the license apl, got ${license}`)
  }
}

/** The name people read. `readme` is the README of the default branch's head, shown when there is no summary. */
export interface AlgorithmDetails {
  readonly label: string
  readonly summary?: string
  readonly tagline?: string
  readonly readme?: string
}

export interface DetailsInput {
  readonly label?: string | undefined
  readonly summary?: string | undefined
  readonly tagline?: string | undefined
}

/** `current` with what the request names; an empty summary brings the README back. */
export function mergeDetails(current: AlgorithmDetails, input: DetailsInput = {}): AlgorithmDetails {
  return {
    ...current,
    label: input.label || current.label,
    ...(input.summary === undefined ? {} : { summary: input.summary }),
    ...(input.tagline === undefined ? {} : { tagline: input.tagline }),
  }
}
