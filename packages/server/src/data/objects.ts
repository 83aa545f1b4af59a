/**
 * The content of hosted files: objects that are written once, read, and deleted, each under a random id. Which of them are
 * files is known to the rows alone; this file knows no SQL.
 */
import { randomUUID } from 'node:crypto'
import { pipeline, type Readable } from 'node:stream'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import { type Driver, DriverError, type ReadOptions, type WriteOptions } from '../drivers/driver.ts'
import { type Checksum, summed, verifying } from './crc32.ts'
import { withOwnStorageErrors } from './storage-errors.ts'

export interface StoredObject extends Readonly<Checksum> {
  readonly id: string
}

/** One page of what is stored, whoever wrote it. */
export interface ObjectPage {
  readonly objects: readonly { readonly id: string; readonly writtenAt: Date }[]
}

export interface Objects {
  /**
   * Writes a body to a new object, durable once `use` is called with it. Until `use` settles the object is under way, so
   * that no sweep takes it for an orphan. When the body or the storage fails nothing stays, and `use` is not called.
   *
   * @throws ApiError for what the storage says, and what the body and `use` throw
   */
  write<T>(
    body: AsyncIterable<Uint8Array>,
    options: WriteOptions,
    use: (object: StoredObject) => Promise<T>,
  ): Promise<T>
  /**
   * The content; a whole one is compared with its checksum as it is read, and the stream fails at its end when it differs.
   *
   * @throws ApiError DataNotFound when it is not there
   */
  read(object: StoredObject, options?: ReadOptions): Promise<Readable>
  /** Deletes objects that no row names any more, at once. Those that cannot be deleted now are left to the sweep. */
  delete(ids: readonly string[]): Promise<void>
  /** The same in the background. */
  discard(id: string): void
  isUnderWay(id: string): boolean
  /** All that is stored, in pages. */
  pages(signal: AbortSignal): AsyncGenerator<ObjectPage>
  /** Resolves once what was discarded is gone. */
  idle(): Promise<void>
}

const DELETES_AT_ONCE = 8
const PAGE_ENTRIES = 1000

export function createObjects({ driver, log }: { driver: Driver; log: Logger }): Objects {
  const underWay = new Set<string>()
  const discarding = new Set<Promise<void>>()

  async function deleteOne(id: string): Promise<void> {
    try {
      await driver.delete(keyOf(id))
    } catch (err) {
      log.warn({ err, object: id }, 'an object of a deleted file is left; the next start tries again')
    }
  }

  function mismatch(id: string): Error {
    log.error({ object: id }, 'the content of a file is not what was written; it is not handed out')
    return new ApiError('StorageFailed', 'The content of the file is damaged')
  }

  return {
    async write(body, options, use) {
      const id = randomUUID().replaceAll('-', '')
      const checksum: Checksum = { crc32: 0, sizeBytes: 0 }
      underWay.add(id)
      try {
        await withOwnStorageErrors(log, () => driver.write(keyOf(id), summed(body, checksum), options))
        return await use({ id, ...checksum })
      } finally {
        underWay.delete(id)
      }
    },
    async read(object, options = {}) {
      const source = await withOwnStorageErrors(log, () => driver.read(keyOf(object.id), options))
      if (options.range) return source
      // Whoever reads gets the error of the source; there is nothing to do about it here.
      return pipeline(
        source,
        verifying(object, () => mismatch(object.id)),
        () => {},
      )
    },
    async delete(ids) {
      const left = ids.values()
      const worker = async () => {
        for (const id of left) await deleteOne(id)
      }
      await Promise.all(Array.from({ length: DELETES_AT_ONCE }, worker))
    },
    discard(id) {
      const done = deleteOne(id).finally(() => discarding.delete(done))
      discarding.add(done)
    },
    isUnderWay: (id) => underWay.has(id),
    async *pages(signal) {
      for (const folder of await foldersOf(signal)) yield* pagesOf(folder, signal)
    },
    async idle() {
      await Promise.all(discarding)
    },
  }

  async function foldersOf(signal: AbortSignal): Promise<string[]> {
    const folders: string[] = []
    let marker: string | undefined
    do {
      const page = await driver.list('', { marker, limit: PAGE_ENTRIES, signal })
      folders.push(...page.folders)
      marker = page.marker
    } while (marker !== undefined)
    return folders
  }

  async function* pagesOf(folder: string, signal: AbortSignal): AsyncGenerator<ObjectPage> {
    let marker: string | undefined
    do {
      const page = await listIfThere(folder, marker, signal)
      yield { objects: page?.files.map(({ name, modifiedAt }) => ({ id: name, writtenAt: modifiedAt })) ?? [] }
      marker = page?.marker
    } while (marker !== undefined)
  }

  /** A folder may end with its last object. */
  async function listIfThere(folder: string, marker: string | undefined, signal: AbortSignal) {
    try {
      return await driver.list(folder, { marker, limit: PAGE_ENTRIES, signal })
    } catch (error) {
      if (error instanceof DriverError && error.problem === 'not-found') return undefined
      throw error
    }
  }
}

/** Where an object is in its store: in one of many folders, so that none gets too large for a file system. */
export function keyOf(id: string): string {
  return `${id.slice(0, 2)}/${id}`
}
