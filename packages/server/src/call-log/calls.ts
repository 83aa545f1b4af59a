/** The list of an algorithm's calls, for those who look after it. */
import type { Page } from '@algorist/contract/page.ts'
import type { LoggedCall } from '@algorist/contract/shapes/logged-call.ts'
import type { AlgorithmParams } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import { findLogged } from './access.ts'
import { readFilter, readSpan } from './filter.ts'
import { readPage } from './list.ts'
import type { Position } from './queries.ts'
import { showListed } from './show.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'callLog'>

export interface AskedCalls {
  readonly page: Page
  readonly query: Readonly<Record<string, string | undefined>>
}

export interface ShownCalls {
  readonly results: readonly LoggedCall[]
  readonly left_out: { readonly calls: number; readonly since: string }
  readonly search?: { readonly looked_at: number; readonly stopped_at: string | null }
  /** Where the next page goes on. */
  readonly next: Position | undefined
}

/**
 * A page, newest first, with every call that ended before it was asked for.
 * @throws ApiError as findLogged, and InputValidationError, UserNotFound, InvalidMarker
 */
export async function listCalls(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  { page, query }: AskedCalls,
): Promise<ShownCalls> {
  const { db, callLog } = services
  const { entry } = findLogged(services, caller, params)
  const filter = readFilter(services, query)
  const span = readSpan(query)
  await callLog.settle()
  const { rows, next, lookedAt } = await readPage(db, { algorithmId: entry.id, span, filter, page })
  return {
    results: rows.map((row) => showListed(services, row)),
    left_out: { calls: callLog.leftOut(entry.id), since: callLog.startedAt.toISOString() },
    ...(lookedAt === undefined ? {} : { search: { looked_at: lookedAt, stopped_at: next?.ended_at ?? null } }),
    next,
  }
}
