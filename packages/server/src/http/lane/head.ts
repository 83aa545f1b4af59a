/**
 * Reads the head of a request in its plainest form. Whatever is not of that form is not judged here: node:http reads it
 * (lane.ts), and refuses what is wrong with it. So this accepts less than HTTP/1.1 allows and nothing that node:http would
 * read in another way.
 */
import type { IncomingHttpHeaders } from 'node:http'

export interface PlainHead {
  readonly url: string
  /** Names in small letters, each once. */
  readonly headers: IncomingHttpHeaders
  readonly bodyBytes: number
}

/** Clients write a few hundred bytes. */
export const MOST_HEAD_BYTES = 8 * 1024

const REQUEST_LINE = /^POST (\/[!$-~]*) HTTP\/1\.1$/
const FIELD = /^([\w-]+):[ \t]*([!-~](?:[ -~]*[!-~])?)?[ \t]*$/
const HOST = /^[\w.:[\]-]+$/
const LENGTH = /^\d{1,7}$/

/** Fields that make more of a request than a head and a body of known length. */
const SPECIAL = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'http2-settings',
  'proxy-connection',
])

/**
 * @param text everything before the empty line
 * @returns null for what node:http is to read
 */
export function readPlainHead(text: string): PlainHead | null {
  const [first = '', ...fields] = text.split('\r\n')
  const url = REQUEST_LINE.exec(first)?.[1]
  if (url === undefined) return null
  const headers: IncomingHttpHeaders = {}
  for (const field of fields) {
    const [, name, value = ''] = FIELD.exec(field) ?? []
    if (name === undefined) return null
    const lower = name.toLowerCase()
    // A field that comes twice means something else for each name.
    if (headers[lower] !== undefined || SPECIAL.has(lower)) return null
    headers[lower] = value
  }
  const { host, connection = 'keep-alive', 'content-length': length } = headers
  if (host === undefined || !HOST.test(host)) return null
  if (connection.toLowerCase() !== 'keep-alive' || length === undefined || !LENGTH.test(length)) return null
  return { url, headers, bodyBytes: Number(length) }
}
