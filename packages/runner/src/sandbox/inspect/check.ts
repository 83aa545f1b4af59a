/** The words in which an inspection answers: one line for each protection. */

/**
 * `ok`: as promised. `warning`: works, with less protection than promised. `failed`: a promise cannot be kept.
 * `skipped`: cannot be told, because of another line that failed.
 */
export type Level = 'ok' | 'warning' | 'failed' | 'skipped'

export interface Check {
  readonly name: string
  readonly level: Level
  /** What was seen, for people. */
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

export const ok = (name: string, detail: string): Check => ({ name, level: 'ok', detail })

export const warning = (name: string, detail: string, fix?: string): Check => ({
  name,
  level: 'warning',
  detail,
  ...(fix === undefined ? {} : { fix }),
})

export const failed = (name: string, detail: string, fix?: string): Check => ({
  name,
  level: 'failed',
  detail,
  ...(fix === undefined ? {} : { fix }),
})

/** `because`: the lines that failed. */
export const skipped = (name: string, because: readonly string[]): Check => ({
  name,
  level: 'skipped',
  detail: `Not checked, because of: ${because.join(', ')}.`,
})

export const namesOfFailed = (checks: readonly Check[]): string[] =>
  checks.filter(({ level }) => level === 'failed').map(({ name }) => name)
