/** Uploads to Google Cloud Storage: one request for what fits a block, a resumable upload for all else. Seen only once complete. */
import type { Block } from './blocks.ts'
import { DriverError, type FileStat } from './driver.ts'
import { type GoogleApi, OBJECT_FIELDS, parseObject } from './google-api.ts'

export interface GoogleUpload {
  readonly bucket: string
  /** Name of the object. */
  readonly name: string
  /** Of a multiple of 256 KiB, the last one excepted. */
  readonly blocks: AsyncIterable<Block>
  readonly signal: AbortSignal | undefined
}

const CONTENT_TYPE = 'application/octet-stream'
const RESUME_INCOMPLETE = 308
const CANCEL_TIMEOUT_MS = 5000

/** When it rejects, Google has been told to forget what it had. @throws DriverError, or whatever the blocks throw */
export async function upload(api: GoogleApi, target: GoogleUpload): Promise<FileStat> {
  let session: URL | undefined
  try {
    for await (const block of target.blocks) {
      if (block.isLast && block.offset === 0) return await uploadWhole(api, target, block.bytes)
      session ??= await startSession(api, target)
      const written = await sendBlock(api, session, block, target.signal)
      if (written) return written
    }
    throw incomplete()
  } catch (error) {
    if (session) await cancel(api, session)
    throw error
  }
}

async function uploadWhole(api: GoogleApi, target: GoogleUpload, bytes: Uint8Array): Promise<FileStat> {
  const response = await api.send(uploadPath(target), {
    method: 'POST',
    query: { uploadType: 'media', name: target.name, fields: OBJECT_FIELDS },
    headers: { 'Content-Type': CONTENT_TYPE },
    body: bytes as Uint8Array<ArrayBuffer>,
    signal: target.signal,
  })
  return statOf(response)
}

async function startSession(api: GoogleApi, target: GoogleUpload): Promise<URL> {
  const response = await api.send(uploadPath(target), {
    method: 'POST',
    query: { uploadType: 'resumable', name: target.name, fields: OBJECT_FIELDS },
    headers: { 'X-Upload-Content-Type': CONTENT_TYPE },
    signal: target.signal,
  })
  await response.body?.cancel()
  const session = URL.parse(response.headers.get('location') ?? '')
  if (!session)
    throw new DriverError('unavailable', 'Google Cloud Storage named no address to upload to; try again later')
  return session
}

/** Google may take less than it was sent; then the rest is sent again. Resolves with the file after the last block. */
async function sendBlock(
  api: GoogleApi,
  session: URL,
  { bytes, offset, isLast }: Block,
  signal: AbortSignal | undefined,
): Promise<FileStat | undefined> {
  const end = offset + bytes.byteLength
  for (let start = offset; ; ) {
    const response = await api.send(session, {
      method: 'PUT',
      headers: { 'Content-Range': `bytes ${start}-${end - 1}/${isLast ? end : '*'}` },
      body: bytes.subarray(start - offset) as Uint8Array<ArrayBuffer>,
      accepts: [RESUME_INCOMPLETE],
      signal,
    })
    if (response.status !== RESUME_INCOMPLETE) return statOf(response)
    await response.body?.cancel()
    const taken = takenBytes(response)
    if (taken >= end && !isLast) return undefined
    if (taken <= start || taken >= end) throw incomplete()
    start = taken
  }
}

/** From `Range: bytes=0-LAST`, which is missing when Google took nothing. */
function takenBytes({ headers }: Response): number {
  const [, last] = headers.get('range')?.match(/^bytes=0-(\d+)$/) ?? []
  return last === undefined ? 0 : Number(last) + 1
}

/** Best effort and bounded: Google forgets the rest after a week. */
async function cancel(api: GoogleApi, session: URL): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS)
  const response = await api.send(session, { method: 'DELETE', accepts: [499], signal }).catch(() => undefined)
  await response?.body?.cancel().catch(() => {})
}

async function statOf(response: Response): Promise<FileStat> {
  const { sizeBytes, modifiedAt, etag } = parseObject(await response.json())
  return { sizeBytes, modifiedAt, etag }
}

function uploadPath({ bucket }: GoogleUpload): string {
  return `/upload/storage/v1/b/${bucket}/o`
}

function incomplete(): DriverError {
  return new DriverError('unavailable', 'Google Cloud Storage did not take all of the file; send it again')
}
