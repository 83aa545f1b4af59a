/** Pages of a report that is made of one or several sources, whose lines with one key are added up. */
import type { Database } from '../db/schema.ts'
import { countDays, listDays } from './days.ts'
import { addTo } from './measures.ts'
import { type Line, type PageOf, type Source, selectByKey, selectOfDay } from './read-queries.ts'

/** Days and lines that are read one by one at most; beyond it keys are walked instead. */
const MOST_DAYS = 31
const MOST_LINES = 5000

/** The first lines after the marker, in the order of their keys; at most `page.limit`. */
export async function readPage(db: Database, sources: readonly Source[], page: PageOf): Promise<Line[]> {
  const lists = await Promise.all(sources.flatMap((source) => readLists(db, source, sources.length, page)))
  return mergeLists(lists, page.limit)
}

function readLists(db: Database, source: Source, sources: number, page: PageOf): Promise<Line[]>[] {
  const days = countDays(page.days)
  const isByDay = days <= MOST_DAYS && days * page.limit * sources <= MOST_LINES
  if (source.isByKey || !isByDay) return [selectByKey(db, source, page)]
  return listDays(page.days).map((day) => selectOfDay(db, source, { ...page, day }))
}

/**
 * Each list is sorted and holds its first `limit` lines after the marker. The first `limit` keys of all are then complete: a
 * list that was cut off before one of them would hold `limit` smaller ones.
 */
export function mergeLists(lists: readonly (readonly Line[])[], limit: number): Line[] {
  const merged = new Map<string, Line>()
  for (const { key, measures } of lists.flat()) {
    const name = key.join('\u0000')
    const known = merged.get(name)
    merged.set(name, { key, measures: known ? addTo({ ...known.measures }, measures) : measures })
  }
  const names = [...merged.keys()].sort(compareBytes).slice(0, limit)
  return names.flatMap((name) => merged.get(name) ?? [])
}

/** As the databases compare; all keys are ASCII. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
