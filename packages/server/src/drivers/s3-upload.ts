/**
 * Writing an object: a small one in one request, a larger one in parts, of which a few are under way at a time. Parts are
 * held in memory, so that one that fails can be sent again; nothing can be seen of them before all are put together.
 */
import type { CompletedPart } from '@aws-sdk/client-s3'
import { checkedBody } from './checked-body.ts'
import type { WriteOptions } from './driver.ts'
import { withoutQuotes } from './s3-listing.ts'
import { type PartMemory, partMemory, partsOf } from './s3-parts.ts'
import type { S3Session } from './s3-session.ts'

/** Slower lines than 64 KiB/s are given up. */
const minSentBytesPerMs = 65.536
/** Some storages copy all parts before they answer. */
const minCopiedBytesPerMs = 16_384
const abortTimeoutMs = 10_000

export interface S3Object {
  readonly bucket: string
  readonly key: string
}

interface Uploaded {
  readonly etag: string
  readonly sizeBytes: number
}

/** @throws DriverError wrong-size, and whatever the body throws or the signal is aborted with */
export async function uploadObject(
  session: S3Session,
  object: S3Object,
  body: AsyncIterable<Uint8Array>,
  { sizeBytes, signal }: WriteOptions,
): Promise<Uploaded> {
  const memory = partMemory(sizeBytes)
  // Aborted with the first failure of a part, which ends all others and the body.
  const failure = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
  const parts = partsOf(checkedBody(body, { sizeBytes, signal: stop }), memory)
  try {
    const { value: first } = await parts.next()
    const { value: second } = await parts.next()
    if (!second) return await putObject(session, object, first ?? Buffer.of(), stop)
    return await putInParts(session, object, prepended([first ?? Buffer.of(), second], parts), {
      memory,
      failure,
      stop,
    })
  } finally {
    await parts.return()
  }
}

async function* prepended<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first
  yield* rest
}

async function putObject(session: S3Session, { bucket, key }: S3Object, content: Buffer, signal: AbortSignal) {
  const what = { Bucket: bucket, Key: key, Body: content }
  const { ETag = '' } = await session.request({
    bucket,
    signal,
    extraMs: content.length / minSentBytesPerMs,
    send: (s3, options) => s3.putObject(what, options),
  })
  return { etag: withoutQuotes(ETag), sizeBytes: content.length }
}

interface Sending {
  readonly memory: PartMemory
  readonly failure: AbortController
  readonly stop: AbortSignal
}

async function putInParts(
  session: S3Session,
  { bucket, key }: S3Object,
  parts: AsyncIterable<Buffer>,
  sending: Sending,
): Promise<Uploaded> {
  const object = { Bucket: bucket, Key: key }
  const signal = sending.stop
  const begin = { ...object, ...(session.hasChecksums && { ChecksumAlgorithm: 'CRC32' as const }) }
  const { UploadId } = await session.request({
    bucket,
    signal,
    send: (s3, options) => s3.createMultipartUpload(begin, options),
  })
  const upload = { ...object, UploadId }
  try {
    const { completed, sizeBytes } = await sendParts(parts, sending, async (part, PartNumber) => {
      const { ETag, ChecksumCRC32 } = await session.request({
        bucket,
        signal,
        extraMs: part.length / minSentBytesPerMs,
        send: (s3, options) => s3.uploadPart({ ...upload, PartNumber, Body: part }, options),
      })
      return { PartNumber, ETag, ChecksumCRC32 }
    })
    const { ETag = '' } = await session.request({
      bucket,
      signal,
      extraMs: sizeBytes / minCopiedBytesPerMs,
      send: (s3, options) => s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: completed } }, options),
    })
    return { etag: withoutQuotes(ETag), sizeBytes }
  } catch (error) {
    await abortUpload(session, upload)
    throw error
  }
}

/** Sends a few parts at a time. When it rejects, none is under way any more. */
async function sendParts(
  parts: AsyncIterable<Buffer>,
  { memory, failure, stop }: Sending,
  send: (part: Buffer, number: number) => Promise<CompletedPart>,
): Promise<{ completed: CompletedPart[]; sizeBytes: number }> {
  const underWay = new Set<Promise<unknown>>()
  const completed: CompletedPart[] = []
  let sizeBytes = 0
  let count = 0

  async function sendOne(part: Buffer, number: number): Promise<void> {
    try {
      completed[number - 1] = await send(part, number)
      memory.giveBack(part)
    } catch (error) {
      failure.abort(error)
    }
  }

  try {
    for await (const part of parts) {
      sizeBytes += part.length
      const sending = sendOne(part, ++count).finally(() => underWay.delete(sending))
      underWay.add(sending)
      if (underWay.size >= memory.maxUnderWay) await Promise.race(underWay)
      stop.throwIfAborted()
    }
  } catch (error) {
    failure.abort(error)
  }
  await Promise.all(underWay)
  stop.throwIfAborted()
  return { completed, sizeBytes }
}

interface BegunUpload {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string | undefined
}

/** As well as can be: what stays is found by {@link abortUploadsBefore}. */
async function abortUpload(session: S3Session, upload: BegunUpload): Promise<void> {
  const signal = AbortSignal.timeout(abortTimeoutMs)
  const send = session.request({
    bucket: upload.Bucket,
    signal,
    send: (s3, options) => s3.abortMultipartUpload(upload, options),
  })
  await send.catch(() => undefined)
}

/**
 * Aborts uploads of keys that begin with `object.key` and that began before the moment. Answers how many.
 *
 * @throws DriverError
 */
export async function abortUploadsBefore(
  session: S3Session,
  { bucket, key }: S3Object,
  moment: Date,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0
  let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}
  for (;;) {
    const what = { Bucket: bucket, Prefix: key, ...from }
    const page = await session.request({
      bucket,
      signal,
      send: (s3, options) => s3.listMultipartUploads(what, options),
    })
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || !Initiated || Initiated >= moment) continue
      const upload = { Bucket: bucket, Key, UploadId }
      await session.request({ bucket, signal, send: (s3, options) => s3.abortMultipartUpload(upload, options) })
      count++
    }
    if (page.IsTruncated !== true) return count
    from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}
