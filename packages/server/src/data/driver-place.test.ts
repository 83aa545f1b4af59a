import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { type Driver, DriverError } from '../drivers/driver.ts'
import { createMemoryDriver } from '../drivers/memory.ts'
import { preconditionOf } from './conditions.ts'
import { createDriverPlace } from './driver-place.ts'

let driver: Driver
beforeEach(() => {
  driver = createMemoryDriver()
})
afterEach(() => driver.close())

/** A place in which only what is said here is allowed. */
const open = (allows: (path: string, act: 'read' | 'write') => boolean = () => true) =>
  createDriverPlace({
    driver,
    requireRight(path, act) {
      if (!allows(path, act)) throw new ApiError('NotAuthorized')
    },
  })

async function* bytes(content: string) {
  yield Buffer.from(content)
}

test('what was put is found, read and deleted', async () => {
  const place = open()
  await place.createDirectory('', 'folder', ['algo://.my/*'])
  const written = await place.put('folder/a.txt', bytes('hello'))
  assert.equal(written.sizeBytes, 5)
  const found = await place.find('folder/a.txt')
  assert.ok(found.kind === 'file')
  assert.equal(await text(await found.read()), 'hello')
  assert.equal(await place.delete('folder/a.txt', { force: false }), 1)
  await assert.rejects(place.find('folder/a.txt'), { error: 'DataNotFound', message: 'path not found' })
  await assert.rejects(found.read(), { error: 'DataNotFound' })
})

test('a folder is listed, without an acl', async () => {
  const place = open()
  await place.createDirectory('', 'folder', undefined)
  await place.put('folder/a.txt', bytes('hello'))
  await place.createDirectory('folder', 'inner', undefined)
  const found = await place.find('folder')
  assert.ok(found.kind === 'directory')
  assert.equal(found.acl, undefined)
  const { folders, files, marker } = await found.list(undefined)
  assert.deepEqual([folders, files.map(({ name }) => name), marker], [['inner'], ['a.txt'], undefined])
  await assert.rejects(found.list('no marker'), { error: 'InvalidMarker' })
})

test('directories are made where there is one, once', async () => {
  const place = open()
  await assert.rejects(place.createDirectory('missing', 'a', undefined), { error: 'DataNotFound' })
  await place.put('file', bytes('x'))
  await assert.rejects(place.createDirectory('file', 'a', undefined), { error: 'InvalidDataPath' })
  await assert.rejects(place.createDirectory('', 'file', undefined), { error: 'InputValidationError' })
  await place.createDirectory('', 'a', undefined)
  await assert.rejects(place.createDirectory('', 'a', undefined), { error: 'InputValidationError' })
})

test('a file cannot replace a directory, and the root is no file', async () => {
  const place = open()
  await place.createDirectory('', 'folder', undefined)
  await assert.rejects(place.put('folder', bytes('x')), { error: 'InvalidDataPath' })
  await assert.rejects(place.put('', bytes('x')), { error: 'InvalidDataPath' })
  await assert.rejects(place.delete('', { force: true }), { error: 'InvalidDataPath' })
})

test('acls belong to hosted data', async () => {
  await assert.rejects(open().setAcl('folder', []), { error: 'InputValidationError' })
})

test('conditions are looked at before anything changes', async () => {
  const place = open()
  const precondition = preconditionOf({ 'if-none-match': '*' })
  await place.put('a', bytes('one'), { precondition })
  await assert.rejects(place.put('a', bytes('two'), { precondition }), { error: 'PreconditionFailed' })
  const ifMatch = preconditionOf({ 'if-match': '"other"' })
  await assert.rejects(place.delete('a', { force: false, precondition: ifMatch }), { error: 'PreconditionFailed' })
  assert.equal(await text(await driver.read('a')), 'one')
})

test('only paths that are open are read and written', async () => {
  await driver.createFolder('mine')
  await driver.createFolder('other')
  const place = open((path, act) => path.startsWith(act === 'read' ? 'mine' : 'mine/w'))
  await assert.rejects(place.find('other'), { error: 'NotAuthorized' })
  await assert.rejects(place.put('mine/a', bytes('x')), { error: 'NotAuthorized' })
  await place.put('mine/w', bytes('x'))
  await assert.rejects(place.createDirectory('mine', 'a', undefined), { error: 'NotAuthorized' })
  await assert.rejects(place.delete('other', { force: true }), { error: 'NotAuthorized' })
  await assert.rejects(place.setAcl('other', []), { error: 'NotAuthorized' })
})

test('an empty directory counts for nothing, and for one with force', async () => {
  const place = open()
  await place.createDirectory('', 'a', undefined)
  assert.equal(await place.delete('a', { force: false }), 0)
  await place.createDirectory('', 'b', undefined)
  assert.equal(await place.delete('b', { force: true }), 1)
  await assert.rejects(place.delete('b', { force: true }), { error: 'DataNotFound' })
})

test('a directory with files is deleted with force alone, and they are counted', async () => {
  const place = open()
  await Promise.all(Array.from({ length: 2100 }, (_, index) => driver.write(`tree/${index % 3}/${index}`, bytes('x'))))
  await assert.rejects(place.delete('tree', { force: false }), { error: 'DirectoryNotEmpty', members: { deleted: 0 } })
  assert.equal(await place.delete('tree', { force: true }), 2100)
  assert.deepEqual((await driver.list('', { limit: 10 })).folders, [])
})

test('a deletion that fails midway says how far it came', async () => {
  await Promise.all(Array.from({ length: 100 }, (_, index) => driver.write(`tree/${index}`, bytes('x'))))
  const place = open((path) => path !== 'tree/50')
  const left = async () => (await driver.list('tree', { limit: 1000 })).files.length
  await assert.rejects(
    place.delete('tree', { force: true }),
    (error: { error: string; members: { deleted: number } }) => {
      assert.equal(error.error, 'DeletionFailed')
      assert.ok(error.members.deleted < 100)
      return true
    },
  )
  assert.ok((await left()) > 0)
})

test("the storage's problems are told in the words of the API", async () => {
  const broken = {
    ...driver,
    stat: async () => {
      throw new DriverError('busy', 'come back later')
    },
  }
  const place = createDriverPlace({ driver: broken, requireRight: () => {} })
  await assert.rejects(place.find('a'), {
    error: 'ServiceUnavailable',
    message: 'come back later',
    headers: { 'Retry-After': '5' },
  })
})
