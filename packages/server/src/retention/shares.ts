/** What owners have of a kind, by time, so that whoever has too much is told from when on it fits. */
import type { Cut } from './kind.ts'
import type { Moment } from './row-queries.ts'

/** Ten minutes: what a time says up to here. Fine enough, and a month of an owner is a few thousand numbers. */
const SPAN_LENGTH = '2026-11-22T05:4'.length

interface Share {
  bytes: number
  readonly bySpan: Map<string, number>
  readonly holders: Set<string>
}

export interface Shares {
  add(holderId: string, moments: readonly Moment[]): void
  /** For each holder of an owner with more than this, what has to go. */
  over(quotaBytes: number): Generator<Cut, void, void>
}

/** @param ownerOf the owner of a holder; one without counts for itself */
export function createShares(ownerOf: (holderId: string) => string | undefined): Shares {
  const shares = new Map<string, Share>()

  function shareOf(holderId: string): Share {
    const ownerId = ownerOf(holderId) ?? holderId
    const share = shares.get(ownerId) ?? { bytes: 0, bySpan: new Map(), holders: new Set() }
    shares.set(ownerId, share)
    share.holders.add(holderId)
    return share
  }

  return {
    add(holderId, moments) {
      const share = shareOf(holderId)
      for (const { time, bytes } of moments) {
        const span = time.slice(0, SPAN_LENGTH)
        share.bytes += bytes
        share.bySpan.set(span, (share.bySpan.get(span) ?? 0) + bytes)
      }
    },
    *over(quotaBytes) {
      for (const { bytes, bySpan, holders } of shares.values()) {
        const before = bytes > quotaBytes ? firstThatFits(bySpan, quotaBytes) : undefined
        if (before !== undefined) for (const holderId of holders) yield { before, holderId }
      }
    },
  }
}

/** The newest span stays in any case: what is being written is not taken away at once. */
function firstThatFits(bySpan: ReadonlyMap<string, number>, quotaBytes: number): string | undefined {
  let held = 0
  let fits: string | undefined
  for (const [span, bytes] of [...bySpan].sort(([a], [b]) => (a < b ? 1 : -1))) {
    held += bytes
    if (held > quotaBytes) return fits ?? span
    fits = span
  }
  return undefined
}
