/** What a request for a report asks for: days, callers, page. */
import { ApiError } from '@algorist/contract/errors.ts'
import { decodeMarker, MAX_PAGE_LIMIT, type Marker } from '@algorist/contract/page.ts'
import type { Services } from '../services.ts'

type Query = { readonly [name: string]: string | undefined }

/** Accounts that one report may be limited to. */
const MOST_USERS = 100

/**
 * The lines of a page.
 * @throws ApiError InvalidLimit, also when `page_size` is missing and nothing stands for it
 */
export function parsePageSize(text: string | undefined, otherwise?: number): number {
  if (!text && otherwise !== undefined) return otherwise
  const size = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0
  if (size >= 1 && size <= MAX_PAGE_LIMIT) return size
  throw new ApiError('InvalidLimit', `page_size: expected a number from 1 to ${MAX_PAGE_LIMIT}, got '${text ?? ''}'`)
}

/**
 * Key of the last line of the page before.
 * @param names of the parts of the key, which tell markers of one report from those of another
 * @throws ApiError InvalidMarker
 */
export function parseAfter(text: string | undefined, names: readonly string[]): readonly string[] | undefined {
  if (!text) return undefined
  const marker = decodeMarker(text)
  const key = names.map((name) => marker[name])
  const isOurs = Object.keys(marker).length === names.length && key.every((part) => typeof part === 'string')
  if (!isOurs) throw new ApiError('InvalidMarker', 'The marker is one of another report')
  return key as string[]
}

export function markerOf(names: readonly string[], key: readonly string[]): Marker {
  return Object.fromEntries(names.map((name, index) => [name, key[index] ?? '']))
}

/**
 * Ids of the accounts that a report is limited to, deleted ones included; undefined: it is about all. A name that nobody has
 * adds nothing. `user` may be repeated, and some clients write `user[]`.
 *
 * @param target path and query as they were sent
 * @throws ApiError InvalidRequest for too many
 */
export function parseUsers({ directory }: Pick<Services, 'directory'>, target: string): readonly string[] | undefined {
  const start = target.indexOf('?')
  const query = new URLSearchParams(start < 0 ? '' : target.slice(start + 1))
  const names = [...query.getAll('user'), ...query.getAll('user[]')].filter((name) => name !== '')
  if (names.length === 0) return undefined
  if (names.length > MOST_USERS) throw new ApiError('InvalidRequest', `user: expected at most ${MOST_USERS} of them`)
  const ids = names.flatMap((name) => (directory.byName(name) ?? directory.byId(name.toLowerCase()))?.id ?? [])
  return [...new Set(ids)]
}

export type ReportQuery = Query
