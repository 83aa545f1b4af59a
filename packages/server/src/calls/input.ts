/**
 * What a call's body is: text, JSON or bytes (rest-api.md 4.4), read as it arrives, checked as it arrives, never
 * parsed into values.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import { giveBack } from '@algorist/contract/give-back.ts'
import type { ContentType } from '@algorist/runner/types.ts'
import { createJsonValidator } from './json-validator.ts'
import { createUtf8Validator } from './utf8-validator.ts'

export interface CallInput {
  readonly contentType: ContentType
  readonly body: Buffer
}

/** `detect`: no type, or the one that curl's `-d` sends without being asked. */
type Declared = ContentType | 'detect'

/** Throws UnsupportedMediaType (415) for multipart and unknown types. */
export function declaredType(header: string | undefined): Declared {
  const type = (header ?? '').split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? ''
  if (type === '' || type === 'application/x-www-form-urlencoded') return 'detect'
  if (type === 'application/json' || type === 'text/json' || /^application\/.+\+json$/.test(type)) return 'json'
  if (type === 'application/text' || type.startsWith('text/')) return 'text'
  if (/^(?:image|audio|video)\//.test(type) || binaryTypes.has(type)) return 'binary'
  throw new ApiError(
    'UnsupportedMediaType',
    `Content type ${JSON.stringify(type.slice(0, 100))} is not supported; use application/json, text/plain or application/octet-stream`,
  )
}

const binaryTypes = new Set([
  'application/octet-stream',
  'application/zip',
  'application/gzip',
  'application/pdf',
  'application/x-tar',
])

/**
 * Reads the whole body. Throws PayloadTooLarge (413) as soon as it is longer than `maxBytes`, MalformedInput (400)
 * as soon as it can't be what its type says, RequestTimeout (408) when it does not arrive in time.
 */
export async function readInput(
  request: IncomingMessage,
  { maxBytes, timeoutMs }: { maxBytes: number; timeoutMs: number },
): Promise<CallInput> {
  const declared = declaredType(request.headers['content-type'])
  refuseLongDeclaration(request, maxBytes)
  const check = checkerOf(declared)
  const body = await readBody(request, { maxBytes, timeoutMs, onChunk: check.push })
  check.end()
  return inputOf(declared, body)
}

/** The same for a body that is here. Throws as `readInput()` does. */
export function wholeInput({ headers }: Pick<IncomingMessage, 'headers'>, body: Buffer, maxBytes: number): CallInput {
  const declared = declaredType(headers['content-type'])
  if (body.length > maxBytes) throw tooLarge(maxBytes)
  const check = checkerOf(declared)
  check.push(body)
  check.end()
  return inputOf(declared, body)
}

function inputOf(declared: Declared, body: Buffer): CallInput {
  if (declared === 'json') return { contentType: 'json', body: body.length === 0 ? Buffer.from('null') : body }
  return declared === 'detect' ? { contentType: detectType(body), body } : { contentType: declared, body }
}

function refuseLongDeclaration(request: IncomingMessage, maxBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

const tooLarge = (maxBytes: number) =>
  new ApiError(
    'PayloadTooLarge',
    `The request body is larger than ${maxBytes} bytes; put larger inputs into a data:// file`,
  )

interface Checker {
  push(chunk: Buffer): void
  end(): void
}

const nothing: Checker = { push() {}, end() {} }

function checkerOf(declared: Declared): Checker {
  if (declared === 'json') return jsonChecker()
  if (declared === 'text') return textChecker()
  return nothing
}

function textChecker(): Checker {
  const utf8 = createUtf8Validator()
  const refuse = () => new ApiError('MalformedInput', 'The text is not valid UTF-8')
  return {
    push(chunk) {
      if (!utf8.push(chunk)) throw refuse()
    },
    end() {
      if (!utf8.end()) throw refuse()
    },
  }
}

function jsonChecker(): Checker {
  const json = createJsonValidator()
  const text = textChecker()
  let isEmpty = true
  const refuse = () => new ApiError('MalformedInput', `Invalid JSON: ${json.problem()}`)
  return {
    push(chunk) {
      isEmpty &&= chunk.length === 0
      text.push(chunk)
      if (!json.push(chunk)) throw refuse()
    },
    end() {
      text.end()
      if (!isEmpty && !json.end()) throw refuse()
    },
  }
}

/** Without a type: valid JSON, else UTF-8 text, else bytes. */
function detectType(body: Buffer): ContentType {
  if (!isUtf8(body)) return 'binary'
  const json = createJsonValidator()
  return json.push(body) && json.end() ? 'json' : 'text'
}

interface ReadOptions {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly onChunk: (chunk: Buffer) => void
}

function readBody(request: IncomingMessage, { maxBytes, timeoutMs, onChunk }: ReadOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const timer = setTimeout(
      () => finish(new ApiError('RequestTimeout', 'The request body did not arrive within the time limit of the call')),
      timeoutMs,
    )
    const finish = (error: unknown) => {
      clearTimeout(timer)
      request.off('data', take).off('end', done).off('close', gone).off('error', finish)
      reject(error)
    }
    const take = (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) return finish(tooLarge(maxBytes))
      try {
        onChunk(chunk)
      } catch (error) {
        return finish(error)
      }
      chunks.push(chunk)
    }
    const done = () => {
      clearTimeout(timer)
      request.off('close', gone)
      resolve(joined(chunks, sizeBytes))
    }
    const gone = () => finish(new ApiError('MalformedRequest', 'The connection closed before the whole body came'))
    request.on('data', take).on('end', done).on('close', gone).on('error', finish)
  })
}

/** One buffer of all chunks, whose own memory is given back. */
function joined(chunks: readonly Buffer[], sizeBytes: number): Buffer {
  const [only] = chunks
  if (only && chunks.length === 1) return only
  const whole = Buffer.concat(chunks, sizeBytes)
  for (const chunk of chunks) giveBack(chunk)
  return whole
}
