/** The reply of a paged management list (rest-api.md 1.8). */
import { encodeMarker, type Marker, type Page } from '@algorist/contract/page.ts'

export interface PageReply<Item> {
  readonly marker: string | null
  readonly next_link: string | null
  readonly results: readonly Item[]
}

export interface PageReplyOptions<Row, Item> {
  /** In order, read with one more than `page.limit`, which shows whether there is another page. */
  readonly rows: readonly Row[]
  readonly page: Page
  /** The request, whose path and filters the link repeats. */
  readonly request: {
    readonly url: string
    readonly target: string
    readonly query: { readonly [name: string]: string | undefined }
  }
  /** What the next page starts after. */
  markerOf(last: Row): Marker
  show(row: Row): Item
}

export function pageReply<Row, Item>(options: PageReplyOptions<Row, Item>): PageReply<Item> {
  const { rows, page, markerOf, show } = options
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  const marker = last === undefined ? null : encodeMarker(markerOf(last))
  return { marker, next_link: marker && nextLink(options, marker), results: shown.map(show) }
}

/** Address of the next page: the same request with another marker. */
export function nextLink(
  { request, page }: Pick<PageReplyOptions<unknown, unknown>, 'request' | 'page'>,
  marker: string,
): string {
  const path = request.target.split('?', 1)[0]
  const filters = Object.entries(request.query).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams({ ...Object.fromEntries(filters), limit: String(page.limit), marker })
  return `${request.url}${path}?${query}`
}
