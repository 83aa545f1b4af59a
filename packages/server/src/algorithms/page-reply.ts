/** The envelope of paged lists (rest-api.md 1.8). */
import { parseQuery } from '@algorist/contract/query.ts'

export interface PageOf<Item> {
  /** Null on the last page. */
  readonly marker: string | null
  readonly results: readonly Item[]
}

export interface Asked {
  /** Public base URL, without a trailing slash. */
  readonly url: string
  /** Path and query as sent. */
  readonly target: string
  /** Limit in force. */
  readonly limit: number
}

/** All three members are always there; the link repeats what was asked and adds the marker. */
export function pageReply<Item>({ marker, results }: PageOf<Item>, { url, target, limit }: Asked) {
  if (marker === null) return { marker: null, next_link: null, results }
  const [path = '', ...queries] = target.split('?')
  const query = parseQuery(queries.join('?'))
  query.set('limit', String(limit))
  query.set('marker', marker)
  return { marker, next_link: `${url}${path}?${new URLSearchParams([...query])}`, results }
}
