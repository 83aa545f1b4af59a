/**
 * One bucket as a driver. Folders are what keys have in common up to a slash; an empty one is an object whose key ends with
 * that slash, as the providers' consoles make it.
 */
import { Readable } from 'node:stream'
import { abortableStream } from './abortable-stream.ts'
import { arrivingFile } from './arriving-file.ts'
import { type Driver, DriverError, type FileStat, type ReadOptions, type Stat } from './driver.ts'
import { listFolder, withoutQuotes } from './s3-listing.ts'
import type { S3Session } from './s3-session.ts'
import { type S3Object, uploadObject } from './s3-upload.ts'

/** What the protocol allows, in UTF-8. */
const maxKeyBytes = 1024

export interface S3Root {
  readonly bucket: string
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly base: string
}

export function bucketDriver(session: S3Session, { bucket, base }: S3Root): Omit<Driver, 'close'> {
  const keyOf = (path: string): string => checkedKey(base + path)
  const prefixOf = (path: string): string => (path === '' ? base : checkedKey(`${base}${path}/`))

  /** Keys that begin so, two at most. */
  async function keysBelow(prefix: string, signal?: AbortSignal): Promise<(string | undefined)[]> {
    const what = { Bucket: bucket, Prefix: prefix, MaxKeys: 2 }
    const { Contents = [] } = await session.request({ bucket, signal, send: (s3, to) => s3.listObjectsV2(what, to) })
    return Contents.map(({ Key }) => Key)
  }

  async function fileStat(path: string, signal?: AbortSignal): Promise<FileStat | undefined> {
    if (path === '') return undefined
    const what = { Bucket: bucket, Key: keyOf(path) }
    try {
      const head = await session.request({ bucket, signal, send: (s3, options) => s3.headObject(what, options) })
      return statOf(head.ContentLength, head)
    } catch (error) {
      if (isProblem(error, 'not-found')) return undefined
      throw isProblem(error, 'denied') ? await reasonOfRefusal(error, what.Key, signal) : error
    }
  }

  /** Answers to HEAD say no more than a status, so what is wrong is asked for in another way. */
  async function reasonOfRefusal(refusal: unknown, key: string, signal?: AbortSignal): Promise<unknown> {
    const what = { Bucket: bucket, Key: key, Range: 'bytes=0-0' }
    try {
      const { Body } = await session.request({ bucket, signal, send: (s3, options) => s3.getObject(what, options) })
      if (Body instanceof Readable) Body.destroy()
      return refusal
    } catch (reason) {
      return reason
    }
  }

  async function deleteObject(key: string, signal?: AbortSignal): Promise<void> {
    const what = { Bucket: bucket, Key: key }
    await session.request({ bucket, signal, send: (s3, options) => s3.deleteObject(what, options) })
  }

  return {
    async stat(path, signal): Promise<Stat | undefined> {
      signal?.throwIfAborted()
      if (path === '') return { kind: 'folder' }
      const file = await fileStat(path, signal)
      if (file) return { kind: 'file', ...file }
      return (await keysBelow(prefixOf(path), signal)).length > 0 ? { kind: 'folder' } : undefined
    },

    async read(path, options = {}) {
      if (path === '') throw new DriverError('not-found', 'There is no such file')
      return openObject(session, { bucket, key: keyOf(path) }, options)
    },

    async write(path, body, options = {}) {
      if (path === '') throw new DriverError('invalid-path', 'A file needs a name')
      const { etag, sizeBytes } = await uploadObject(session, { bucket, key: keyOf(path) }, body, options)
      // S3 does not tell what time it gave the file, and asking would cost every write a second request.
      return { etag, sizeBytes, modifiedAt: new Date() }
    },

    async delete(path, signal) {
      // S3 answers the same whether there was one or not.
      if (!(await fileStat(path, signal))) return false
      await deleteObject(keyOf(path), signal)
      return true
    },

    list: (folder, options) =>
      listFolder(session, { bucket, prefix: prefixOf(folder), isRoot: folder === '' }, options),

    async createFolder(path, signal) {
      const prefix = prefixOf(path)
      if (path === '' || (await keysBelow(prefix, signal)).length > 0) return
      const what = { Bucket: bucket, Key: prefix, Body: Buffer.of() }
      await session.request({ bucket, signal, send: (s3, options) => s3.putObject(what, options) })
    },

    async deleteFolder(path, signal) {
      const prefix = prefixOf(path)
      const keys = await keysBelow(prefix, signal)
      if (path === '' || keys.some((key) => key !== prefix)) {
        throw new DriverError('not-empty', 'The folder is not empty; delete first what is in it')
      }
      if (keys.length === 0) return false
      await deleteObject(prefix, signal)
      return true
    },
  }
}

function checkedKey(key: string): string {
  if (Buffer.byteLength(key) <= maxKeyBytes) return key
  throw new DriverError('invalid-path', `S3 has no paths of more than ${maxKeyBytes} bytes; use a shorter one`)
}

function isProblem(error: unknown, problem: DriverError['problem']): boolean {
  return error instanceof DriverError && error.problem === problem
}

function statOf(
  sizeBytes = 0,
  { ETag = '', LastModified = new Date(0) }: { ETag?: string; LastModified?: Date },
): FileStat {
  return { sizeBytes, modifiedAt: LastModified, etag: withoutQuotes(ETag) }
}

async function openObject(session: S3Session, { bucket, key }: S3Object, options: ReadOptions): Promise<Readable> {
  const { range, signal } = options
  const what = { Bucket: bucket, Key: key, ...(range && { Range: `bytes=${range.first}-${range.last}` }) }
  const { Body } = await session.request({ bucket, signal, send: (s3, to) => s3.getObject(what, to) })
  if (!(Body instanceof Readable)) throw new DriverError('unavailable', 'The storage answered without the file')
  const silence = new DriverError('timed-out', 'The storage stopped in the middle of the file; try again later')
  const translate = (error: unknown) => session.translate(error, bucket) as Error
  return abortableStream(arrivingFile(Body, { idleMs: session.timeouts.idleMs, silence, translate }), signal)
}
