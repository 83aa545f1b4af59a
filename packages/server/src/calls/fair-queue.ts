/** A queue in which accounts take turns, so that one with a long backlog cannot make the others wait behind all of it. */
import { createPassingMap } from '../passing-map.ts'

export interface FairQueue<Item> {
  push(accountId: string, id: string, item: Item): void
  /** Takes the first item of the account whose turn it is, among those that may have one now. */
  next(mayHaveTurn: (accountId: string) => boolean): Item | undefined
  /** Takes an item out of its line. */
  remove(id: string): Item | undefined
  /** Takes all items out. */
  clear(): Item[]
}

interface Place<Item> {
  readonly id: string
  item: Item | undefined
}

interface Line<Item> {
  readonly accountId: string
  /** Those before the head are done with, and empty: moving the others up each time would cost more with every call waiting. */
  places: (Place<Item> | undefined)[]
  head: number
}

export function createFairQueue<Item>(): FairQueue<Item> {
  /** Of every account that ever had one: a map that one call fills and empties makes garbage that outlives calls (0085). */
  const lines = new Map<string, Line<Item>>()
  /** Those in which somebody may stand, in the order of turns. */
  let turns: Line<Item>[] = []
  const byId = createPassingMap<Place<Item>>()

  function lineOf(accountId: string): Line<Item> {
    const known = lines.get(accountId)
    if (known) return known
    const line = { accountId, places: [], head: 0 }
    lines.set(accountId, line)
    return line
  }

  function shift(line: Line<Item>): Item | undefined {
    while (line.head < line.places.length) {
      const place = line.places[line.head]
      line.places[line.head++] = undefined
      if (place?.item === undefined) continue
      byId.take(place.id)
      return place.item
    }
    return undefined
  }

  function compact(line: Line<Item>): void {
    const isEmpty = line.head === line.places.length
    if (!isEmpty && (line.head < 1000 || line.head * 2 < line.places.length)) return
    line.places = line.places.slice(line.head)
    line.head = 0
  }

  return {
    push(accountId, id, item) {
      const place = { id, item }
      byId.set(id, place)
      const line = lineOf(accountId)
      if (line.places.push(place) === 1) turns.push(line)
    },
    next(mayHaveTurn) {
      for (let at = 0; at < turns.length; ) {
        const line = turns[at]
        if (!line || !mayHaveTurn(line.accountId)) {
          at++
          continue
        }
        turns.splice(at, 1)
        const item = shift(line)
        compact(line)
        if (line.places.length > 0) turns.push(line)
        if (item !== undefined) return item
      }
      return undefined
    },
    remove(id) {
      const place = byId.take(id)
      const item = place?.item
      if (place) place.item = undefined
      return item
    },
    clear() {
      const items = byId.items().flatMap(({ item }) => item ?? [])
      byId.clear()
      lines.clear()
      turns = []
      return items
    },
  }
}
