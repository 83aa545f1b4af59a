/** Cases: folders page by page. */
import assert from 'node:assert/strict'
import type { Driver } from '../driver.ts'
import { assertRejects, type Cases, fileNames, listPages, namesOf, sortedAsUtf8, write } from './samples.ts'

async function fill(driver: Driver, folder: string, folders: readonly string[], files: readonly string[]) {
  const paths = [...folders.map((name) => `${folder}/${name}/inside`), ...files.map((name) => `${folder}/${name}`)]
  await Promise.all(paths.map((path) => write(driver, path, 'text')))
  return [...sortedAsUtf8(folders).map((name) => `${name}/`), ...sortedAsUtf8(files)]
}

/** `count` names that do not sort as numbers do. */
const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => prefix + index)

export const listingCases = {
  'a listing has what is directly in the folder, folders first': async ({ driver, folder }) => {
    const expected = await fill(driver, folder, ['zoo', 'm.d', 'm', 'm-d'], ['b.txt', 'a', 'M', 'é', '😀', '～'])
    await write(driver, `${folder}/zoo/deeper/still/inside`, 'text')
    const page = await driver.list(folder, { limit: 1000 })
    assert.deepEqual(namesOf(page), expected)
    assert.equal(page.marker, undefined)
    assert.deepEqual(namesOf(await driver.list(`${folder}/zoo`, { limit: 1000 })), ['deeper/', 'inside'])
  },
  'the root can be listed': async ({ driver, folder }) => {
    await write(driver, `${folder}/file`, 'text')
    const pages = await listPages(driver, '', 1000)
    const names = pages.flatMap(namesOf)
    assert.ok(names.includes(`${folder.split('/')[0]}/`), names.join(' '))
  },
  'pages hold every entry once, in order, and none is empty': async ({ driver, folder }) => {
    const expected = await fill(driver, folder, named('f', 9), named('a', 16))
    for (const limit of [1, 7, 9, 24, 25, 26]) {
      const pages = await listPages(driver, folder, limit)
      assert.deepEqual(pages.flatMap(namesOf), expected, `limit ${limit}`)
      const lengths = pages.map((page) => namesOf(page).length)
      assert.ok(
        lengths.every((length) => length > 0 && length <= limit),
        `limit ${limit}: ${lengths.join(' ')}`,
      )
      for (const { marker } of pages.slice(0, -1)) assert.match(marker ?? '', /^[A-Za-z0-9_.~-]{1,2000}$/)
    }
  },
  'pages of folders alone, and of files alone, end without an empty one': async ({ driver, folder }) => {
    const folders = await fill(driver, `${folder}/folders`, named('x', 6), [])
    const files = await fill(driver, `${folder}/files`, [], named('x', 6))
    assert.deepEqual((await listPages(driver, `${folder}/folders`, 3)).map(namesOf), [
      folders.slice(0, 3),
      folders.slice(3),
    ])
    assert.deepEqual((await listPages(driver, `${folder}/files`, 3)).map(namesOf), [files.slice(0, 3), files.slice(3)])
  },
  'a page goes on where the one before ended, though that entry is gone': async ({ driver, folder }) => {
    const expected = await fill(driver, folder, [], named('a', 10))
    const first = await driver.list(folder, { limit: 4 })
    const seen = namesOf(first)
    assert.equal(await driver.delete(`${folder}/${seen.at(-1)}`), true)
    const second = await driver.list(folder, { marker: first.marker, limit: 1000 })
    assert.deepEqual([...seen, ...namesOf(second)], expected)
  },
  'names of any kind survive paging': async ({ driver, folder }) => {
    const expected = await fill(driver, folder, ['a b', 'ü', '%41'], ['100%', 'a&b', 'a+b', 'é', '日本', '😀'])
    assert.deepEqual((await listPages(driver, folder, 1)).flatMap(namesOf), expected)
  },
  'a marker of another folder, or of nothing, is invalid-marker': async ({ driver, folder }) => {
    await fill(driver, `${folder}/one`, [], named('a', 5))
    await fill(driver, `${folder}/two`, [], named('a', 5))
    const { marker } = await driver.list(`${folder}/one`, { limit: 2 })
    assert.ok(marker !== undefined)
    await assertRejects(driver.list(`${folder}/two`, { marker, limit: 2 }), 'invalid-marker')
    for (const wrong of ['', 'true', 'a1', '!', `${marker}x`, '../../etc', 'é\0']) {
      await assertRejects(driver.list(`${folder}/one`, { marker: wrong, limit: 2 }), 'invalid-marker')
    }
  },
  'what is not there, or is a file, cannot be listed': async ({ driver, folder }) => {
    await assertRejects(driver.list(folder, { limit: 10 }), 'not-found')
    await write(driver, `${folder}/file`, 'text')
    await assertRejects(driver.list(`${folder}/file`, { limit: 10 }), 'not-found')
    await assertRejects(driver.list(`${folder}/sub`, { limit: 10 }), 'not-found')
    await assertRejects(driver.list(`${folder}/fil`, { limit: 10 }), 'not-found')
  },
  '1,000 entries fit one page': async ({ driver, folder }) => {
    await driver.createFolder(folder)
    for (let start = 0; start < 1001; start += 91) {
      const names = named('n', 1001).slice(start, start + 91)
      await Promise.all(names.map((name) => write(driver, `${folder}/${name}`, '')))
    }
    const pages = await listPages(driver, folder, 1000)
    assert.deepEqual(
      pages.map((page) => namesOf(page).length),
      [1000, 1],
    )
    assert.equal((await fileNames(driver, folder)).length, 1000)
  },
} satisfies Cases
