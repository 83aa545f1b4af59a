/**
 * Pages with all folders before the first file (rest-api.md 5.5) for object stores, which tell both in one order, page by
 * page. They are asked for the folders first and then, from the start again, for the files. A folder that fits one of their
 * pages costs one request; in a larger one the first page costs as many requests as it takes to see every name once.
 */
import { DriverError, type FileEntry, type Listing, type ListOptions } from './driver.ts'
import { formatMarker, parseMarker } from './marker.ts'

/** What a storage answers, in the order of the bytes of whole names, so that `a-b` comes before the folder `a/`. */
export interface StoragePage {
  readonly folders: readonly string[]
  readonly files: readonly FileEntry[]
  /** The storage's word for where it goes on; undefined on its last page. */
  readonly next: string | undefined
}

export type FetchPage = (token: string | undefined) => Promise<StoragePage>

/** Where a page ends: within the storage's page `token` after the entry `after`. Entries may come and go meanwhile. */
interface Position {
  readonly kind: 'folder' | 'file'
  readonly token: string | undefined
  readonly after: string
}

type Entry = Position & { readonly file: FileEntry | undefined }

/**
 * One page of a folder. Its names are sorted; from page to page it is the order of the storage.
 *
 * @throws DriverError invalid-marker
 */
export async function listFoldersFirst(
  folder: string,
  { marker, limit }: Pick<ListOptions, 'marker' | 'limit'>,
  fetchPage: FetchPage,
): Promise<Listing> {
  const start = marker === undefined ? undefined : parsePosition(folder, marker)
  const taken: Entry[] = []
  for await (const entry of entriesAfter(start, rememberingFirst(fetchPage))) {
    const last = taken.at(-1)
    if (last && taken.length === limit) return listingOf(taken, formatMarker(folder, formatPosition(last)))
    taken.push(entry)
  }
  return listingOf(taken, undefined)
}

/** Folders and files begin with the same page. */
function rememberingFirst(fetchPage: FetchPage): FetchPage {
  let first: Promise<StoragePage> | undefined
  return (token) => {
    if (token !== undefined) return fetchPage(token)
    first ??= fetchPage(undefined)
    return first
  }
}

async function* entriesAfter(start: Position | undefined, fetchPage: FetchPage): AsyncGenerator<Entry> {
  if (start?.kind !== 'file') yield* scan('folder', start, fetchPage)
  yield* scan('file', start?.kind === 'file' ? start : undefined, fetchPage)
}

async function* scan(
  kind: Position['kind'],
  start: Position | undefined,
  fetchPage: FetchPage,
): AsyncGenerator<Entry, void> {
  let token = start?.token
  for (;;) {
    const page = await fetchPage(token)
    for (const entry of entriesOf(page, kind, token)) {
      if (start === undefined || isLater(entry, start)) yield entry
    }
    if (page.next === undefined) return
    token = page.next
  }
}

function entriesOf(page: StoragePage, kind: Position['kind'], token: string | undefined): readonly Entry[] {
  if (kind === 'file') return page.files.map((file) => ({ kind, token, after: file.name, file }))
  return page.folders.map((name) => ({ kind, token, after: `${name}/`, file: undefined }))
}

function isLater(entry: Position, start: Position): boolean {
  return compareUtf8(entry.after, start.after) > 0
}

function listingOf(entries: readonly Entry[], marker: string | undefined): Listing {
  const folders = entries.filter(({ kind }) => kind === 'folder').map(({ after }) => after.slice(0, -1))
  const files = entries.flatMap(({ file }) => file ?? [])
  return {
    folders: folders.sort(compareUtf8),
    files: files.sort((a, b) => compareUtf8(a.name, b.name)),
    marker,
  }
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function formatPosition({ kind, token, after }: Position): string {
  return JSON.stringify([kind, after, ...(token === undefined ? [] : [token])])
}

function parsePosition(folder: string, marker: string): Position {
  const [kind, after, token, ...rest] = parseTexts(parseMarker(folder, marker))
  if ((kind === 'folder' || kind === 'file') && after !== undefined && rest.length === 0) return { kind, after, token }
  throw new DriverError('invalid-marker', 'The marker is not one of this storage; list from the start again')
}

/** None where the text is something else. */
function parseTexts(text: string): readonly string[] {
  try {
    const found: unknown = JSON.parse(text)
    return Array.isArray(found) && found.every((each) => typeof each === 'string') ? found : []
  } catch {
    return []
  }
}
