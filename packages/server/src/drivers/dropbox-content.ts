/** Content of files in a Dropbox account: streams in and out, in memory that does not grow with the file. */
import { Readable } from 'node:stream'
import type { Dropbox, files } from 'dropbox'
import { abortableStream } from './abortable-stream.ts'
import { checkedBody } from './checked-body.ts'
import { type ByteRange, DriverError, type ReadOptions, type WriteOptions } from './driver.ts'
import { connectionError, refusalError } from './dropbox-errors.ts'
import { DROPBOX_URLS, type DropboxFetch } from './dropbox-fetch.ts'

/** Whole blocks of 4 MiB are what Dropbox stores; more at a time costs memory, less costs requests. */
const CHUNK_BYTES = 8 * 2 ** 20

/** Runs one request of the SDK within the time for it, and turns its errors into ours. */
export type Ask = <T>(
  signal: AbortSignal | undefined,
  send: (options: { signal?: AbortSignal; timeout: number }) => Promise<{ result: T }>,
) => Promise<T>

/** Nothing of the file is seen before the last request of it, and nothing stays of a session that had none. */
export async function upload(
  { dropbox, ask }: { dropbox: Dropbox; ask: Ask },
  path: string,
  body: AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<files.FileMetadata> {
  const { signal } = options
  const commit = { path, mode: { '.tag': 'overwrite' as const }, mute: true }
  let session: files.UploadSessionCursor | undefined
  let last = Buffer.alloc(0)
  for await (const contents of inParts(checkedBody(body, options))) {
    if (last.length > 0) session = await append({ dropbox, ask }, session, last, signal)
    last = contents
  }
  const contents = last
  if (!session) return ask(signal, (limits) => dropbox.filesUpload({ ...commit, contents }, limits))
  const cursor = session
  return ask(signal, (limits) => dropbox.filesUploadSessionFinish({ cursor, commit, contents }, limits))
}

async function append(
  { dropbox, ask }: { dropbox: Dropbox; ask: Ask },
  session: files.UploadSessionCursor | undefined,
  contents: Buffer,
  signal: AbortSignal | undefined,
): Promise<files.UploadSessionCursor> {
  if (session) {
    await ask(signal, (limits) => dropbox.filesUploadSessionAppendV2({ cursor: session, contents }, limits))
    return { ...session, offset: session.offset + contents.length }
  }
  const started = await ask(signal, (limits) => dropbox.filesUploadSessionStart({ contents }, limits))
  return { session_id: started.session_id, offset: contents.length }
}

/** Parts of CHUNK_BYTES, the last one shorter. Their memory is their own, since senders use theirs again. */
async function* inParts(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer<ArrayBuffer>> {
  let pieces: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    let rest = chunk
    while (sizeBytes + rest.length >= CHUNK_BYTES) {
      const fitting = CHUNK_BYTES - sizeBytes
      yield Buffer.concat([...pieces, rest.subarray(0, fitting)])
      pieces = []
      sizeBytes = 0
      rest = rest.subarray(fitting)
    }
    pieces.push(rest)
    sizeBytes += rest.length
  }
  if (sizeBytes > 0) yield Buffer.concat(pieces)
}

/** Not by the SDK, which has the whole file in memory before it hands it on. */
export async function download(
  fetch: DropboxFetch,
  path: string,
  { range, signal }: ReadOptions,
  timeoutMs: number,
): Promise<Readable> {
  signal?.throwIfAborted()
  const connection = new AbortController()
  const timeout = setTimeout(() => connection.abort(new DOMException('No reply', 'TimeoutError')), timeoutMs)
  const stop = (): void => connection.abort(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const reply = await fetch(`${DROPBOX_URLS.content}/2/files/download`, {
      method: 'POST',
      headers: { 'Dropbox-API-Arg': asHeader({ path }), ...(range ? { Range: rangeHeader(range) } : {}) },
      signal: connection.signal,
    })
    await requireSuccess(reply, range)
    return abortableStream(contentOf(reply, connection), signal)
  } catch (error) {
    signal?.throwIfAborted()
    throw connectionError(error)
  } finally {
    clearTimeout(timeout)
    signal?.removeEventListener('abort', stop)
  }
}

/** JSON that is ASCII, as a header must be. */
function asHeader(argument: object): string {
  return JSON.stringify(argument).replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function rangeHeader({ first, last }: ByteRange): string {
  return `bytes=${first}-${last}`
}

async function requireSuccess(reply: Response, range: ByteRange | undefined): Promise<void> {
  const { status, headers } = reply
  if (!reply.ok) throw refusalError({ status, headers, error: await reply.json().catch(() => undefined) })
  if (range && status !== 206) {
    await reply.body?.cancel()
    throw new DriverError('unavailable', 'Dropbox answered with the whole file instead of a part of it')
  }
}

/** Whoever destroys the stream ends the connection at once, even while nothing comes. */
function contentOf(reply: Response, connection: AbortController): Readable {
  const reader = reply.body?.getReader()
  return new Readable({
    read() {
      if (!reader) this.push(null)
      else {
        reader.read().then(
          ({ done, value }) => this.push(done ? null : value),
          (error: unknown) => this.destroy(connectionError(error)),
        )
      }
    },
    destroy(error, done) {
      connection.abort()
      done(error)
    },
  })
}
