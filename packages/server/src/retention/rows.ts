/**
 * A kind whose things are rows of one table with a time: logs, sums of days, notifications. Rows go by their age, and
 * where there is a quota, the oldest of a holder that has too much.
 */
import type { Database } from '../db/schema.ts'
import { type Amount, type Cut, type Kind, type Limits, NOTHING, sum } from './kind.ts'
import {
  deleteOldest,
  type Moment,
  type Range,
  type RowTable,
  readMoment,
  readNewest,
  readNextHolder,
  shortened,
} from './row-queries.ts'
import { createShares } from './shares.ts'

/** Rows that one statement removes, and that one looks at. */
const BATCH = 100
const STRIDE = 1000

export interface RowKindOptions {
  readonly db: Database
  readonly name: string
  readonly table: RowTable
  readonly limits: Limits
  /** Whose quota a holder's rows count for; undefined: its own. */
  readonly ownerOf?: (holderId: string) => string | undefined
}

export function rowKind({ db, name, table, limits, ownerOf = () => undefined }: RowKindOptions): Kind {
  const { quota } = limits

  async function* survey(): AsyncGenerator<Cut | null, Amount, void> {
    let all = NOTHING
    const shares = createShares(ownerOf)
    for await (const holderId of holders(db, table)) {
      for await (const moments of strides(db, table, { holderId })) {
        all = moments.reduce<Amount>(sum, all)
        if (quota !== null && holderId !== undefined) shares.add(holderId, moments)
        yield null
      }
    }
    if (quota !== null) yield* shares.over(quota.bytes)
    return all
  }

  async function* remove(cut: Cut): AsyncGenerator<Amount, void, void> {
    for await (const holderId of cut.holderId === undefined ? holders(db, table) : [cut.holderId]) {
      const ofHolder = holderId === undefined ? cut : { ...cut, holderId }
      for (let removed = NOTHING, isFirst = true; isFirst || removed.rows === BATCH; isFirst = false) {
        removed = await deleteOldest(db, table, ofHolder, BATCH)
        yield removed
      }
    }
  }

  async function count(before: string): Promise<Amount> {
    let all = NOTHING
    for await (const holderId of holders(db, table)) {
      for await (const moments of strides(db, table, { holderId, before })) all = moments.reduce<Amount>(sum, all)
    }
    return all
  }

  return { name, limits, survey, count, remove }
}

/** Undefined once for a table without holders. */
async function* holders(db: Database, table: RowTable): AsyncGenerator<string | undefined, void, void> {
  if (table.holder === undefined) {
    yield undefined
    return
  }
  for (let next = await readNextHolder(db, table, ''); next !== null; next = await readNextHolder(db, table, next)) {
    yield next
  }
}

/** A range from the newest to the oldest, in statements of bounded size; each moment comes once and whole. */
async function* strides(db: Database, table: RowTable, range: Range): AsyncGenerator<readonly Moment[], void, void> {
  const before = range.before === undefined ? undefined : shortened(table, range.before)
  let rest: Range = before === undefined ? range : { ...range, before }
  for (;;) {
    const moments = await readNewest(db, table, rest, STRIDE)
    const rows = moments.reduce((all, moment) => all + moment.rows, 0)
    const last = moments.at(-1)
    if (rows < STRIDE || last === undefined) {
      yield moments
      return
    }
    // The last moment may go on beyond this stride: it is for the next one, unless it is all there was.
    if (moments.length > 1) {
      yield moments.slice(0, -1)
      rest = { ...range, upTo: last.time }
    } else {
      yield [await readMoment(db, table, range, last.time)]
      rest = { ...range, before: last.time }
    }
  }
}
