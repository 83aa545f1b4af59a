/** Hosted data as the npm client sees it. Every callback gets the body and then the status, but for `get`. */
const assert = require('node:assert/strict')
const { randomBytes } = require('node:crypto')
const { mkdtempSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { test } = require('node:test')
const algorithmia = require('algorithmia')

const { CASES_OWNER: OWNER, CASES_STRANGER_KEY: STRANGER_KEY, CASES_CROWD: CROWD } = process.env
const CROWD_SIZE = Number(process.env.CASES_CROWD_SIZE)
const LARGE_BYTES = 20 * 1024 * 1024

const client = algorithmia.client()
const stranger = algorithmia.client(STRANGER_KEY)

/** Calls a method of the client that takes a callback; answers the callback's arguments. */
function ask(object, method, ...args) {
  return new Promise((settle) => object[method](...args, (...answer) => settle(answer)))
}

async function newDirectory() {
  const directory = client.dir(`data://.my/Node${randomBytes(4).toString('hex')}`)
  assert.deepEqual(await ask(directory, 'create'), [{ result: `data://${directory.data_path}` }, 200])
  return directory
}

async function newFile(name = 'file.txt') {
  return (await newDirectory()).file(name)
}

/** All entries of a directory, by `forEach`, whose `then` is no promise's. */
function listed(directory) {
  const items = []
  const listing = directory.forEach((error, item) => {
    assert.equal(error, null)
    items.push(item)
  })
  return new Promise((settle) => listing.then(() => settle(items)))
}

test('putString() answers the address, getString() the text', async () => {
  const file = await newFile()
  for (const text of ['Grüße 漢字 😀', '', 'shorter']) {
    assert.deepEqual(await ask(file, 'putString', text), [{ result: `data://${file.data_path}` }, 200])
    assert.deepEqual(await ask(file, 'getString'), [text, 200])
  }
})

test('putJson() and getJson() keep a value', async () => {
  const file = await newFile('value.json')
  const value = { b: [1, 2.5, null], a: 'ü' }
  await ask(file, 'putJson', JSON.stringify(value))
  assert.deepEqual(await ask(file, 'getJson'), [value, 200])
})

test('get() answers a buffer, text or JSON by the name of the file, whatever was sent', async () => {
  const directory = await newDirectory()
  for (const [name, expected] of [
    ['a.bin', Buffer.from('[1]')],
    ['a.txt', '[1]'],
    ['a.json', [1]],
  ]) {
    await ask(directory.file(name), 'putString', '[1]')
    assert.deepEqual(await ask(directory.file(name), 'get'), [null, expected], name)
  }
})

test('20 MiB go up and come down the same', async () => {
  const file = await newFile('large.bin')
  const content = randomBytes(LARGE_BYTES)
  assert.equal((await ask(file, 'put', content))[1], 200)
  const [error, data] = await ask(file, 'get')
  assert.equal(error, null)
  assert.ok(content.equals(data))
})

test('putFile() uploads a local file under its name', async () => {
  const directory = await newDirectory()
  const local = join(mkdtempSync(join(tmpdir(), 'algorist-node-')), 'local file.bin')
  writeFileSync(local, Buffer.from([0, 255]))
  assert.equal((await ask(directory, 'putFile', local))[1], 200)
  assert.deepEqual(await ask(directory.file('local file.bin'), 'get'), [null, Buffer.from([0, 255])])
})

test('a file exists after put() and not after delete()', async () => {
  const file = await newFile()
  assert.deepEqual((await ask(file, 'exists')).slice(0, 2), [false, 404])
  await ask(file, 'put', 'x')
  assert.deepEqual(await ask(file, 'exists'), [true])
  assert.deepEqual(await ask(file, 'delete'), [{ result: { deleted: 1 } }, 200])
  assert.deepEqual((await ask(file, 'exists')).slice(0, 2), [false, 404])
})

test('a missing file is named by the exact text, also by HEAD, which has no body', async () => {
  const file = await newFile()
  for (const method of ['getString', 'delete']) {
    const [body, status] = await ask(file, method)
    assert.deepEqual([body.error.message, status], ['path not found', 404])
  }
  assert.equal((await ask(file, 'get'))[0].message, 'path not found')
  assert.equal((await ask(file, 'exists'))[2].error.message, 'path not found')
})

test('names with spaces and plus signs go as they are, others as the caller encodes them', async () => {
  const directory = await newDirectory()
  const names = ['two words.txt', 'a+b=c&d.txt', "semi;colon,comma'(1).txt", 'Grüße 漢字 😀.txt', '50%41?#.txt']
  const encoded = names.map((name, index) => (index < 3 ? name : encodeURIComponent(name)))
  for (const name of encoded) await ask(directory.file(name), 'putString', name)
  const found = (await listed(directory)).map((file) => file.basename())
  assert.deepEqual(found.sort(), [...names].sort())
  for (const name of encoded) assert.deepEqual(await ask(directory.file(name), 'getString'), [name, 200])
})

test('a directory exists after create() and not after delete()', async () => {
  const directory = await newDirectory()
  assert.deepEqual(await ask(directory, 'exists'), [true])
  assert.deepEqual(await listed(directory), [])
  assert.deepEqual(await ask(directory, 'delete', false), [{ result: { deleted: 0 } }, 200])
  assert.deepEqual((await ask(directory, 'exists')).slice(0, 2), [false, 404])
})

test('an empty directory that is deleted by force counts as one', async () => {
  assert.deepEqual(await ask(await newDirectory(), 'delete', true), [{ result: { deleted: 1 } }, 200])
})

test('a directory with files is deleted by force alone, which counts the files', async () => {
  const directory = await newDirectory()
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await ask(directory.file(name), 'put', 'x')
  const [refused, status] = await ask(directory, 'delete', false)
  assert.match(refused.error.message, /^directory not empty/)
  assert.deepEqual([refused.error.deleted, status], [0, 400])
  assert.deepEqual(await ask(directory, 'delete', true), [{ result: { deleted: 3 } }, 200])
})

test('a directory is created once', async () => {
  const [body, status] = await ask(await newDirectory(), 'create')
  assert.equal(status, 400)
  assert.ok(body.error.message.length > 0)
})

test('a listing has time and size, and files are no directories', async () => {
  const directory = await newDirectory()
  await ask(directory.file('five.txt'), 'put', '12345')
  const [file] = await listed(directory)
  assert.equal(file.size, 5)
  assert.match(file.last_modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
  assert.deepEqual(await ask(file, 'getString'), ['12345', 200])
})

test('the folder of an owner and the root list directories', async () => {
  const directory = await newDirectory()
  const collections = (await listed(client.dir('data://.my'))).map((each) => each.basename())
  assert.ok(collections.includes(directory.basename()))
  assert.equal((await listed(client.dir('data://')))[0].basename(), OWNER)
})

test('more files than fit on a page are listed once each, in order', async () => {
  const files = await listed(client.dir(`data://.my/${CROWD}`))
  const names = Array.from({ length: CROWD_SIZE }, (_, index) => `${String(index).padStart(5, '0')}.txt`)
  assert.deepEqual(
    files.map((file) => file.basename()),
    names,
  )
})

test('a missing directory has no entries, and its deletion says why', async () => {
  const missing = client.dir('data://.my/Nowhere')
  assert.deepEqual(await listed(missing), [])
  const [body, status] = await ask(missing, 'delete', true)
  assert.deepEqual([body.error.message, status], ['path not found', 404])
})

test('a stranger reads nothing and writes nothing', async () => {
  const file = await newFile()
  await ask(file, 'putString', 'x')
  const seen = stranger.file(file.data_path.replace('.my', OWNER))
  for (const [method, ...args] of [['getString'], ['putString', 'changed'], ['delete']]) {
    const [body, status] = await ask(seen, method, ...args)
    assert.equal(status, 403, method)
    assert.ok(body.error.message.length > 0)
  }
  assert.deepEqual((await ask(seen, 'exists')).slice(0, 2), [false, 403])
  assert.deepEqual(await ask(file, 'getString'), ['x', 200])
})
