/** Cases: folders that were made, and their end. */
import assert from 'node:assert/strict'
import { assertRejects, type Cases, namesOf, read, write } from './samples.ts'

const whole = { limit: 1000 }

export const folderCases = {
  'an empty folder is there, and in the listing of the one above': async ({ driver, folder }) => {
    await driver.createFolder(`${folder}/empty`)
    assert.deepEqual(await driver.stat(`${folder}/empty`), { kind: 'folder' })
    assert.deepEqual(await driver.list(`${folder}/empty`, whole), { folders: [], files: [], marker: undefined })
    assert.deepEqual(namesOf(await driver.list(folder, whole)), ['empty/'])
  },
  'a folder that is there can be created again, and keeps what is in it': async ({ driver, folder }) => {
    await driver.createFolder(`${folder}/sub`)
    await write(driver, `${folder}/sub/file`, 'text')
    await driver.createFolder(`${folder}/sub`)
    await driver.createFolder(folder)
    assert.equal((await read(driver, `${folder}/sub/file`)).toString(), 'text')
  },
  'a folder is created with those above it': async ({ driver, folder }) => {
    await driver.createFolder(`${folder}/a/b/c`)
    assert.equal((await driver.stat(`${folder}/a/b`))?.kind, 'folder')
    assert.deepEqual(namesOf(await driver.list(`${folder}/a`, whole)), ['b/'])
  },
  'an empty folder can be deleted, once': async ({ driver, folder }) => {
    await driver.createFolder(`${folder}/kept`)
    await driver.createFolder(`${folder}/sub`)
    assert.equal(await driver.deleteFolder(`${folder}/sub`), true)
    assert.equal(await driver.deleteFolder(`${folder}/sub`), false)
    assert.equal(await driver.stat(`${folder}/sub`), undefined)
    assert.deepEqual(namesOf(await driver.list(folder, whole)), ['kept/'])
  },
  'a folder with a file or a folder in it cannot be deleted': async ({ driver, folder }) => {
    await write(driver, `${folder}/with-file/file`, 'text')
    await driver.createFolder(`${folder}/with-folder/sub`)
    await assertRejects(driver.deleteFolder(`${folder}/with-file`), 'not-empty')
    await assertRejects(driver.deleteFolder(`${folder}/with-folder`), 'not-empty')
    assert.equal((await read(driver, `${folder}/with-file/file`)).toString(), 'text')
    assert.equal((await driver.stat(`${folder}/with-folder/sub`))?.kind, 'folder')
  },
  'deleting a folder that is a file, or below one, deletes nothing': async ({ driver, folder }) => {
    await write(driver, `${folder}/file`, 'text')
    assert.equal(await driver.deleteFolder(`${folder}/file`), false)
    assert.equal(await driver.deleteFolder(`${folder}/file/below`), false)
    assert.equal((await read(driver, `${folder}/file`)).toString(), 'text')
  },
  'a folder that was made and emptied can be deleted': async ({ driver, folder }) => {
    await driver.createFolder(`${folder}/sub`)
    await write(driver, `${folder}/sub/file`, 'text')
    assert.equal(await driver.delete(`${folder}/sub/file`), true)
    assert.deepEqual(namesOf(await driver.list(`${folder}/sub`, whole)), [])
    assert.equal(await driver.deleteFolder(`${folder}/sub`), true)
  },
} satisfies Cases
