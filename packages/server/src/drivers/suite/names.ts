/** Cases: names are kept as they are. */
import assert from 'node:assert/strict'
import type { Driver } from '../driver.ts'
import { assertNothingAt, type Cases, fileNames, read, sortedAsUtf8, write } from './samples.ts'

/** Writes a file and a folder of every name, finds them by name and in the listing, and deletes the files. */
async function keepsNames(driver: Driver, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await write(driver, `${folder}/${name}`, `content of ${name}`)
    await write(driver, `${folder}-folders/${name}/${name}`, `content below ${name}`)
  }
  assert.deepEqual(await fileNames(driver, folder), sortedAsUtf8(names))
  assert.deepEqual((await driver.list(`${folder}-folders`, { limit: 1000 })).folders, sortedAsUtf8(names))
  for (const name of names) {
    assert.equal((await driver.stat(`${folder}/${name}`))?.kind, 'file', name)
    assert.equal((await read(driver, `${folder}/${name}`)).toString(), `content of ${name}`)
    assert.equal((await read(driver, `${folder}-folders/${name}/${name}`)).toString(), `content below ${name}`)
    assert.deepEqual(await fileNames(driver, `${folder}-folders/${name}`), [name])
  }
  for (const name of names) {
    assert.equal(await driver.delete(`${folder}/${name}`), true, name)
    await assertNothingAt(driver, `${folder}/${name}`)
  }
}

/** 255 bytes in UTF-8. */
const longNames = ['x'.repeat(255), `${'é'.repeat(127)}a`, `${'😀'.repeat(63)}abc`]

export const nameCases = {
  'names may have spaces and what means something in addresses': async ({ driver, folder }) => {
    await keepsNames(driver, folder, [
      'a b',
      'a  b',
      'a+b',
      'a%20b',
      '100%',
      '%2f',
      'a#b',
      'a?b=c',
      'a&b',
      'a;b',
      'a=b',
    ])
  },
  'names may have quotes, brackets and what means something in shells': async ({ driver, folder }) => {
    await keepsNames(driver, folder, [
      `it's`,
      'say "x"',
      '<a>',
      '{a}',
      '[a]',
      '(a)',
      'a*',
      'a|b',
      '$HOME',
      '`a`',
      '~',
      '^',
      '@',
      '!',
      ',',
      'a:b',
    ])
  },
  'names may have backslashes': async ({ driver, folder }) => {
    await keepsNames(driver, folder, ['a\\b', '\\', 'a\\'])
  },
  'names may begin with a dot, or have two': async ({ driver, folder }) => {
    await keepsNames(driver, folder, ['.hidden', '..hidden', '...', 'a..b', '-', '--help'])
  },
  'names may end with a dot': async ({ driver, folder }) => {
    await keepsNames(driver, folder, ['a.', 'a..'])
  },
  'names may begin and end with spaces': async ({ driver, folder }) => {
    await keepsNames(driver, folder, [' ', ' a', 'a '])
  },
  'names may be in any writing, emoji and marks that combine': async ({ driver, folder }) => {
    await keepsNames(driver, folder, ['Grüße', '日本語', 'Ελλάδα', 'עברית', 'ไทย', '😀', '👩‍👩‍👧', '～'])
  },
  'composed and decomposed characters are two names': async ({ driver, folder }) => {
    await keepsNames(driver, folder, ['\u00e9', 'e\u0301'])
  },
  'upper and lower case are two names': async ({ driver, folder }) => {
    await keepsNames(driver, folder, ['readme', 'README', 'Readme'])
  },
  'names may have 255 bytes': async ({ driver, folder }) => {
    await keepsNames(driver, folder, longNames)
  },
  'names that begin alike are not mixed up': async ({ driver, folder }) => {
    const names = ['a', 'a b', 'a-b', 'a.b', 'a0', 'aa', 'ab']
    await keepsNames(driver, folder, names)
    assert.deepEqual(await driver.delete(`${folder}-folders/a/a`), true)
    assert.equal((await driver.stat(`${folder}-folders/a-b`))?.kind, 'folder')
    assert.equal((await read(driver, `${folder}-folders/ab/ab`)).toString(), 'content below ab')
  },
  'folders may be 20 deep': async ({ driver, folder }) => {
    const segments = Array.from({ length: 20 }, (_, level) => `level ${level}`)
    const path = [folder, ...segments, 'file'].join('/')
    await write(driver, path, 'deep')
    assert.equal((await read(driver, path)).toString(), 'deep')
    assert.deepEqual((await driver.list([folder, ...segments.slice(0, 10)].join('/'), { limit: 10 })).folders, [
      'level 10',
    ])
    assert.equal(await driver.delete(path), true)
  },
} satisfies Cases
