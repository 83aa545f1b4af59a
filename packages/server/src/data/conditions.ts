/**
 * The conditions that a request puts on what it acts upon (RFC 9110, 13): readers are told that nothing changed, writers
 * change nothing that they have not seen.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { FileStat } from '../drivers/driver.ts'
import type { Precondition } from './place.ts'

export const quotedEtag = ({ etag }: FileStat): string => `"${etag}"`

/** True when the reader has this very content already: 304. @throws ApiError PreconditionFailed */
export function isUnchanged(headers: IncomingHttpHeaders, file: FileStat): boolean {
  requireUnchanged(headers, file)
  const known = headers['if-none-match']
  if (known !== undefined) return names(known, file, { isWeakEnough: true })
  const since = timeOf(headers['if-modified-since'])
  return since !== undefined && secondsOf(file.modifiedAt) <= since
}

/** False when the reader has a part of something else, and so needs the whole file. */
export function isRangeWanted(headers: IncomingHttpHeaders, file: FileStat): boolean {
  const known = headers['if-range']
  if (known === undefined) return true
  const text = String(known).trim()
  return text.startsWith('"') ? text === quotedEtag(file) : timeOf(text) === secondsOf(file.modifiedAt)
}

/** What a writer demands of the file that is there; undefined when nothing. */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition | undefined {
  const conditions = ['if-match', 'if-none-match', 'if-unmodified-since'] as const
  if (!conditions.some((name) => headers[name] !== undefined)) return undefined
  return (current) => {
    requireUnchanged(headers, current)
    const forbidden = headers['if-none-match']
    if (forbidden !== undefined && current && names(forbidden, current, { isWeakEnough: true })) throw failed()
  }
}

function requireUnchanged(headers: IncomingHttpHeaders, current: FileStat | undefined): void {
  const demanded = headers['if-match']
  if (demanded !== undefined) {
    if (!current || !names(demanded, current, { isWeakEnough: false })) throw failed()
    return
  }
  const since = timeOf(headers['if-unmodified-since'])
  if (since !== undefined && current && secondsOf(current.modifiedAt) > since) throw failed()
}

const failed = () => new ApiError('PreconditionFailed')

/** True for `*`, and for a list in which the entity tag is. */
function names(list: string, file: FileStat, { isWeakEnough }: { readonly isWeakEnough: boolean }): boolean {
  if (list.trim() === '*') return true
  const tags = [...list.matchAll(/(W\/)?"([^"]*)"/g)]
  return tags.some(([, weak, tag]) => tag === file.etag && (isWeakEnough || weak === undefined))
}

/** Seconds since 1970, the precision of HTTP dates; undefined for what is no date. */
function timeOf(date: string | undefined): number | undefined {
  const milliseconds = Date.parse(date ?? '')
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000)
