/**
 * The wire below the operations: header names, lengths, error bodies, odd paths and queries, limits, authentication
 * forms (rest-api.md 1.1, 1.2, 1.3, 1.5, 1.6, 1.12, 4.1). Results of calls are in calls.test.ts.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { curl, type Json } from '../lib/curl.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { exchange, requestText } from '../lib/raw-socket.ts'
import { startTarget, type Target } from '../lib/server.ts'

const CANONICAL_NAME = /^[A-Z][A-Za-z0-9]*(-[A-Z][A-Za-z0-9]*)*$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const LIMIT_BYTES = 10 * 1024 * 1024

let target: Target
let probe: Probe
let path: string
let text: Record<string, string>

before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  path = `/v1/algo/${probe.owner.username}/Probe`
  text = { Authorization: `Simple ${probe.owner.key}`, 'Content-Type': 'text/plain' }
})
after(() => target?.close())

/** The nested error body that every failure has (rest-api.md 1.6, form E2). */
function assertNestedError(body: string, code?: number): Json {
  const parsed = JSON.parse(body)
  assert.equal(typeof parsed.error.message, 'string')
  assert.notEqual(parsed.error.message, '')
  assert.match(parsed.error.id, UUID)
  assert.equal(parsed.id, undefined, 'no top-level id')
  for (const value of Object.values(parsed.error)) assert.notEqual(typeof value, 'object')
  if (code !== undefined) assert.equal(parsed.error.code, code)
  return parsed.error
}

describe('headers', () => {
  const requests: readonly [string, () => string][] = [
    ['a call', () => requestText('POST', path, text, 'x')],
    ['a raw call', () => requestText('POST', `${path}?output=raw`, text, 'x')],
    ['a failed call', () => requestText('POST', `${path}Missing`, text, 'x')],
    ['a management read', () => requestText('GET', `/v1/algorithms/${probe.owner.username}/Probe`, text)],
    ['a management error', () => requestText('GET', '/v1/nothing/here', text)],
  ]
  for (const [what, request] of requests) {
    test(`${what} is answered with canonical names, a content type and a length`, async () => {
      const reply = await exchange(target.url, request())
      const names = reply.headers.map(([name]) => name)
      for (const name of names) assert.match(name, CANONICAL_NAME)
      for (const name of ['Content-Type', 'Content-Length', 'Date'])
        assert.ok(names.includes(name), `${name} in ${names}`)
      const length = reply.headers.find(([name]) => name === 'Content-Length')?.[1]
      assert.equal(Number(length), reply.body.length)
      assert.ok(!names.includes('Transfer-Encoding'))
    })
  }

  test('the status line has its reason, and a call its request id in a header alone', async () => {
    const reply = await exchange(target.url, requestText('POST', path, text, 'x'))
    assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
    const id = reply.headers.find(([name]) => name.toLowerCase() === 'x-request-id')?.[1]
    assert.match(id ?? '', /^req-[0-9a-f-]{36}$/)
    assert.ok(!reply.body.includes('req-'))
  })

  test('what the client accepts is ignored', async () => {
    const reply = await curl('POST', target.url + path, { ...asOwner(), headers: ['Accept: image/png'] })
    assert.equal(reply.status, 200)
  })

  test('a chunked body and Expect: 100-continue are understood', async () => {
    const chunked = ['Transfer-Encoding: chunked', 'Expect: 100-continue']
    const reply = await curl('POST', `${target.url}${path}?output=raw`, { ...asOwner(), headers: chunked })
    assert.equal(reply.text, 'x')
  })
})

function asOwner(): { key: string; contentType: string; body: string } {
  return { key: probe.owner.key, contentType: 'text/plain', body: 'x' }
}

describe('paths and queries', () => {
  const aliases: readonly [string, (path: string) => string][] = [
    ['a trailing slash', (p) => `${p}/`],
    ['a trailing slash after the version', (p) => `${p}/0.1.0/`],
    ['the names in other capitals', (p) => p.replace('Probe', 'pROBE')],
    ['algo:// inside', (p) => p.replace('/v1/algo/', '/v1/algo/algo://')],
    ['algo:// with its slashes collapsed', (p) => p.replace('/v1/algo/', '/v1/algo/algo:/')],
    ['an encoded star', (p) => `${p}/0.1.%2A`],
    ['the web route', (p) => p.replace('/v1/algo/', '/v1/web/algo/')],
    ['unknown parameters', (p) => `${p}?true=true&x=%zz&timeout=soon&output=banana`],
  ]
  for (const [what, change] of aliases) {
    test(`${what} reaches the algorithm without a redirect`, async () => {
      const reply = await curl('POST', target.url + change(path), asOwner())
      assert.equal(reply.status, 200, reply.text)
      assert.equal(JSON.parse(reply.text).result, 'x')
    })
  }

  test('a second query glued to the first is read, and the first value of a name wins', async () => {
    const glued = `${target.url}${path}?timeout=10&stdout=true/?timeout=300&stdout=false&output=raw`
    assert.equal((await curl('POST', glued, asOwner())).text, 'x')
    const first = await curl('POST', `${target.url}${path}?output=raw&output=void`, asOwner())
    assert.equal(first.text, 'x')
  })

  const strange: readonly [string, string][] = [
    ['an unknown path', '/v1/nothing/here'],
    ['a broken escape', '/v1/algo/demo/%zz'],
    ['a broken escape in management', '/v1/algorithms/demo/%zz'],
    ['a very long name', `/v1/algo/demo/${'x'.repeat(4000)}`],
    ['a very long name in management', `/v1/algorithms/demo/${'x'.repeat(4000)}/builds`],
    ['no algorithm', '/v1/algo/demo'],
  ]
  for (const [what, strangePath] of strange) {
    test(`${what} is a nested error`, async () => {
      const method = strangePath.startsWith('/v1/algo/') ? 'POST' : 'GET'
      const reply = await curl(method, target.url + strangePath, { key: probe.owner.key })
      assert.ok([400, 404].includes(reply.status), `${reply.status}`)
      assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
      if (!reply.text.startsWith('{"error":"')) assertNestedError(reply.text)
    })
  }

  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    test(`${method} on a call route is 405`, async () => {
      const reply = await curl(method, target.url + path, { key: probe.owner.key })
      assert.equal(reply.status, 405)
      assertNestedError(reply.text)
    })
  }

  test('an error on HEAD has no body and says why in a header', async () => {
    const reply = await exchange(target.url, requestText('HEAD', path, text))
    assert.equal(reply.status, 405)
    assert.equal(reply.body.length, 0)
    assert.ok(reply.headers.some(([name, value]) => name === 'X-Error-Message' && value !== ''))
  })

  test('a management read ignores a stale content type and an empty JSON body', async () => {
    const url = `${target.url}/v1/algorithms/${probe.owner.username}/Probe`
    const reply = await curl('GET', url, { key: probe.owner.key, contentType: 'application/json' })
    assert.equal(reply.status, 200)
  })
})

describe('bodies', () => {
  test('10 MiB are taken, one byte more is 413', async () => {
    const call = (sizeBytes: number) =>
      curl('POST', `${target.url}${path}?output=raw`, {
        key: probe.owner.key,
        contentType: 'application/octet-stream',
        body: Buffer.alloc(sizeBytes, 7),
      })
    const largest = await call(LIMIT_BYTES)
    assert.equal(largest.status, 200, largest.text.slice(0, 200))
    assert.equal(largest.body.length, LIMIT_BYTES)
    const tooLarge = await call(LIMIT_BYTES + 1)
    assert.equal(tooLarge.status, 413)
    assertNestedError(tooLarge.text)
  })

  const refused: readonly [string, number, string, string | Buffer][] = [
    ['a multipart form', 415, 'multipart/form-data; boundary=x', '--x--'],
    ['an unknown type', 415, 'application/x-unknown', 'x'],
    ['JSON that ends too early', 400, 'application/json', '{"a":'],
    ['JSON followed by more', 400, 'application/json', '1 2'],
    ['a JSON string with a raw line feed', 400, 'application/json', '"a\nb"'],
    ['text that is not UTF-8', 400, 'text/plain', Buffer.from([0xc3, 0x28])],
  ]
  for (const [what, status, contentType, body] of refused) {
    test(`${what} is ${status}`, async () => {
      const reply = await curl('POST', target.url + path, { key: probe.owner.key, contentType, body })
      assert.equal(reply.status, status, reply.text)
      assertNestedError(reply.text)
    })
  }

  test('a management body is JSON whatever its type says; other text is error 2013', async () => {
    const url = `${target.url}/v1/algorithms/${probe.owner.username}/Probe`
    const change = { key: probe.owner.key, contentType: 'text/plain', body: '{"details":{"tagline":"probes"}}' }
    assert.equal((await curl('PUT', url, change)).status, 200)
    const form = await curl('PUT', url, { key: probe.owner.key, body: 'details=label&settings=x' })
    assert.equal(form.status, 400)
    assertNestedError(form.text, 2013)
  })
})

describe('authentication', () => {
  const accepted: readonly [string, (key: string) => string][] = [
    ['Simple and the key', (key) => `Authorization: Simple ${key}`],
    ['the bare key', (key) => `Authorization: ${key}`],
    ['a lower-case header and scheme', (key) => `authorization: simple ${key}`],
  ]
  for (const [what, header] of accepted) {
    test(`${what} is accepted on calls and management`, async () => {
      const headers = [header(probe.owner.key)]
      const call = await curl('POST', target.url + path, { headers, contentType: 'text/plain', body: 'x' })
      assert.equal(call.status, 200, call.text)
      const read = await curl('GET', `${target.url}/v1/algorithms/${probe.owner.username}/Probe`, { headers })
      assert.equal(read.status, 200, read.text)
    })
  }

  for (const [what, key] of [
    ['no key', undefined],
    ['an unknown key', 'simUnknownUnknownUnknown1234'],
  ] as const) {
    test(`${what} is 401, in these words on a call`, async () => {
      const options = { body: 'x', ...(key === undefined ? {} : { key }) }
      const call = await curl('POST', target.url + path, options)
      assert.equal(call.status, 401)
      assert.equal(JSON.parse(call.text).error.message, 'authorization required')
      const read = await curl('GET', `${target.url}/v1/algorithms/${probe.owner.username}/Probe`, options)
      assert.equal(read.status, 401)
      assertNestedError(read.text, 2002)
    })
  }

  test('an admin key calls nothing, and a standard key administers nothing', async () => {
    assert.equal((await curl('POST', target.url + path, { key: target.adminKey, body: 'x' })).status, 403)
    const users = await curl('POST', `${target.url}/v1/users`, { key: probe.owner.key, body: '{}' })
    assert.equal(users.status, 403)
    assertNestedError(users.text, 2001)
  })

  const limited: readonly [string, Partial<typeof FULL_RIGHTS>, number][] = [
    ['may not call', { allow_algo: false }, 403],
    ['has an empty list of algorithms', { algo_acl: [] }, 403],
    ['names other algorithms', { algo_acl: ['algo://demo/*', 'algo://opencv/SmartThumbnail/*'] }, 403],
    ['may not manage', { allow_algo_management: false }, 200],
  ]
  for (const [what, rights, status] of limited) {
    test(`a key that ${what} gets ${status} on a call`, async () => {
      const key = await createKey(target, probe.owner.username, { ...FULL_RIGHTS, ...rights })
      const reply = await curl('POST', target.url + path, { key, contentType: 'text/plain', body: 'x' })
      assert.equal(reply.status, status, reply.text)
    })
  }

  test('a key that names the algorithm or its owner may call it, and one without management may not publish', async () => {
    const { username } = probe.owner
    for (const pattern of [`algo://${username}/*`, `algo://${username}/Probe/*`]) {
      const key = await createKey(target, username, { ...FULL_RIGHTS, algo_acl: [pattern] })
      assert.equal((await curl('POST', target.url + path, { key, body: 'x' })).status, 200)
    }
    const key = await createKey(target, username, { ...FULL_RIGHTS, allow_algo_management: false })
    const reply = await curl('POST', `${probe.shop.url}/versions`, { key, body: '{}' })
    assert.equal(reply.status, 403)
    assertNestedError(reply.text, 2001)
  })

  test('a browser needs the browser right, and is told its origin is allowed even in errors', async () => {
    const origin = ['Origin: https://example.com']
    const web = path.replace('/v1/algo/', '/v1/web/algo/')
    const preflight = await curl('OPTIONS', target.url + web, {
      headers: [...origin, 'Access-Control-Request-Method: POST'],
    })
    assert.ok([200, 204].includes(preflight.status))
    for (const reply of [preflight, await curl('POST', target.url + web, { headers: origin, body: 'x' })]) {
      assert.ok(['*', 'https://example.com'].includes(reply.headers.get('access-control-allow-origin') ?? ''))
      assert.equal(reply.headers.get('access-control-allow-credentials'), undefined)
    }
    const key = await createKey(target, probe.owner.username, { ...FULL_RIGHTS, allow_web_algo: false })
    for (const route of [path, web]) {
      assert.equal((await curl('POST', target.url + route, { key, headers: origin, body: 'x' })).status, 403)
    }
  })
})
