/** Reads the answer of a program that carries its own pipe, in every shape such programs were seen to use (runtime.md 2.4). */
import { isUtf8 } from 'node:buffer'
import { type Failure, invalidAnswer, notFinite, reportedFailure } from '../failure.ts'
import type { ContentType } from '../types.ts'
import { quote, REPORT_BYTES } from './frames.ts'
import { type Member, membersOf } from './json-members.ts'

export type FifoAnswer =
  | { readonly kind: 'value'; readonly contentType: ContentType; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'broken'; readonly failure: Failure }

/**
 * Reads one answer. `json` is a complete value; `allFinite` is false when it has a bare NaN or Infinity in it.
 */
export function readFifoAnswer(json: Buffer, allFinite: boolean): FifoAnswer {
  if (!isUtf8(json)) return broken('text that is not UTF-8')
  const found = membersOf(json, 0)
  if (found === null) return broken(`an object of too many members: ${quote(json)}`)
  const members = lastByName(found)
  const error = members.get('error')
  if (error !== undefined && !isNull(json, error)) return failed(json, error)
  if (error === undefined && !members.has('result') && members.has('message')) {
    return failed(json, { name: '', start: 0, end: json.length })
  }
  if (!members.has('result') && !members.has('metadata') && !members.has('content_type')) {
    return broken(`neither result nor error: ${quote(json)}`)
  }
  if (!allFinite) return { kind: 'failed', failure: notFinite }
  return valueAnswer(json, members)
}

function valueAnswer(json: Buffer, members: Map<string, Member>): FifoAnswer {
  const result = members.get('result')
  const body = result === undefined ? Buffer.from('null') : json.subarray(result.start, result.end)
  const isString = body[0] === 0x22
  const declared = declaredType(json, members)
  if (declared === 'json' || (declared !== 'text' && declared !== 'binary')) {
    if (declared === null && isString) return { kind: 'value', contentType: 'text', body: stringBytes(body) }
    return { kind: 'value', contentType: 'json', body }
  }
  // `undefined` in a JavaScript callback leaves the member out.
  if (result === undefined || isNull(json, result)) return { kind: 'value', contentType: 'json', body }
  if (!isString) return broken(`a ${declared} result that is not a string: ${quote(body)}`)
  if (declared === 'text') return { kind: 'value', contentType: 'text', body: stringBytes(body) }
  const bytes = decodeBase64(stringBytes(body).toString('latin1'))
  if (bytes === null) return broken(`a binary result that is not base64: ${quote(body)}`)
  return { kind: 'value', contentType: 'binary', body: bytes }
}

/** `metadata.content_type`, or the flat `content_type`; null when neither is a string. */
function declaredType(json: Buffer, members: Map<string, Member>): string | null {
  const metadata = members.get('metadata')
  const nested =
    metadata === undefined ? undefined : lastByName(membersOf(json, metadata.start) ?? []).get('content_type')
  const member = nested ?? members.get('content_type')
  if (member === undefined || json[member.start] !== 0x22) return null
  return JSON.parse(json.toString('utf8', member.start, member.end))
}

function failed(json: Buffer, { start, end }: Member): FifoAnswer {
  if (end - start > REPORT_BYTES) {
    const message = `An error report of ${end - start} bytes was left out`
    return { kind: 'failed', failure: { message, errorType: 'AlgorithmError' } }
  }
  try {
    const reported: unknown = JSON.parse(json.toString('utf8', start, end))
    const error = typeof reported === 'string' ? { message: reported } : reported
    return { kind: 'failed', failure: reportedFailure(error, 'AlgorithmError') }
  } catch {
    // A bare NaN somewhere in it.
    return broken(quote(json))
  }
}

function broken(problem: string): FifoAnswer {
  return { kind: 'broken', failure: invalidAnswer(problem) }
}

function lastByName(members: Member[]): Map<string, Member> {
  return new Map(members.map((member) => [member.name, member]))
}

function isNull(json: Buffer, { start, end }: Member): boolean {
  return json.toString('latin1', start, end) === 'null'
}

function stringBytes(json: Buffer): Buffer {
  return Buffer.from(JSON.parse(json.toString('utf8')) as string)
}

/** Some encoders break their lines. */
function decodeBase64(text: string): Buffer | null {
  const compact = text.replace(/\s+/g, '')
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? Buffer.from(compact, 'base64') : null
}
