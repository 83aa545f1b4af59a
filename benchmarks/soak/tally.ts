/** What became of every request of a soak. */

/**
 * `killed`: its worker was killed, and the call was told so. `refused`: 429 or 503, to come back later. What is neither these
 * nor as it should be is a surprise, and its words are kept.
 */
export type Verdict = 'right' | 'killed' | 'refused' | { readonly surprise: string }

export interface Counts {
  right: number
  killed: number
  refused: number
  surprises: number
  /** Of those that took longest. */
  longestMs: number
}

const NONE: Counts = { right: 0, killed: 0, refused: 0, surprises: 0, longestMs: 0 }
const MOST_SURPRISES_KEPT = 50

export function createTally() {
  const kinds = new Map<string, Counts>()
  const surprises = new Map<string, number>()

  function add(kind: string, verdict: Verdict, tookMs = 0): void {
    const counts = kinds.get(kind) ?? { ...NONE }
    counts.longestMs = Math.max(counts.longestMs, tookMs)
    kinds.set(kind, counts)
    if (typeof verdict === 'string') {
      counts[verdict]++
      return
    }
    counts.surprises++
    const words = `${kind}: ${verdict.surprise.slice(0, 300)}`
    if (surprises.has(words) || surprises.size < MOST_SURPRISES_KEPT)
      surprises.set(words, (surprises.get(words) ?? 0) + 1)
  }

  function total(): Counts {
    const sum = { ...NONE }
    for (const counts of kinds.values()) {
      sum.longestMs = Math.max(sum.longestMs, counts.longestMs)
      for (const name of ['right', 'killed', 'refused', 'surprises'] as const) sum[name] += counts[name]
    }
    return sum
  }

  return { add, total, kinds: () => Object.fromEntries(kinds), surprises: () => Object.fromEntries(surprises) }
}

export type Tally = ReturnType<typeof createTally>
