/** Pages of the management lists (rest-api.md 1.8): reading `limit` and `marker`, and what a marker looks like. */
import { ApiError } from './errors.ts'

export const DEFAULT_PAGE_LIMIT = 50
export const MAX_PAGE_LIMIT = 1000

/** What a list needs to go on where it stopped, such as the sort key of the last item. */
export type Marker = Readonly<Record<string, string | number | null>>

export interface Page {
  readonly limit: number
  /** Undefined on the first page. */
  readonly marker: Marker | undefined
}

/** base64url without padding, since some clients paste markers into the query unencoded. */
export const encodeMarker = (marker: Marker): string => Buffer.from(JSON.stringify(marker)).toString('base64url')

/** @throws ApiError InvalidMarker for a text that `encodeMarker` cannot have made */
export function decodeMarker(text: string): Marker {
  const marker = /^[A-Za-z0-9_-]+$/.test(text) ? parseJson(Buffer.from(text, 'base64url').toString()) : undefined
  if (!isMarker(marker)) throw new ApiError('InvalidMarker', `Expected a marker of an earlier page, got '${text}'`)
  return marker
}

/**
 * Reads the page that a list request asks for.
 * @param query decoded query values
 * @throws ApiError InvalidLimit, InvalidMarker
 */
export function parsePage(query: { readonly limit?: string | undefined; readonly marker?: string | undefined }): Page {
  return { limit: parseLimit(query.limit), marker: query.marker ? decodeMarker(query.marker) : undefined }
}

/**
 * The name after which a list that is sorted by name goes on; empty on the first page.
 * @throws ApiError InvalidMarker for a marker of another list
 */
export function nameBefore({ marker }: Page): string {
  const name = marker === undefined ? '' : marker.name
  if (typeof name !== 'string') throw new ApiError('InvalidMarker')
  return name
}

function parseLimit(text: string | undefined): number {
  if (!text) return DEFAULT_PAGE_LIMIT
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_PAGE_LIMIT) return limit
  throw new ApiError('InvalidLimit', `Expected a limit from 1 to ${MAX_PAGE_LIMIT}, got '${text}'`)
}

function isMarker(value: unknown): value is Marker {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((item) => item === null || typeof item === 'string' || typeof item === 'number')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
