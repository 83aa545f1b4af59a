/**
 * A set for what comes and goes with each call. A `Set` leaves a table behind for every few that come and go; V8 links each to
 * the next one, so that once one of them is old, all that follow grow old with it, and with them the calls that they hold
 * (decision 0085).
 */
export interface Bag<Item> {
  /** Returns where it is, for {@link Bag.remove}. */
  add(item: Item): Place
  /** Again, it does nothing. */
  remove(place: Place): void
  some(isIt: (item: Item) => boolean): boolean
  /** Calls it with each, which it may remove. */
  visit(each: (item: Item) => void): void
  isEmpty(): boolean
}

/** Of something in a bag. */
export interface Place {
  /** Nobody's but the bag's; negative when it was removed. */
  index: number
}

interface Held<Item> extends Place {
  readonly item: Item
}

/** All but `some` and `visit` take the same time however much is in it. */
export function createBag<Item>(): Bag<Item> {
  const held: Held<Item>[] = []
  return {
    add(item) {
      const place = { item, index: held.length }
      held.push(place)
      return place
    },
    remove(place) {
      const { index } = place
      if (index < 0) return
      place.index = -1
      const last = held.pop()
      if (last === undefined || last === place) return
      last.index = index
      held[index] = last
    },
    some: (isIt) => held.some(({ item }) => isIt(item)),
    visit(each) {
      // From the end: whatever takes the place of one that leaves was visited.
      for (let index = held.length - 1; index >= 0; index--) {
        const there = held[index]
        if (there) each(there.item)
      }
    },
    isEmpty: () => held.length === 0,
  }
}
