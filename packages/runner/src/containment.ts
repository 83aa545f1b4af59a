/**
 * What was stopped for what it did: counts it by cause and tells the operator, never what callers sent or authors wrote.
 */
import type { Logger } from './options.ts'
import type { BuildRequest, ContainmentCause, WorkerSpec } from './types.ts'

/** Counts one stop and writes one warning; `fields` names whose it was. */
export type ReportContained = (cause: ContainmentCause, fields: Readonly<Record<string, string>>) => void

export interface Containment {
  readonly report: ReportContained
  counts(): Readonly<Record<ContainmentCause, number>>
}

export function createContainment(log: Logger): Containment {
  const counts: Record<ContainmentCause, number> = {
    memory: 0,
    processes: 0,
    time: 0,
    disk: 0,
    output: 0,
    protocol: 0,
    'system-call': 0,
  }
  return {
    report(cause, fields) {
      counts[cause]++
      log.warn({ cause, ...fields }, 'contained')
    },
    counts: () => ({ ...counts }),
  }
}

/** Whose worker it was, for {@link ReportContained}. */
export function workerFields({ key, algorithm }: WorkerSpec): Record<string, string> {
  const { accountId, algorithmId, buildId } = key
  return { callerId: accountId, owner: algorithm.owner, algorithm: algorithm.name, algorithmId, buildId }
}

/** Whose build it was. */
export function buildFields({ accountId, algorithm, buildId }: BuildRequest): Record<string, string> {
  return { ownerId: accountId, owner: algorithm.owner, algorithm: algorithm.name, buildId }
}
