/** What a benchmark is: a name, and a measurement that makes rows of one table. */

/** How much is measured. */
export interface Plan {
  /** How often each side has its turn; figures are medians. */
  readonly rounds: number
  /** Of one turn under load. */
  readonly roundMs: number
  /** Small amounts, to see that a program runs; its figures say nothing. */
  readonly isQuick: boolean
  /** Where the server leaves processor profiles; null for none. */
  readonly profileFolder: string | null
}

/** One line of the table. */
export interface Row {
  /** Short and unique, such as `warm-python-32`. */
  readonly id: string
  readonly what: string
  /** What is promised, in words; null for what is shown only. */
  readonly bar: string | null
  readonly figure: string
  /** Null where there is no bar. */
  readonly holds: boolean | null
  /** Settings of the server that differ from the defaults. */
  readonly settings: Readonly<Record<string, string>>
  /** Everything that was measured, for the JSON. */
  readonly details: unknown
}

/** A row with the name of its benchmark. */
export type MeasuredRow = Row & { readonly bench: string }

/** One small program. */
export interface Bench {
  /** What `--only` takes. */
  readonly name: string
  /** @throws Error when something could not be measured */
  measure(plan: Plan): Promise<readonly Row[]>
}
