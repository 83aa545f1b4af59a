/**
 * A map for what comes and goes with each call, where it has to be found by a key; what need not be is better kept in a bag
 * (`bag.ts`, which tells what is wrong with a `Map`). It moves into a new table of its own now and then, which cuts the chain of
 * old ones.
 */
export interface PassingMap<Item> {
  size(): number
  get(key: string): Item | undefined
  has(key: string): boolean
  set(key: string, item: Item): void
  /** Returns what was there. */
  take(key: string): Item | undefined
  /** What is there now, in the order of arrival. */
  items(): Item[]
  clear(): void
}

/** So many go before it moves, at least: little enough for the table to be young still, at some thousands a second. */
const FEWEST_GONE = 256

/** Moving costs each that goes no more than one that stays. */
export function createPassingMap<Item>(): PassingMap<Item> {
  let table = new Map<string, Item>()
  let gone = 0

  function move(): void {
    table = new Map(table)
    gone = 0
  }

  return {
    size: () => table.size,
    get: (key) => table.get(key),
    has: (key) => table.has(key),
    set(key, item) {
      table.set(key, item)
    },
    take(key) {
      const item = table.get(key)
      if (table.delete(key) && ++gone >= Math.max(FEWEST_GONE, table.size)) move()
      return item
    },
    items: () => [...table.values()],
    clear() {
      table = new Map()
      gone = 0
    },
  }
}
