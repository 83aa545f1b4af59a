/** A file as the wire has it (rest-api.md 5.6, 5.7): whole, a part of it, or word that nothing changed. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ByteRange } from '../drivers/driver.ts'
import { giveBack } from '../drivers/lent-memory.ts'
import { untrustedContentHeaders } from '../http/untrusted-content.ts'
import { parseRange } from './byte-ranges.ts'
import { isRangeWanted, isUnchanged, quotedEtag } from './conditions.ts'
import { mediaTypeOf } from './media-types.ts'
import type { FoundFile } from './place.ts'

export interface FileRequest {
  readonly isHead: boolean
  /** Of the file; its ending decides the content type. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Aborted when the reader has gone. */
  readonly signal: AbortSignal
}

/**
 * Sends the file as it is asked for. Memory in use depends on neither the file nor how fast the reader reads.
 *
 * @throws ApiError DataNotFound before anything was sent, when the file is not there any more; look again
 */
export async function sendFile(response: ServerResponse, file: FoundFile, request: FileRequest): Promise<void> {
  const validators = { ETag: quotedEtag(file), 'Last-Modified': file.modifiedAt.toUTCString(), ...fileHeaders }
  if (isUnchanged(request.headers, file)) {
    response.writeHead(304, validators).end()
    return
  }
  const range = wantedRange(file, request)
  const sizeBytes = range ? range.last - range.first + 1 : file.sizeBytes
  const headers = { ...untrustedContentHeaders(mediaTypeOf(request.path)), 'Content-Length': sizeBytes, ...validators }
  if (request.isHead) {
    response.writeHead(200, headers).end()
    return
  }
  const source = await file.read({ range, signal: request.signal })
  if (range) response.writeHead(206, { ...headers, 'Content-Range': contentRange(range, file) })
  else response.writeHead(200, headers)
  await copy(source, response, sizeBytes)
}

const fileHeaders = { 'X-Data-Type': 'file', 'Accept-Ranges': 'bytes' }

/** Ranges are defined for GET alone (RFC 9110, 14.2). */
function wantedRange(file: FoundFile, { isHead, headers }: FileRequest): ByteRange | undefined {
  if (isHead || headers.range === undefined || !isRangeWanted(headers, file)) return undefined
  return parseRange(headers.range, file.sizeBytes)
}

const contentRange = ({ first, last }: ByteRange, { sizeBytes }: FoundFile): string =>
  `bytes ${first}-${last}/${sizeBytes}`

/**
 * Passes all bytes on, as fast as the reader takes them. The source is closed however this ends.
 *
 * @throws Error when the source fails or is not as long as was said
 */
async function copy(source: Readable, response: ServerResponse, sizeBytes: number): Promise<void> {
  const leave = () => source.destroy()
  response.once('close', leave)
  if (response.destroyed) leave()
  let sentBytes = 0
  try {
    for await (const chunk of source) {
      sentBytes += chunk.length
      if (sentBytes > sizeBytes) break
      if (!response.write(chunk, () => giveBack(chunk))) await drained(response)
    }
  } finally {
    response.off('close', leave)
  }
  if (sentBytes !== sizeBytes) throw new Error(`The source of a file had ${sentBytes} bytes instead of ${sizeBytes}`)
  response.end()
}

/** Resolves as well when the reader has gone: the source is closed then, and its reading ends. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
    if (response.destroyed) done()
  })
}
