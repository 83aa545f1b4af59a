/** How long the calls of a version take to run: what they cost on average, and what one of them usually takes. */

export interface RunTimes {
  /** A call took so long. */
  note(runMs: number): void
  /** Of the last calls, the more recent ones counting more: what it costs to wait behind one. */
  averageMs(): number
  /**
   * Half of the calls take longer. A few that had to wait for a processor make the average long and leave this as it is, so it
   * says when a worker is free again.
   */
  typicalMs(): number
}

/** Weight of the last call in the average. */
const WEIGHT = 1 / 16
/** How far each call moves what is typical, up or down. */
const STEP = 1.1

/**
 * @param firstMs what counts until calls were seen
 * @param mostMs what one call counts at most
 */
export function createRunTimes(firstMs: number, mostMs: number): RunTimes {
  let averageMs = firstMs
  let typicalMs = firstMs

  return {
    note(runMs) {
      averageMs += (Math.min(runMs, mostMs) - averageMs) * WEIGHT
      typicalMs *= runMs > typicalMs ? STEP : 1 / STEP
    },
    averageMs: () => averageMs,
    typicalMs: () => typicalMs,
  }
}
