/**
 * The `Idempotency-Key` of a call: what was sent with it, in a form that can be stored and compared. The key itself is
 * not stored.
 */
import { createHash, webcrypto } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { RequestHead } from '../http/request-head.ts'
import type { CallInput } from './input.ts'
import type { KnownCaller } from './resolve.ts'

export interface RequestKey {
  /** Digest of the key and whose it is. */
  readonly key: string
  /** Digest of the request that came with it. */
  readonly digest: string
}

/** The header's value; undefined without one. Throws MalformedRequest (400) for one that cannot be a key. */
export function idempotencyKeyOf(request: RequestHead): string | undefined {
  const value = request.headers['idempotency-key']
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value)) return value
  throw new ApiError(
    'MalformedRequest',
    `Expected Idempotency-Key to be 1 to 255 printable ASCII characters, got ${String(value).length}`,
  )
}

export interface KeyParts {
  readonly value: string
  readonly caller: KnownCaller
  /** Path and query as sent. */
  readonly target: string
  readonly isAsync: boolean
  readonly input: CallInput
}

/** Hashes the body on another thread: ten megabytes would hold up everybody. */
export async function requestKey({ value, caller, target, isAsync, input }: KeyParts): Promise<RequestKey> {
  const body = await webcrypto.subtle.digest('SHA-256', input.body as Uint8Array<ArrayBuffer>)
  return {
    key: sha256(JSON.stringify([caller.account.id, scopeOf(caller), value])),
    digest: sha256(JSON.stringify([target, isAsync, input.contentType, Buffer.from(body).toString('hex')])),
  }
}

/** An algorithm acts as its caller, but must not get at the answers to its caller's own calls. */
function scopeOf(caller: KnownCaller): string {
  return caller.kind === 'algorithm' ? caller.call.algorithmId : ''
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
