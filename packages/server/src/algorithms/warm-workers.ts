/**
 * How many workers an owner may have kept ready, over all its algorithms. An addition of ours to the settings of an algorithm
 * (docs/workers.md); warm/keep-warm.ts keeps them.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Services } from '../services.ts'

interface Wanted {
  /** Absent for one that is being created. */
  readonly algorithmId?: string
  readonly ownerId: string
  /** What a request asks for; undefined when it does not name it. */
  readonly count: number | undefined
}

/** @throws InputValidationError for more than is left of the operator's ceiling, which the message names */
export function checkWarmWorkers(
  { catalog, warmWorkersPerAccount }: Pick<Services, 'catalog' | 'warmWorkersPerAccount'>,
  { algorithmId, ownerId, count = 0 }: Wanted,
): void {
  const others = catalog.wantedWarm().filter((entry) => entry.ownerId === ownerId && entry.id !== algorithmId)
  const taken = others.reduce((sum, { settings }) => sum + (settings.warmWorkers ?? 0), 0)
  const left = Math.max(0, warmWorkersPerAccount - taken)
  if (count <= left) return
  const why = `this server keeps ${warmWorkersPerAccount} for an account, and its other algorithms have ${taken} of them`
  throw new ApiError('InputValidationError', `settings.warm_workers: expected at most ${left}, got ${count}: ${why}`)
}
