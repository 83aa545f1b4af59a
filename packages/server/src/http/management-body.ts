/** Management bodies are JSON whatever their `Content-Type`; empty, `null`, `{}` and `[]` are equal (rule H9). */
import { isUtf8 } from 'node:buffer'
import { ApiError } from '@algorist/contract/errors.ts'

/**
 * The parsed body, `{}` for an empty one; `[]` stays, since an operation that takes a list may be given an empty one.
 * Throws MalformedJson when it is not UTF-8 JSON.
 */
export function parseManagementBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new ApiError('MalformedJson', 'The request body is not valid UTF-8')
  const text = bytes.toString('utf8').trim()
  if (text === '') return {}
  return parseJson(text) ?? {}
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? withoutQuote(cause.message) : 'syntax error'
    throw new ApiError('MalformedJson', `The request body is not valid JSON: ${reason}`, { cause })
  }
}

/** The parser repeats what stands around the mistake, and that can be a secret. */
const withoutQuote = (message: string): string => message.replace(/, (?:\.\.\.)?".*$/s, '')
