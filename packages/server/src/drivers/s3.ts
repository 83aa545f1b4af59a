/** S3 and what speaks its protocol: one bucket of the operator's, or all that somebody's credentials reach. */

import type { Driver } from './driver.ts'
import { bucketDriver } from './s3-bucket.ts'
import { bucketsDriver } from './s3-buckets.ts'
import { openS3Session, type S3SessionOptions } from './s3-session.ts'
import { abortUploadsBefore } from './s3-upload.ts'

export interface S3DriverOptions extends S3SessionOptions {
  /** Undefined: the first segment of every path is the bucket. */
  readonly bucket?: string | undefined
  /** What the keys of the bucket begin with, without slashes at its ends. Only with `bucket`. */
  readonly prefix?: string | undefined
}

export interface S3Driver extends Driver {
  /**
   * Ends uploads of large files that began before this moment and that nobody finished: a process that is killed leaves
   * what it sent, which is invisible and costs money. Answers how many there were; none without a fixed bucket.
   */
  abortUploadsBefore(moment: Date, signal?: AbortSignal): Promise<number>
}

/** Loads the provider's SDK. Connects only when used, and with the given credentials alone. */
export async function createS3Driver({ bucket, prefix = '', ...options }: S3DriverOptions): Promise<S3Driver> {
  const session = await openS3Session({ ...options, ownBucket: bucket })
  const base = prefix === '' ? '' : `${prefix}/`
  const files = bucket === undefined ? bucketsDriver(session) : bucketDriver(session, { bucket, base })
  return {
    ...files,
    async abortUploadsBefore(moment, signal) {
      return bucket === undefined ? 0 : abortUploadsBefore(session, { bucket, key: base }, moment, signal)
    },
    async close() {
      // Nothing is open but connections, which belong to the agents.
    },
  }
}
