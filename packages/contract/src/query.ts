/** Query strings as clients really send them (rest-api.md rules H10 and H11), and the values common to many routes. */

/** Default and highest time limit of a call (rest-api.md 1.5). */
export const DEFAULT_TIMEOUT_SECONDS = 300
export const MAX_TIMEOUT_SECONDS = 3000

const booleans = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
])

/**
 * Parses a raw query, without its leading `?`. Of several values the first usable one wins; an empty or undecodable
 * value counts as absent. node glues a second query to a first one with `/?`, hence the split at `?` and the dropped
 * slash.
 */
export function parseQuery(rawQuery: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const pair of rawQuery.split(/[&?]/)) {
    const separator = pair.indexOf('=')
    if (separator < 1) continue
    const name = formDecode(pair.slice(0, separator))
    const value = formDecode(pair.slice(separator + 1).replace(/\/$/, ''))
    if (name !== undefined && value && !query.has(name)) query.set(name, value)
  }
  return query
}

/** Reads a boolean; anything unreadable is `otherwise`. */
export const booleanOf = <Otherwise extends boolean | undefined>(
  value: string | undefined,
  otherwise: Otherwise,
): boolean | Otherwise => booleans.get(value?.toLowerCase() ?? '') ?? otherwise

/** Reads the `timeout` of a call: too long is shortened, unreadable or not above zero is the default (rest-api.md 4.3). */
export function timeoutSecondsOf(value: string | undefined): number {
  const seconds = /^(?:\d+\.?\d*|\.\d+)$/.test(value ?? '') ? Number(value) : 0
  return seconds > 0 ? Math.min(seconds, MAX_TIMEOUT_SECONDS) : DEFAULT_TIMEOUT_SECONDS
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
