/** All buckets that somebody's credentials reach, as one driver: the first segment of a path is the bucket. */
import { type Driver, DriverError, type Listing } from './driver.ts'
import { pageOf } from './listing-page.ts'
import { bucketDriver } from './s3-bucket.ts'
import type { S3Session } from './s3-session.ts'

interface InBucket {
  readonly files: Omit<Driver, 'close'>
  readonly bucket: string
  /** Of the file or folder in the bucket; empty: the bucket itself. */
  readonly path: string
}

/** Buckets themselves can be listed, but neither made nor deleted (rest-api.md 5.3). */
export function bucketsDriver(session: S3Session): Omit<Driver, 'close'> {
  /** Segments without a name, as in `bucket//key`, belong to the key. */
  function locate(fullPath: string): InBucket {
    const [bucket = ''] = fullPath.split('/', 1)
    if (!isBucketName(bucket)) {
      throw new DriverError('invalid-path', 'A path begins with the name of a bucket: s3://bucket/key')
    }
    return { files: bucketDriver(session, { bucket, base: '' }), bucket, path: fullPath.slice(bucket.length + 1) }
  }

  async function hasBucket(bucket: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await session.request({ bucket, signal, send: (s3, options) => s3.headBucket({ Bucket: bucket }, options) })
      return true
    } catch (error) {
      if (error instanceof DriverError && error.problem === 'not-found') return false
      throw error
    }
  }

  async function listBuckets(signal?: AbortSignal): Promise<string[]> {
    const { Buckets = [] } = await session.request({ signal, send: (s3, options) => s3.listBuckets({}, options) })
    return Buckets.flatMap(({ Name }) => Name ?? [])
  }

  return {
    async stat(fullPath, signal) {
      if (fullPath === '') return { kind: 'folder' }
      const { files, bucket, path } = locate(fullPath)
      if (path !== '') return files.stat(path, signal)
      return (await hasBucket(bucket, signal)) ? { kind: 'folder' } : undefined
    },
    async read(fullPath, options) {
      if (fullPath === '') throw new DriverError('not-found', 'There is no such file')
      const { files, path } = locate(fullPath)
      return files.read(path, options)
    },
    async write(fullPath, body, options) {
      const { files, path } = locate(fullPath)
      return files.write(path, body, options)
    },
    async delete(fullPath, signal) {
      const { files, path } = locate(fullPath)
      return files.delete(path, signal)
    },
    async list(fullPath, options): Promise<Listing> {
      if (fullPath !== '') {
        const { files, path } = locate(fullPath)
        return files.list(path, options)
      }
      const { folders, marker } = pageOf('', { folders: await listBuckets(options.signal), files: [] }, options)
      return { folders, files: [], marker }
    },
    async createFolder(fullPath, signal) {
      const { files, bucket, path } = locate(fullPath)
      if (path !== '') return files.createFolder(path, signal)
      if (!(await hasBucket(bucket, signal)))
        throw new DriverError('denied', `Make the bucket '${bucket}' at the provider`)
    },
    async deleteFolder(fullPath, signal) {
      const { files, path } = locate(fullPath)
      if (path === '') throw new DriverError('denied', 'Buckets are not deleted here; do so at the provider')
      return files.deleteFolder(path, signal)
    },
  }
}

/** Nothing else: the SDK takes names with colons for addresses of other services. */
function isBucketName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(name)
}
