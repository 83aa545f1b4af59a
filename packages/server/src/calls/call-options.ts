/** What the target, the query and the headers of a call ask for (rest-api.md 4.2 and 4.3). */
import { booleanOf, parseQuery, timeoutSecondsOf } from '@algorist/contract/query.ts'
import type { RequestHead } from '../http/request-head.ts'
import type { KnownCaller } from './resolve.ts'
import { isWebCall, webPrefix } from './web.ts'

export const callPrefix = '/v1/algo/'

export interface CallOptions {
  readonly timeoutMs: number
  readonly output: 'normal' | 'raw' | 'void'
  readonly stdout: boolean
  readonly timing: boolean
}

export function splitTarget(target: string): [path: string, query: string] {
  const start = target.indexOf('?')
  const path = start < 0 ? target : target.slice(0, start)
  const prefix = path.startsWith(webPrefix) ? webPrefix : callPrefix
  return [path.slice(prefix.length), start < 0 ? '' : target.slice(start + 1)]
}

export function readOptions(rawQuery: string): CallOptions {
  if (rawQuery === '') return defaults
  const query = parseQuery(rawQuery)
  const output = query.get('output')?.toLowerCase()
  return {
    timeoutMs: timeoutSecondsOf(query.get('timeout')) * 1000,
    output: output === 'raw' || output === 'void' ? output : 'normal',
    stdout: booleanOf(query.get('stdout'), false),
    timing: booleanOf(query.get('timing'), false),
  }
}

const defaults: CallOptions = {
  timeoutMs: timeoutSecondsOf(undefined) * 1000,
  output: 'normal',
  stdout: false,
  timing: false,
}

/** Whether the caller prefers to fetch the result later (RFC 7240). Pages cannot, so their calls are answered at once. */
export function prefersAsync(request: RequestHead): boolean {
  const { prefer } = request.headers
  if (prefer === undefined || isWebCall(request)) return false
  return String(prefer)
    .split(/[,;]/)
    .some((preference) => preference.trim().toLowerCase() === 'respond-async')
}

/** A child call never outlives the call that made it. */
export function parentTimeLeftMs(caller: KnownCaller): number {
  return caller.kind === 'algorithm' ? Math.max(1, caller.call.deadlineAtMs - Date.now()) : Number.POSITIVE_INFINITY
}
