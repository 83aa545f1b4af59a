import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DriverError, type FileEntry, type Listing } from './driver.ts'
import { type FetchPage, listFoldersFirst } from './folders-first.ts'
import { formatMarker } from './marker.ts'
import { namesOf, sortedAsUtf8 } from './suite/samples.ts'

const FOLDERS = ['a', 'a-b', 'a.b', 'm', 'z', 'é']
const FILES = ['a-a', 'b', 'c', 'l', 'n', 'o', '日', '😀']
const FOLDERS_FIRST = [...sortedAsUtf8(FOLDERS).map((name) => `${name}/`), ...sortedAsUtf8(FILES)]

/** A storage that tells `pageSize` names at once, with an empty page now and then. */
function storage(folders: readonly string[], files: readonly string[], pageSize: number) {
  const keys = sortedAsUtf8([...folders.map((name) => `${name}/`), ...files])
  let requests = 0
  const fetchPage: FetchPage = async (token = '0') => {
    requests++
    const start = Number(token)
    const isEmptyPage = !Number.isInteger(start)
    const page = isEmptyPage ? [] : keys.slice(start, start + pageSize)
    const end = start + pageSize
    const next = isEmptyPage ? Math.ceil(start) : end % 2 === 0 ? end : end - 0.5
    return {
      folders: page.filter((key) => key.endsWith('/')).map((key) => key.slice(0, -1)),
      files: page.filter((key) => !key.endsWith('/')).map(fileNamed),
      next: Math.ceil(next) < keys.length ? String(next) : undefined,
    }
  }
  return { fetchPage, requests: () => requests }
}

function fileNamed(name: string): FileEntry {
  return { name, sizeBytes: 1, modifiedAt: new Date(0), etag: '1' }
}

async function allPages(fetchPage: FetchPage, limit: number): Promise<Listing[]> {
  const pages: Listing[] = []
  let marker: string | undefined
  do {
    const page = await listFoldersFirst('folder', { marker, limit }, fetchPage)
    pages.push(page)
    marker = page.marker
  } while (marker !== undefined && pages.length < 100)
  return pages
}

test('however a storage pages, folders come first, every entry once, and no page is empty', async () => {
  for (const pageSize of [1, 2, 3, 5, 14, 100]) {
    for (const limit of [1, 2, 5, 6, 13, 14, 15]) {
      const pages = await allPages(storage(FOLDERS, FILES, pageSize).fetchPage, limit)
      const names = pages.flatMap(namesOf)
      const where = `${pageSize} names at once, pages of ${limit}`
      assert.deepEqual(names.toSorted(), FOLDERS_FIRST.toSorted(), where)
      assert.ok(
        names.slice(0, FOLDERS.length).every((name) => name.endsWith('/')),
        where,
      )
      assert.ok(
        pages.slice(0, -1).every((page) => namesOf(page).length === limit),
        where,
      )
      assert.ok(namesOf(pages.at(-1) ?? { folders: [], files: [], marker: '' }).length > 0, where)
      for (const page of pages) assert.deepEqual(page.folders, sortedAsUtf8(page.folders), where)
    }
  }
})

test('what the storage tells at once costs one request', async () => {
  const { fetchPage, requests } = storage(FOLDERS, FILES, 100)
  assert.deepEqual(namesOf(await listFoldersFirst('folder', { limit: 1000 }, fetchPage)), FOLDERS_FIRST)
  assert.equal(requests(), 1)
})

test('an empty folder is one empty page', async () => {
  const { fetchPage } = storage([], [], 10)
  assert.deepEqual(await allPages(fetchPage, 10), [{ folders: [], files: [], marker: undefined }])
})

test('a page of files goes on after entries that were deleted meanwhile', async () => {
  const first = await listFoldersFirst('folder', { limit: 9 }, storage(FOLDERS, FILES, 4).fetchPage)
  assert.deepEqual(
    first.files.map(({ name }) => name),
    ['a-a', 'b', 'c'],
  )
  const { fetchPage } = storage(
    FOLDERS,
    FILES.filter((name) => name !== 'c'),
    100,
  )
  const next = await listFoldersFirst('folder', { marker: first.marker, limit: 1000 }, (token) =>
    fetchPage(token === undefined ? undefined : '0'),
  )
  assert.deepEqual(namesOf(next), ['l', 'n', 'o', '日', '😀'])
})

test('a marker of another kind of driver is invalid', async () => {
  for (const position of ['fname', '[]', '["other","a"]', '["file"]', '["file",1]', '["file","a","t","x"]']) {
    const marker = formatMarker('folder', position)
    await assert.rejects(
      listFoldersFirst('folder', { marker, limit: 10 }, storage(FOLDERS, FILES, 4).fetchPage),
      (error) => error instanceof DriverError && error.problem === 'invalid-marker',
    )
  }
})
