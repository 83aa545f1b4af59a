/** The rules H1–H19 that hold for every request (rest-api.md 1.2), each case named after its rule. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createAccount, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertPage } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('callAlgorithm', 'createAlgorithm', 'getAlgorithm', 'updateAlgorithm', 'deleteAlgorithm', 'listVersions')

const CANONICAL_NAME = /^[A-Z][A-Za-z0-9]*(-[A-Z][A-Za-z0-9]*)*$/
const LIMIT_BYTES = 10 * 1024 * 1024
const ODD_TYPES = ['application/json', 'text/plain', 'application/octet-stream', 'multipart/form-data', 'nonsense', '']

let target: Target
let probe: Probe
let callPath: string
let algorithmPath: string

before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  callPath = `/v1/algo/${probe.owner.username}/Probe`
  algorithmPath = `/v1/algorithms/${probe.owner.username}/Probe`
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: probe.owner.key, ...options })
const asAdmin = sendAsAdministrator(() => target)
const call = (query: string, options: WireOptions = {}): Promise<WireReply> =>
  asOwner(`POST ${callPath}${query}`, { headers: { 'Content-Type': 'text/plain' }, body: 'x', ...options })

/** One request of every kind of answer, with the status it must have. */
const answers: readonly [what: string, statusLine: string, ask: () => Promise<WireReply>][] = [
  ['a call', 'HTTP/1.1 200 OK', () => call('')],
  ['a raw call', 'HTTP/1.1 200 OK', () => call('?output=raw')],
  ['a void call', 'HTTP/1.1 200 OK', () => call('?output=void')],
  ['a management read', 'HTTP/1.1 200 OK', () => asOwner(`GET ${algorithmPath}`)],
  ['a list', 'HTTP/1.1 200 OK', () => asOwner(`GET ${algorithmPath}/builds`)],
  ['a bare array', 'HTTP/1.1 200 OK', () => asOwner('GET /v1/organization/types')],
  ['a call of something unknown', 'HTTP/1.1 404 Not Found', () => call('Missing')],
  ['a call without a key', 'HTTP/1.1 401 Unauthorized', () => send(target.url, `POST ${callPath}`, { body: 'x' })],
  ['a call with an admin key', 'HTTP/1.1 403 Forbidden', () => asAdmin(`POST ${callPath}`, { body: 'x' })],
  ['a call by GET', 'HTTP/1.1 405 Method Not Allowed', () => asOwner(`GET ${callPath}`)],
  ['a broken JSON input', 'HTTP/1.1 400 Bad Request', () => call('', { json: undefined, ...brokenJson })],
  ['a failed raw call', 'HTTP/1.1 400 Bad Request', () => call('?output=raw', { json: { do: 'fail' }, headers: {} })],
  ['an odd input type', 'HTTP/1.1 415 Unsupported Media Type', () => call('', oddType)],
  ['an input that is too long', 'HTTP/1.1 413 Payload Too Large', () => call('', tooLong)],
  ['a missing algorithm', 'HTTP/1.1 404 Not Found', () => asOwner(`GET ${algorithmPath}Missing`)],
  ['an unknown path', 'HTTP/1.1 404 Not Found', () => asOwner('GET /v1/nothing/here')],
  ['a broken escape', 'HTTP/1.1 400 Bad Request', () => asOwner('GET /v1/algorithms/demo/%zz')],
  ['a broken body', 'HTTP/1.1 400 Bad Request', () => asOwner(`PUT ${algorithmPath}`, { body: '{' })],
  ['no key', 'HTTP/1.1 401 Unauthorized', () => send(target.url, `GET ${algorithmPath}`)],
  ['a standard key where an admin key is needed', 'HTTP/1.1 403 Forbidden', () => asOwner('GET /v1/users')],
]
const brokenJson = { headers: { 'Content-Type': 'application/json' }, body: '{' }
const oddType = { headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: '--x--' }
const tooLong = { headers: { 'Content-Type': 'application/octet-stream' }, body: Buffer.alloc(LIMIT_BYTES + 1, 7) }

describe('H1: HTTP/1.1 and canonical reason phrases', () => {
  for (const [what, statusLine, ask] of answers) {
    test(`H1: ${what} is ${statusLine}`, async () => {
      const reply = await ask()
      assert.equal(reply.statusLine, statusLine, reply.text.slice(0, 300))
    })
  }
})

describe('H2 and H7: canonical header names; JSON says that it is JSON, errors included', () => {
  for (const [what, , ask] of answers) {
    test(`H2, H7: ${what}`, async () => {
      const reply = await ask()
      for (const [name] of reply.headers) assert.match(name, CANONICAL_NAME)
      assert.ok(reply.header('Date'))
      assert.equal(reply.header('Content-Length'), String(reply.body.length))
      assert.equal(reply.header('Transfer-Encoding'), undefined)
      if (reply.text !== 'x') reply.json()
      if (reply.status >= 400) assert.ok(reply.json().error)
    })
  }

  const unreadable: readonly [string, number, string][] = [
    ['no HTTP at all', 400, 'hello\r\n\r\n'],
    ['headers of 100 KiB', 431, `GET /v1/users HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100 * 1024)}\r\n\r\n`],
    ['two lengths', 400, 'POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ]
  for (const [what, status, bytes] of unreadable) {
    test(`H7: ${what} is ${status}, also a nested JSON error`, async () => {
      const text = await talk([bytes])
      const [head = '', body = ''] = text.split('\r\n\r\n')
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.match(head, /\r\nContent-Type: application\/json\r\n/)
      assert.deepEqual(Object.keys(JSON.parse(body).error), ['id', 'code', 'message'])
    })
  }
})

/** Writes each part after something came back for the one before, and reads until the server closes. */
function talk(parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(target.url)
  return new Promise((settle, fail) => {
    const socket = connect({ host: hostname, port: Number(port) })
    const rest = [...parts]
    let text = ''
    socket.setTimeout(20_000, () => socket.destroy(new Error(`Nothing more came after: ${text}`)))
    socket.on('connect', () => socket.write(rest.shift() ?? ''))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const next = rest.shift()
      if (next !== undefined) socket.write(next)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => (text === '' ? fail(error) : settle(text)))
    socket.on('end', () => settle(text))
  })
}

describe('H3 and H5: bytes come with their type and length, never compressed', () => {
  const bytes = Buffer.alloc(5000, 'a')
  for (const encoding of ['identity', 'gzip, deflate, br', '*']) {
    test(`H3, H5: a raw result with Accept-Encoding: ${encoding}`, async () => {
      const reply = await call('?output=raw', {
        headers: { 'Content-Type': 'application/octet-stream', 'Accept-Encoding': encoding },
        body: bytes,
      })
      assert.equal(reply.header('Content-Type'), 'application/octet-stream')
      assert.equal(reply.header('Content-Length'), '5000')
      assert.equal(reply.header('Content-Encoding'), undefined)
      assert.deepEqual(reply.body, bytes)
    })
  }

  test('H5: management is not compressed for a client that did not ask', async () => {
    assert.equal((await asOwner(`GET ${algorithmPath}`)).header('Content-Encoding'), undefined)
  })
})

describe('H4: no redirects', () => {
  const lines: readonly [string, () => Promise<WireReply>][] = [
    ['a call with a trailing slash', () => call('/')],
    ['an algorithm with a trailing slash', () => asOwner(`GET ${algorithmPath}/`)],
    ['a list with a trailing slash', () => asOwner(`GET ${algorithmPath}/builds/?limit=1`)],
    ['users with a trailing slash', () => asAdmin('GET /v1/users/')],
    ['a POST with a trailing slash', () => asAdmin('POST /v1/users/', { json: {} })],
  ]
  for (const [what, ask] of lines) {
    test(`H4: ${what}`, async () => {
      const { status, headers } = await ask()
      assert.ok([200, 400].includes(status), `${status}`)
      assert.ok(!headers.some(([name]) => name === 'Location'))
    })
  }
})

describe('H6: Accept is ignored', () => {
  for (const accept of ['application/octet-stream', 'image/png', 'text/html;q=0', 'nonsense']) {
    test(`H6: ${accept}`, async () => {
      const headers = { Accept: accept, 'Content-Type': 'text/plain' }
      assert.equal((await call('', { headers })).status, 200)
      jsonOf(await asOwner(`GET ${algorithmPath}`, { headers }))
      assertError(await asOwner('GET /v1/scms/none', { headers }), { status: 404 })
    })
  }
})

describe('H8: stale content types and empty bodies do no harm', () => {
  for (const type of ODD_TYPES) {
    const headers = { 'Content-Type': type }
    test(`H8: GET, PUT without a body and DELETE with Content-Type '${type}'`, async () => {
      jsonOf(await asOwner(`GET ${algorithmPath}`, { headers }))
      jsonOf(await asOwner(`GET ${algorithmPath}`, { headers, body: '' }))
      jsonOf(await asOwner(`PUT ${algorithmPath}`, { headers, body: '' }))
      const missing = `DELETE ${algorithmPath}Missing`
      assertError(await asOwner(missing, { headers }), { status: 404, code: 1001 })
      assertError(await asOwner(missing, { headers, body: '' }), { status: 404, code: 1001 })
    })
  }
})

describe('H9: management bodies are JSON whatever their type says', () => {
  for (const type of ODD_TYPES) {
    test(`H9: a change with Content-Type '${type}'`, async () => {
      const tagline = `sent as ${type}`
      const body = JSON.stringify({ details: { tagline, unknown: 1 }, unknown: { a: [] }, id: 'foreign' })
      const changed = jsonOf(await asOwner(`PUT ${algorithmPath}`, { headers: { 'Content-Type': type }, body }))
      assert.equal(changed.details.tagline, tagline)
      assert.equal(changed.unknown, undefined)
    })
  }

  for (const body of ['', ' \n', 'null', '{}', '[]']) {
    test(`H9: the body ${JSON.stringify(body)} changes nothing`, async () => {
      const before = jsonOf(await asOwner(`GET ${algorithmPath}`))
      assert.deepEqual(jsonOf(await asOwner(`PUT ${algorithmPath}`, { body })), before)
    })
  }

  for (const body of ['details=label&settings=x', '{"details":', '"text"', '7', '[1]', Buffer.from([0xff])]) {
    test(`H9: the body ${body} is 400 with code 2013`, async () => {
      assertError(await asOwner(`PUT ${algorithmPath}`, { body }), { status: 400, code: 2013 })
    })
  }
})

/** How many versions a list shows: the probe has one that is published and the build of its template, which is not. */
async function countVersions(query: string): Promise<number> {
  return assertPage(jsonOf(await asOwner(`GET ${algorithmPath}/versions${query}`))).length
}

describe('H10: boolean values of the query', () => {
  const published: readonly [value: string, count: number][] = [
    ...['true', 'True', 'TRUE', '1', 'yes', 'YES'].map((value): [string, number] => [value, 1]),
    ...['false', 'False', 'FALSE', '0', 'no', 'No'].map((value): [string, number] => [value, 1]),
    ...['', 'banana', '2'].map((value): [string, number] => [value, 2]),
  ]
  for (const [value, count] of published) {
    test(`H10: published=${value} lists ${count}`, async () => {
      assert.equal(await countVersions(`?published=${value}`), count)
    })
  }

  for (const value of ['true', 'False', 'FALSE', '1', '', 'banana']) {
    test(`H10: stdout=${value} on a call`, async () => {
      const { metadata } = jsonOf(await call(`?stdout=${value}`))
      assert.equal('stdout' in metadata, value === 'true' || value === '1')
    })
  }
})

describe('H11: odd queries', () => {
  const lists: readonly [query: string, count: number][] = [
    ['?true=true', 2],
    ['?limit=1&true=true', 1],
    ['?published=&published=true', 1],
    ['?limit=1&limit=50', 1],
    ['?x=%zz&limit=1', 1],
    ['?&&limit=1&', 1],
    ['?=&limit=1', 1],
    ['?limit=1/?limit=50', 1],
    ['?output=raw&stdout=true&limit=1', 1],
  ]
  for (const [query, count] of lists) {
    test(`H11: ${query} lists ${count}`, async () => {
      assert.equal(await countVersions(query), count)
    })
  }

  const calls: readonly [query: string, text: RegExp][] = [
    ['?timeout=10&stdout=true/?timeout=300&stdout=false&output=raw', /^x$/],
    ['/?timeout=10&output=raw', /^x$/],
    ['?output=raw&output=void', /^x$/],
    ['?output=&output=raw', /^x$/],
    ['?output=raw/', /^x$/],
    ['?true=true&x=%zz&timeout=soon&output=banana', /^\{"result":"x",/],
  ]
  for (const [query, text] of calls) {
    test(`H11: a call with ${query}`, async () => {
      const reply = await call(query)
      assert.equal(reply.status, 200)
      assert.match(reply.text, text)
    })
  }
})

test('H12: idle connections are kept for 75 seconds and more, and take several requests', async () => {
  const request = (connection: string) =>
    `GET /v1/scms/internal HTTP/1.1\r\nHost: x\r\nAuthorization: ${probe.owner.key}\r\nConnection: ${connection}\r\n\r\n`
  const text = await talk([request('keep-alive'), request('keep-alive'), request('close')])
  assert.equal(text.match(/HTTP\/1\.1 200 OK\r\n/g)?.length, 3)
  assert.ok(Number(text.match(/\r\nKeep-Alive: timeout=(\d+)/)?.[1]) >= 75)
})

describe('H13: Expect: 100-continue and chunked bodies', () => {
  const chunked = '3\r\n"ab\r\n4;name=value\r\nc"  \r\n0\r\n\r\n'
  const head = (line: string, key: string, more = '') =>
    `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: ${key}\r\nConnection: close\r\n` +
    `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n${more}\r\n`

  test('H13: a chunked call', async () => {
    const text = await talk([head(`POST ${callPath}?output=raw`, probe.owner.key) + chunked])
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nabc$/s)
  })

  test('H13: the body follows the interim answer', async () => {
    const line = head(`POST ${callPath}?output=raw`, probe.owner.key, 'Expect: 100-continue\r\n')
    assert.match(await talk([line, chunked]), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\n\r\nabc$/s)
  })

  test('H13: a chunked management body', async () => {
    const json = '{"details":{"tagline":"chunked"}}'
    const body = `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`
    const text = await talk([head(`PUT ${algorithmPath}`, probe.owner.key, 'Expect: 100-continue\r\n'), body])
    assert.match(text, /HTTP\/1\.1 200 OK\r\n.*"tagline":"chunked"/s)
  })
})

test('H14: 204 has neither body nor content type', async () => {
  const preflight = await send(target.url, `OPTIONS ${callPath.replace('/v1/', '/v1/web/')}`)
  assert.deepEqual([preflight.status, preflight.body.length], [204, 0])
  assert.equal(preflight.header('Content-Type'), undefined)
  const { shop } = await createAlgorithm(target, probe.owner, { name: 'Gone', language: 'python3' })
  const reply = await asOwner(`DELETE ${new URL(shop.url).pathname}`)
  assert.equal(reply.statusLine, 'HTTP/1.1 204 No Content')
  assert.equal(reply.body.length, 0)
  assert.equal(reply.header('Content-Type'), undefined)
})

describe('H15: compact JSON in the documented member order', () => {
  const exact: readonly [string, RegExp | string][] = [
    ['GET /v1/scms/internal', '{"id":"internal","provider":"internal","name":"","default":true,"enabled":true}'],
    [
      'GET /v1/organization/types',
      /^\[\{"id":"[0-9a-f-]{36}","name":"basic"\},\{"id":"[0-9a-f-]{36}","name":"legacy"\},/,
    ],
  ]
  for (const [line, text] of exact) {
    test(`H15: ${line}`, async () => {
      const reply = await asOwner(line)
      if (typeof text === 'string') assert.equal(reply.text, text)
      else assert.match(reply.text, text)
    })
  }

  test('H15: a call', async () => {
    const text = /^\{"result":"x","metadata":\{"content_type":"text","duration":[0-9.e-]+\}\}$/
    assert.match((await call('')).text, text)
  })
})

test('H16: success statuses are exactly the listed ones', async () => {
  const [user, organization] = [uniqueName('user'), uniqueName('org')]
  const email = `${user}@example.com`
  const newUser = { username: user, email }
  const newOrganization = { org_name: organization, org_label: 'o', org_contact_name: 'some owner', org_email: email }
  const settings = { language: 'python3', source_visibility: 'closed', license: 'apl', network_access: 'full' }
  const newAlgorithm = { name: 'Statuses', details: { label: 'x' }, settings: { ...settings, pipeline_enabled: true } }
  const asked: readonly [number, () => Promise<WireReply>][] = [
    [200, () => asAdmin('POST /v1/users', { json: newUser })],
    [200, () => asAdmin('POST /v1/organizations', { json: newOrganization })],
    [201, () => asAdmin(`PUT /v1/organizations/${organization}/members/${user}`)],
    [200, () => asAdmin(`PUT /v1/organizations/${organization}/members/${user}`)],
    [200, () => asAdmin(`POST /v1/users/${user}/keys`, { json: { key_type: 'ManagementKey' } })],
    [201, () => asOwner(`POST /v1/algorithms/${probe.owner.username}`, { json: newAlgorithm })],
    [200, () => asOwner(`POST /v1/algorithms/${probe.owner.username}/Statuses/compile`)],
    [200, () => asOwner(`POST /v1/algorithms/${probe.owner.username}/Statuses/versions`)],
    [204, () => asOwner(`DELETE /v1/algorithms/${probe.owner.username}/Statuses`)],
  ]
  for (const [status, ask] of asked) {
    const reply = await ask()
    assert.equal(reply.status, status, `${ask} ${reply.text}`)
  }
})

describe('H17: names match in any case and come back as they were stored', () => {
  test('H17: owner and algorithm', async () => {
    const upper = `/${probe.owner.username.toUpperCase()}/pROBE`
    assert.equal((await asOwner(`POST /v1/algo${upper}?output=raw`, { body: 'x' })).text, 'x')
    const shown = jsonOf(await asOwner(`GET /v1/algorithms${upper}`))
    assert.equal(shown.name, 'Probe')
    assert.ok(shown.self_link.includes(`/${probe.owner.username}/Probe/`))
  })

  test('H17: organizations', async () => {
    const org_name = uniqueName('Org')
    const json = { org_name, org_label: 'o', org_contact_name: 'some owner', org_email: 'o@example.com' }
    const organization = jsonOf(await asAdmin('POST /v1/organizations', { json }))
    assert.deepEqual(jsonOf(await asAdmin(`GET /v1/organizations/${org_name.toUpperCase()}`)), organization)
    const again = { ...json, org_name: org_name.toLowerCase() }
    assertError(await asAdmin('POST /v1/organizations', { json: again }), { status: 409, code: 3101 })
  })

  test('H17: users', async () => {
    const { username } = await createAccount(target, 'Mixed')
    const shown = jsonOf(await asAdmin(`GET /v1/users/${username.toUpperCase()}`))
    assert.equal(shown.username, username)
    assertError(await asAdmin('POST /v1/users', { json: { username: username.toLowerCase(), email: 'a@b.example' } }), {
      status: 409,
      code: 3003,
    })
  })
})

describe('H18: errors on HEAD have no body, all others have one', () => {
  const heads: readonly [path: () => string, status: number][] = [
    [() => callPath, 405],
    [() => '/v1/nothing/here', 404],
    [() => '/v1/data/nobody', 404],
    [() => '/v1/connector/data/nobody', 404],
  ]
  for (const [path, status] of heads) {
    test(`H18: HEAD is ${status}`, async () => {
      const reply = await asOwner(`HEAD ${path()}`)
      assert.equal(reply.status, status)
      assert.equal(reply.body.length, 0)
      assert.match(reply.header('X-Error-Message') ?? '', /^[\x20-\x7e]+$/)
    })
  }

  for (const method of ['QUERY', 'PROPFIND', 'TRACE']) {
    for (const path of ['/v1/users', '/v1/session', '/v1/algo/demo/Hello']) {
      test(`H18: ${method}, which no operation has, is refused at ${path} with a JSON body`, async () => {
        const reply = await asOwner(`${method} ${path}`)
        assertError(reply, { status: reply.status === 405 ? 405 : 404 })
      })
    }
  }

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    test(`H18: ${method} of an unknown path has a JSON body`, async () => {
      assertError(await asOwner(`${method} /v1/nothing/here`), { status: 404 })
    })
  }
})

describe('H19: unknown paths are 404, under /v1 and beside it', () => {
  for (const path of ['/v1', '/v1/', '/v1/x', '/v1/algorithms', '/v1/algo', '/v1/users/a/b/c', '/v2/users']) {
    test(`H19: ${path}`, async () => {
      assertError(await asOwner(`GET ${path}`), { status: 404 })
    })
  }

  for (const line of ['PATCH /v1/users/x', 'PUT /v1/scms', 'DELETE /v1/organizations', 'POST /v1/openapispec']) {
    test(`H19: ${line}, which no operation has, is a JSON error`, async () => {
      const reply = await asAdmin(line)
      assertError(reply, { status: reply.status === 405 ? 405 : 404 })
    })
  }

  for (const path of ['/', '/index.html', '/x', '/home/jane/file.txt', '/v1/../x', '//', '/v1x']) {
    test(`H19: ${path} on the web host`, async () => {
      assert.equal((await asOwner(`GET ${path}`)).status, 404)
    })
  }
})
