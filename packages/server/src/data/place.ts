/**
 * What a data request can do at one place, hosted data or a connector, for one caller: the seam between the HTTP side
 * (data-handler.ts) and what is behind it. Rights are decided behind it. Paths are as in drivers/driver.ts.
 */
import type { Readable } from 'node:stream'
import type { FileEntry, FileStat, ReadOptions, WriteOptions } from '../drivers/driver.ts'

/** Who may read a collection, as on the wire (rest-api.md 5.4): `[]`, `['algo://.my/*']` or `['user://*']`. */
export type WireAcl = readonly string[]

export interface DirectoryPage {
  readonly folders: readonly string[]
  readonly files: readonly FileEntry[]
  readonly marker: string | undefined
}

export interface FoundDirectory {
  readonly kind: 'directory'
  /** Undefined where there is none to show: all but named collections (rest-api.md 5.2, 5.5). */
  readonly acl: WireAcl | undefined
  /** Up to 1,000 entries. @throws ApiError InvalidMarker */
  list(marker: string | undefined, signal?: AbortSignal): Promise<DirectoryPage>
}

export interface FoundFile extends FileStat {
  readonly kind: 'file'
  /** @throws ApiError DataNotFound when it was deleted or replaced since; look again */
  read(options?: ReadOptions): Promise<Readable>
}

/**
 * Looks at what is there now and throws when that forbids the change (`If-Match`, `If-None-Match`).
 *
 * @throws ApiError PreconditionFailed
 */
export type Precondition = (current: FileStat | undefined) => void

export interface PutOptions extends WriteOptions {
  readonly precondition?: Precondition | undefined
}

/** Every method rejects with an ApiError: DataNotFound, NotAuthenticated, NotAuthorized, InvalidDataPath, and what it says. */
export interface DataPlace {
  find(path: string, signal?: AbortSignal): Promise<FoundFile | FoundDirectory>
  /** Creates or replaces; durable once resolved. @throws ApiError PayloadTooLarge, InsufficientStorage, PreconditionFailed */
  put(path: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<FileStat>
  /** @throws ApiError InputValidationError for a name or acl that cannot be, or a directory that is there already */
  createDirectory(parent: string, name: string, acl: WireAcl | undefined): Promise<void>
  /** @throws ApiError InputValidationError */
  setAcl(path: string, acl: WireAcl): Promise<void>
  /**
   * Deletes a file, or a directory. Resolves with the count that the reply shows (rest-api.md 5.11).
   *
   * @throws ApiError DirectoryNotEmpty, DeletionFailed; both carry how many were deleted
   */
  delete(
    path: string,
    options: { readonly force: boolean; readonly precondition?: Precondition | undefined },
  ): Promise<number>
}
