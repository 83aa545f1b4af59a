/**
 * Puts files of a bundle aside: their content into objects, their rows into collections that nobody sees. Small files wait for
 * the disk together, since syncing each by itself would take most of the time; a large one goes straight through.
 */
import type { FilesTable } from '../db/hosted-tables.ts'
import type { Services } from '../services.ts'
import type { BundleEntry } from './bundle-reader.ts'
import { insertFiles } from './import-queries.ts'

export interface FileStaging {
  /** Takes the content of the entry; the file may be stored later. @throws what the storage says, of this or an earlier file */
  add(entry: BundleEntry, place: FilePlace): Promise<void>
  /** Resolves once all files are stored. */
  finish(): Promise<void>
  /** Deletes what has no row yet, after a failure. */
  discard(): Promise<void>
}

export type FilePlace = Readonly<Pick<FilesTable, 'collection_id' | 'name'>>

/** In memory as a whole, as many as are written at once. */
const SMALL_BYTES = 256 * 1024
const AT_ONCE = 16
/** Rows that are written together. */
const BATCH = 200

export function createFileStaging({ db, objects }: Pick<Services, 'db' | 'objects'>): FileStaging {
  const rows: FilesTable[] = []
  const writing = new Set<Promise<void>>()
  const failures: unknown[] = []

  async function write(
    { sizeBytes, modifiedAt }: BundleEntry,
    place: FilePlace,
    body: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const object = await objects.write(body, { sizeBytes }, async (written) => written)
    const { id: object_id, sizeBytes: size_bytes, crc32 } = object
    rows.push({ ...place, size_bytes, crc32, object_id, modified_at: modifiedAt.toISOString() })
  }

  async function writeSoon(entry: BundleEntry, place: FilePlace): Promise<void> {
    const content = Buffer.concat(await Array.fromAsync(entry.body))
    if (writing.size >= AT_ONCE) await Promise.race(writing)
    const done = write(entry, place, once(content))
      .catch((error: unknown) => void failures.push(error))
      .finally(() => writing.delete(done))
    writing.add(done)
  }

  async function store(): Promise<void> {
    const some = rows.splice(0)
    try {
      await insertFiles(db, some)
    } catch (error) {
      rows.push(...some)
      throw error
    }
  }

  return {
    async add(entry, place) {
      if (entry.sizeBytes <= SMALL_BYTES) await writeSoon(entry, place)
      else await write(entry, place, entry.body)
      if (failures.length > 0) throw failures[0]
      if (rows.length >= BATCH) await store()
    },
    async finish() {
      await Promise.all(writing)
      if (failures.length > 0) throw failures[0]
      await store()
    },
    async discard() {
      await Promise.all(writing)
      await objects.delete(rows.map(({ object_id }) => object_id))
    },
  }
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}
