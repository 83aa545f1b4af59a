/**
 * What clients have written, when they asked for it and when it was acknowledged; so it can be said of a copy taken at some
 * time which values it may have. Each fact has one writer, which waits for its answer.
 */

/** The value of what is not there. */
export const NOTHING = 'nothing'

interface Write {
  readonly value: string
  readonly begunAtMs: number
  acknowledgedAtMs: number
}

export interface Ledger {
  /** Notes a write before it is sent. @returns to be called when it was acknowledged */
  begin(fact: string, value: string): () => void
  /** For something that has begun before and is known only now. */
  note(fact: string, value: string): void
  facts(): string[]
  /** Of a copy that was begun and finished at these times. */
  allowed(fact: string, copied: { readonly fromMs: number; readonly toMs: number }): string[]
  acknowledged(): number
}

export function createLedger(): Ledger {
  const writes = new Map<string, Write[]>()
  let acknowledged = 0

  function begin(fact: string, value: string): () => void {
    const write = { value, begunAtMs: performance.now(), acknowledgedAtMs: Number.POSITIVE_INFINITY }
    writes.set(fact, [...(writes.get(fact) ?? []), write])
    return () => {
      write.acknowledgedAtMs = performance.now()
      acknowledged++
    }
  }

  return {
    begin,
    note: (fact, value) => begin(fact, value)(),
    facts: () => [...writes.keys()],
    allowed(fact, { fromMs, toMs }) {
      const all = writes.get(fact) ?? []
      const sure = all.findLastIndex((write) => write.acknowledgedAtMs < fromMs)
      const possible = all.slice(Math.max(0, sure)).filter((write) => write.begunAtMs < toMs)
      return [...(sure < 0 ? [NOTHING] : []), ...possible.map(({ value }) => value)]
    },
    acknowledged: () => acknowledged,
  }
}
