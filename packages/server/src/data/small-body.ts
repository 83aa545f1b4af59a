/** The small bodies of POST and PATCH (rest-api.md 5.9, 5.10): what clients send is looser than what they mean. */
import type { IncomingMessage } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { WireAcl } from './place.ts'

const MAX_BYTES = 64 * 1024

export interface NewDirectory {
  readonly name: string
  /** Undefined: the default of the place. */
  readonly acl: WireAcl | undefined
}

/** Reads the whole body. @throws ApiError PayloadTooLarge */
export async function readSmallBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > MAX_BYTES) throw new ApiError('PayloadTooLarge', `The body is larger than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * A JSON object, a JSON string or, from one client, the bare name as text.
 *
 * @throws ApiError MalformedJson, InputValidationError
 */
export function parseNewDirectory(body: Buffer, { headers }: Pick<IncomingMessage, 'headers'>): NewDirectory {
  const text = textOf(body)
  const isBare = !/^["[{]/.test(text) && !/\bjson\b/i.test(headers['content-type'] ?? '')
  const value = isBare ? text : parseJson(text)
  if (typeof value === 'string') return { name: requireName(value), acl: undefined }
  const { name, acl } = requireObject(value)
  return { name: requireName(name), acl: acl === undefined || acl === null ? undefined : requireAcl(acl) }
}

/** @throws ApiError MalformedJson, InputValidationError without an acl */
export function parseNewAcl(body: Buffer): WireAcl {
  return requireAcl(requireObject(parseJson(textOf(body))).acl)
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body).trim()
  } catch (cause) {
    throw new ApiError('MalformedJson', 'The body is not UTF-8', { cause })
  }
}

/** Nothing counts as an object without members (rule H9). */
function parseJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch (cause) {
    throw new ApiError('MalformedJson', undefined, { cause })
  }
}

function requireObject(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || Array.isArray(value)) return {}
  if (typeof value !== 'object') throw new ApiError('InputValidationError', 'The body must be a JSON object')
  return { ...value }
}

/** What no place can have as a name; places know better which names they take. */
function requireName(name: unknown): string {
  if (typeof name !== 'string' || name === '') {
    throw new ApiError('InputValidationError', "The body must have the member 'name' with the name of the directory")
  }
  if (name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new ApiError(
      'InputValidationError',
      `${JSON.stringify(name.slice(0, 100))} cannot be the name of a directory`,
    )
  }
  return name
}

/** Other members are ignored: one client cannot but send one of its own (rest-api.md 1.3). */
function requireAcl(acl: unknown): WireAcl {
  const read = typeof acl === 'object' && acl !== null && 'read' in acl ? acl.read : undefined
  if (!Array.isArray(read) || !read.every((reader) => typeof reader === 'string')) {
    throw new ApiError(
      'InputValidationError',
      `The member 'acl' must be {"read":[]}, {"read":["algo://.my/*"]} or {"read":["user://*"]}`,
    )
  }
  return read
}
