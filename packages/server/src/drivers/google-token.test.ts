import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { DriverError } from './driver.ts'
import { createGoogleStorageDriver } from './google-storage.ts'
import { createGoogleTokens } from './google-token.ts'
import { setTraps } from './testing/ambience.ts'
import { startAwkwardServer } from './testing/awkward-server.ts'
import { connectorFetch } from './testing/connector-fetch.ts'
import { startTokenServer } from './testing/token-server.ts'

async function start(t: TestContext, options?: { lifeS: number }) {
  const server = await startTokenServer(options)
  t.after(() => server.stop())
  const { fetch, close } = connectorFetch()
  t.after(close)
  return { server, fetch, options: { ...server.account, tokenUri: server.url, fetch } }
}

test('an assertion signed with the key of the account gets a token, once for all who wait', async (t) => {
  const { server, options } = await start(t)
  const tokens = createGoogleTokens(options)
  const all = await Promise.all(Array.from({ length: 20 }, () => tokens.current()))
  assert.deepEqual(new Set(all), new Set(['token-1']))
  assert.equal(await tokens.current(), 'token-1')
  tokens.forget('token-1')
  assert.equal(await tokens.current(), 'token-2')
  assert.deepEqual(server.given, ['token-1', 'token-2'])
})

test('a token that ends within a minute is replaced', async (t) => {
  const { options } = await start(t, { lifeS: 59 })
  const tokens = createGoogleTokens(options)
  assert.equal(await tokens.current(), 'token-1')
  assert.equal(await tokens.current(), 'token-2')
})

test('line breaks of the key may be written as in its JSON file', async (t) => {
  const { server, options } = await start(t)
  const privateKey = server.account.privateKey.replaceAll('\n', '\\n')
  assert.equal(await createGoogleTokens({ ...options, privateKey }).current(), 'token-1')
})

test('a key of another account is denied, and shown to nobody', async (t) => {
  const { options } = await start(t)
  const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const error = await createGoogleTokens({ ...options, privateKey: pem })
    .current()
    .catch((reason: unknown) => reason)
  assert.ok(error instanceof DriverError)
  assert.equal(error.problem, 'denied')
  assert.match(error.message, /did not accept the key of the service account connector@/)
  assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(pem.slice(40, 80)))
})

test('what is no private key is denied, and not quoted', async (t) => {
  const { options } = await start(t)
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  for (const privateKey of [
    '',
    'secret-text',
    '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----',
    String(elliptic),
  ]) {
    assert.throws(
      () => createGoogleTokens({ ...options, privateKey }),
      (error) => error instanceof DriverError && error.problem === 'denied' && !inspect(error).includes('secret-text'),
    )
  }
})

test('a token that was taken back is replaced once, and requests carry it', async (t) => {
  const { options } = await start(t)
  const seen: (string | undefined)[] = []
  const storage = await startAwkwardServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.headers.authorization === 'Bearer token-1') response.writeHead(401).end()
    else response.end('content')
  })
  t.after(() => storage.close())
  const driver = await createGoogleStorageDriver({ ...options, apiEndpoint: storage.url })
  assert.equal(Buffer.concat(await (await driver.read('bucket/file')).toArray()).toString(), 'content')
  assert.deepEqual(seen, ['Bearer token-1', 'Bearer token-2'])
})

test('neither the environment nor a metadata server is asked', async (t) => {
  const { server, options } = await start(t)
  const storage = await startAwkwardServer((_request, response) => response.end('{}'))
  t.after(() => storage.close())
  const { trap, connections } = await setTraps(t)
  const driver = await createGoogleStorageDriver({ ...options, apiEndpoint: storage.url })
  await driver.list('bucket', { limit: 10 })
  assert.deepEqual(trap.requests, [])
  assert.deepEqual(connections, new Set([new URL(server.url).host, new URL(storage.url).host]))
})
