/**
 * What the code that talks to one kind of storage offers: files by path, streamed both ways, and folders. Hosted data keeps
 * its content with a driver, a connector is a driver with its owner's credentials. Nothing here knows of accounts or rights.
 *
 * A path is decoded text with `/` between its segments and none at its ends; the empty path is the root.
 */
import type { Readable } from 'node:stream'

export interface FileStat {
  readonly sizeBytes: number
  readonly modifiedAt: Date
  /** Changes whenever the content does; opaque text without quotes. */
  readonly etag: string
}

export interface FileEntry extends FileStat {
  /** Last segment of its path. */
  readonly name: string
}

export type Stat = ({ readonly kind: 'file' } & FileStat) | { readonly kind: 'folder' }

/** Bytes of a file, both ends included, both below its size. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export interface ReadOptions {
  /** The whole file unless given. */
  readonly range?: ByteRange | undefined
  readonly signal?: AbortSignal | undefined
}

export interface WriteOptions {
  /** Length of the body where it is known before; a body of another length is an error. */
  readonly sizeBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ListOptions {
  /** Of the page before. */
  readonly marker?: string | undefined
  /** Most entries of the page, folders and files together: 1 to 1,000. */
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

/** Every page but an only one has entries, and all folders come before the first file (rest-api.md 5.5). */
export interface Listing {
  /** Names, sorted as UTF-8 bytes. */
  readonly folders: readonly string[]
  /** Sorted by name, as UTF-8 bytes. */
  readonly files: readonly FileEntry[]
  /** URL-safe without encoding; undefined on the last page. */
  readonly marker: string | undefined
}

/** Every method rejects with a DriverError, or with the reason of `signal` once that is aborted (checked-body.ts helps). */
export interface Driver {
  /** Undefined: there is nothing. The root is always a folder. */
  stat(path: string, signal?: AbortSignal): Promise<Stat | undefined>
  /** Memory in use does not depend on the size of the file. @throws DriverError not-found */
  read(path: string, options?: ReadOptions): Promise<Readable>
  /**
   * Creates or replaces a file. Once it resolves the file is durable; until then readers see what was there before, and
   * when it rejects nothing of the body stays. An error of the body itself comes out as it is.
   */
  write(path: string, body: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<FileStat>
  /** Deletes a file. False: there was none. */
  delete(path: string, signal?: AbortSignal): Promise<boolean>
  /** One page of what is directly in a folder. @throws DriverError not-found, invalid-marker */
  list(folder: string, options: ListOptions): Promise<Listing>
  /** Does nothing to a folder that is there. */
  createFolder(path: string, signal?: AbortSignal): Promise<void>
  /** Deletes a folder in which nothing is. False: there was none. @throws DriverError not-empty */
  deleteFolder(path: string, signal?: AbortSignal): Promise<boolean>
  close(): Promise<void>
}

export type DriverProblem =
  | 'not-found'
  | 'not-empty'
  | 'invalid-marker'
  /** The storage cannot have a file or folder of this name. */
  | 'invalid-path'
  /** The credentials are wrong, have expired or do not allow this. */
  | 'denied'
  /** The storage does not answer, or not as it should. */
  | 'unavailable'
  | 'timed-out'
  /** The storage asks to come back later. */
  | 'busy'
  /** There is no room for more. */
  | 'full'
  /** The body had another length than was said, or more than the storage takes. */
  | 'wrong-size'

/** Why a storage did not do as asked. The message is for whoever owns the connector: what was wrong, what to do. */
export class DriverError extends Error {
  readonly problem: DriverProblem

  constructor(problem: DriverProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DriverError'
    this.problem = problem
  }
}
