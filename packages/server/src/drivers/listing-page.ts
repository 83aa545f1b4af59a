/** Pages of a folder for storages that tell all names of it at once, in any order. */
import type { ListOptions } from './driver.ts'
import { formatMarker, parseMarker } from './marker.ts'

export interface Names {
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/**
 * The names of one page, sorted as UTF-8 bytes. The marker says which entry was last, so entries may come and go between pages.
 *
 * @throws DriverError invalid-marker
 */
export function pageOf(
  folder: string,
  { folders, files }: Names,
  { marker, limit }: ListOptions,
): Names & { readonly marker: string | undefined } {
  const last = marker === undefined ? '' : parseMarker(folder, marker)
  // In the order of the listing, since 'd' comes before 'f'.
  const keys = sortedAsUtf8([...folders.map((name) => `d${name}`), ...files.map((name) => `f${name}`)], last)
  const page = keys.slice(0, limit)
  return {
    folders: page.filter((key) => key.startsWith('d')).map((key) => key.slice(1)),
    files: page.filter((key) => key.startsWith('f')).map((key) => key.slice(1)),
    marker: keys.length > limit ? formatMarker(folder, page.at(-1) ?? '') : undefined,
  }
}

/** Those that come after `last`. JavaScript itself would sort emoji before some letters. */
function sortedAsUtf8(keys: readonly string[], last: string): string[] {
  const lastBytes = Buffer.from(last)
  const bytes = keys.map((key) => Buffer.from(key)).filter((key) => Buffer.compare(key, lastBytes) > 0)
  return bytes.sort(Buffer.compare).map((key) => key.toString())
}
