/**
 * Pages of the calls of an algorithm. One filter is found along an index, however rare what it lets through; text, and
 * what is left of several filters, is looked for in as many calls as take no more than about a second, and the reply says
 * how far that was.
 */
import type { Page } from '@algorist/contract/page.ts'
import type { Database } from '../db/schema.ts'
import { positionOf } from './filter.ts'
import {
  type Filter,
  type ListedCall,
  type Position,
  type Slice,
  selectDownTo,
  selectListed,
  selectPositions,
} from './queries.ts'

export interface CallPage {
  readonly rows: readonly ListedCall[]
  /** Where the next page goes on; undefined on the last one. */
  readonly next: Position | undefined
  /** Of a search: how many calls were looked at. */
  readonly lookedAt?: number
}

export interface AskedPage {
  readonly algorithmId: string
  readonly span: Pick<Slice, 'since' | 'until'>
  readonly filter: Filter
  readonly page: Page
}

/** @throws ApiError InvalidMarker */
export async function readPage(db: Database, { algorithmId, span, filter, page }: AskedPage): Promise<CallPage> {
  const slice = { algorithmId, ...span, before: positionOf(page.marker) }
  const { indexed, rest } = split(filter)
  if (Object.values(rest).some((value) => value !== undefined))
    return search(db, slice, { indexed, filter, limit: page.limit })
  const rows = await selectListed(db, { ...slice, limit: page.limit + 1 }, indexed)
  const shown = rows.slice(0, page.limit)
  return { rows: shown, next: rows.length > page.limit ? shown.at(-1) : undefined }
}

/** What an index answers by itself, and what must be looked at. Nearly all calls succeed: that is no way to find them. */
function split({ callerId, version, outcome, text }: Filter): { indexed: Filter; rest: Filter } {
  if (callerId !== undefined) return { indexed: { callerId }, rest: { version, outcome, text } }
  if (version !== undefined) return { indexed: { version }, rest: { outcome, text } }
  if (outcome !== 'succeeded') return { indexed: { outcome }, rest: { text } }
  return { indexed: {}, rest: { outcome, text } }
}

/** Calls that one statement looks at: outputs can be long, and the database has one thread. */
const WINDOW = 250
const MOST_LOOKED_AT = 20_000
const MOST_MS = 1000

interface Search {
  readonly indexed: Filter
  readonly filter: Filter
  readonly limit: number
}

async function search(
  db: Database,
  slice: Omit<Slice, 'limit'>,
  { indexed, filter, limit }: Search,
): Promise<CallPage> {
  const rows: ListedCall[] = []
  const endsAtMs = performance.now() + MOST_MS
  let before = slice.before
  let lookedAt = 0
  while (lookedAt < MOST_LOOKED_AT && performance.now() < endsAtMs) {
    const places = await selectPositions(db, { ...slice, before, limit: WINDOW }, indexed)
    const last = places.at(-1)
    if (last === undefined) return { rows, next: undefined, lookedAt }
    const wanted = limit - rows.length
    const found = await selectDownTo(db, { ...slice, before, limit: wanted + 1 }, last, filter)
    rows.push(...found.slice(0, wanted))
    if (found.length > wanted) {
      const next = rows.at(-1)
      const seen = places.findIndex(({ request_id }) => request_id === next?.request_id) + 1
      return { rows, next, lookedAt: lookedAt + seen }
    }
    lookedAt += places.length
    if (places.length < WINDOW) return { rows, next: undefined, lookedAt }
    before = last
  }
  return { rows, next: before, lookedAt }
}
