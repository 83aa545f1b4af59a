/** Pages of a Dropbox folder: sorted, folders first, though Dropbox tells its entries in no order. */
import type { files } from 'dropbox'
import type { FileStat, Listing, ListOptions } from './driver.ts'
import { pageOf } from './listing-page.ts'

export type Entry = files.FileMetadataReference | files.FolderMetadataReference | files.DeletedMetadataReference

/**
 * One page out of all entries of a folder, which come in any number of parts. Every page reads the whole folder again, and
 * keeps no more of it than a page.
 *
 * @throws DriverError invalid-marker, and whatever `parts` throws
 */
export async function listingOf(
  folder: string,
  parts: AsyncIterable<readonly Entry[]>,
  { marker, limit }: ListOptions,
): Promise<Listing> {
  let known: readonly Entry[] = []
  for await (const part of parts) {
    const candidates = [...known, ...part]
    // One more than the page tells that there is another.
    const { folders, files } = pageOf(folder, namesOf(candidates), { marker, limit: limit + 1 })
    const names = new Set([...folders, ...files])
    known = candidates.filter(({ name }) => names.has(name))
  }
  const page = pageOf(folder, namesOf(known), { marker, limit })
  const stats = new Map(known.filter(isFile).map((entry) => [entry.name, statOf(entry)]))
  return { ...page, files: page.files.flatMap((name) => withName(name, stats.get(name))) }
}

export function statOf({ size, server_modified, rev }: files.FileMetadata): FileStat {
  return { sizeBytes: size, modifiedAt: new Date(server_modified), etag: rev }
}

/** A file and a folder never have the same name here. */
function namesOf(entries: readonly Entry[]) {
  return {
    folders: entries.filter((entry) => entry['.tag'] === 'folder').map(({ name }) => name),
    files: entries.filter(isFile).map(({ name }) => name),
  }
}

function isFile(entry: Entry): entry is files.FileMetadataReference {
  return entry['.tag'] === 'file'
}

function withName(name: string, stat: FileStat | undefined) {
  return stat ? [{ name, ...stat }] : []
}
