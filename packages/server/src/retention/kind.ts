/**
 * What the keeper knows of a kind of things that grow: what is too much of it, how much there is, and how it is removed.
 * Everything is done in turns of generators, each short, so that whoever drives them can pause or stop between two.
 */

export interface Amount {
  readonly rows: number
  readonly bytes: number
}

export const NOTHING: Amount = { rows: 0, bytes: 0 }

/** What is to go: all that is older, of everybody or of one holder. */
export interface Cut {
  /** ISO. */
  readonly before: string
  /** An owner for builds; for rows whatever their index begins with, such as an algorithm. */
  readonly holderId?: string
}

export interface Quota {
  readonly bytes: number
  readonly per: 'account' | 'owner'
}

export interface Limits {
  /** Older goes. */
  readonly maxAgeMs: number
  /** Null: none. Of what is too much the oldest goes. */
  readonly quota: Quota | null
  /** A full disk takes what is older than this; null: nothing before its time. */
  readonly floorMs: number | null
}

export interface Kind {
  /** For people, such as `call log`. */
  readonly name: string
  readonly limits: Limits
  /** Looks at everything once; turns give what is over a quota, or null. Returns how much there is. */
  survey(): AsyncGenerator<Cut | null, Amount, void>
  /** How much of it is older. */
  count(before: string): Promise<Amount>
  /** Removes what a cut names, a batch with each turn, the oldest first; what is needed stays. */
  remove(cut: Cut): AsyncGenerator<Amount, void, void>
}

/** Work that belongs to no kind, in turns as well: giving back what removing has freed. */
export interface Chore {
  readonly name: string
  run(how: ChoreOptions): AsyncGenerator<Amount, void, void>
  /** How long until it can do what waits for its time; 0 when nothing does. */
  readyInMs?(): number
}

export interface ChoreOptions {
  /** The disk is full. */
  readonly isUrgent: boolean
  /** Aborted when the server closes. */
  readonly signal: AbortSignal
}

export function sum(one: Amount, other: Amount): Amount {
  return { rows: one.rows + other.rows, bytes: one.bytes + other.bytes }
}

/** ISO time of what is so old now. */
export function timeBefore(ageMs: number): string {
  return new Date(Date.now() - ageMs).toISOString()
}
