/** Random numbers that can be had again: everything a run decides comes from its seed. */

export interface Random {
  /** From 0 up to but not including 1. */
  fraction(): number
  /** Whole, from 0 up to but not including `end`. */
  below(end: number): number
  between(lowest: number, end: number): number
  /** One of the choices, each as often as its weight says; undefined when there are none. */
  pick<T>(choices: readonly (readonly [weight: number, choice: T])[]): T | undefined
  /** A source of its own, so that one client's luck does not depend on how fast another one is. */
  branch(): Random
}

/** Mulberry32: small, good enough, the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0

  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (end: number) => Math.floor(fraction() * end)
  return {
    fraction,
    below,
    between: (lowest, end) => lowest + below(end - lowest),
    pick(choices) {
      const total = choices.reduce((sum, [weight]) => sum + weight, 0)
      let left = fraction() * total
      for (const [weight, choice] of choices) {
        left -= weight
        if (left < 0) return choice
      }
      return undefined
    },
    branch: () => createRandom(below(2 ** 32)),
  }
}
