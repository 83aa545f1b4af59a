/** A queue in which accounts take turns, so that one with a long backlog cannot make the others wait behind all of it. */

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
  places: Place<Item>[]
  /** Places before this one are done with; moving the others up each time would cost more with every call waiting. */
  head: number
}

export function createFairQueue<Item>(): FairQueue<Item> {
  /** In the order of turns. */
  const lines = new Map<string, Line<Item>>()
  const byId = new Map<string, Place<Item>>()

  function shift(line: Line<Item>): Item | undefined {
    while (line.head < line.places.length) {
      const place = line.places[line.head++]
      if (place?.item === undefined) continue
      byId.delete(place.id)
      return place.item
    }
    return undefined
  }

  function compact(line: Line<Item>): void {
    if (line.head < 1000 || line.head * 2 < line.places.length) return
    line.places = line.places.slice(line.head)
    line.head = 0
  }

  return {
    push(accountId, id, item) {
      const place = { id, item }
      byId.set(id, place)
      const line = lines.get(accountId)
      if (line) line.places.push(place)
      else lines.set(accountId, { places: [place], head: 0 })
    },
    next(mayHaveTurn) {
      for (const [accountId, line] of lines) {
        if (!mayHaveTurn(accountId)) continue
        lines.delete(accountId)
        const item = shift(line)
        if (item === undefined) continue
        compact(line)
        lines.set(accountId, line)
        return item
      }
      return undefined
    },
    remove(id) {
      const place = byId.get(id)
      const item = place?.item
      if (place) place.item = undefined
      byId.delete(id)
      return item
    },
    clear() {
      const items = [...byId.values()].flatMap(({ item }) => item ?? [])
      byId.clear()
      lines.clear()
      return items
    },
  }
}
