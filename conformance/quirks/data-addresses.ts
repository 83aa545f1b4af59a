/** How each library addresses hosted data and what it sends there (rest-api.md 5.1, 5.9, 6.2). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import { exchange } from '../lib/raw-socket.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

/** Of an empty body that Node 0.3.10 and chunked uploads end with. */
const NO_MORE_CHUNKS = '0\r\n\r\n'

export function dataAddressQuirks(world: AskWorld): void {
  test('py, go, cs and node: segments are encoded one by one, + is a plus sign', async () => {
    const { bare, shelf } = world()
    const path = `/v1/data/.my/${await shelf()}/a%20b+c%2Bd.txt`
    const put = jsonOf(await bare(`PUT ${path}`, { body: 'x' }))
    assert.match(put.result, /^data:\/\/\.my\/\w+\/a b\+c\+d\.txt$/)
    assert.equal((await bare(`GET ${path.replace('%2B', '+')}`)).text, 'x')
  })

  test('java, scala: the whole path is form-encoded, where + is a space', async () => {
    const { simple, bare, shelf } = world()
    const name = await shelf()
    const path = `/v1/data/.my%2F${name}%2Fa+b%2Bc%25.txt`
    jsonOf(await simple(`PUT ${path}`, { body: 'x' }))
    assert.equal((await simple(`GET ${path}`)).text, 'x')
    const files = jsonOf(await simple(`GET /v1/data/.my%2F${name}`)).files
    assert.deepEqual(
      files.map(({ filename }: { filename: string }) => filename),
      ['a b+c%.txt', 'a.txt'],
    )
    assert.equal((await bare(`HEAD /v1/data/.my/${name}/a%20b+c%25.txt`)).status, 200)
  })

  test('java, scala, ruby: an unknown connector is the same in every form of its address', async () => {
    const { bare } = world()
    for (const path of ['s3+lab://b/k', 's3+lab:/b/k', 's3%2Blab%3A%2F%2Fb%2Fk', 'S3+lab://b/k']) {
      assertError(await bare(`GET /v1/data/${path}`), { status: 404 })
    }
    for (const path of ['s3+lab/b/k', 's3%2Blab/b/k']) {
      assertError(await bare(`GET /v1/connector/${path}`), { status: 404 })
    }
  })

  test('rust, swift, php: /v1/connector/data is the same place as /v1/data', async () => {
    const { simple, shelf } = world()
    const path = `.my/${await shelf()}/b%20c.txt`
    assert.equal(jsonOf(await simple(`PUT /v1/connector/data/${path}`, { body: 'y' })).result.split(':')[0], 'data')
    assert.equal((await simple(`GET /v1/data/${path}`)).text, 'y')
  })

  test('swift: what a listing names is asked for with the prefix twice', async () => {
    const { simple, shelf } = world()
    const twice = '/v1/connector/data/v1/connector/data'
    const path = `.my/${await shelf()}/a.txt`
    for (const prefix of [twice, `${twice}/v1/connector/data`]) {
      assert.equal((await simple(`GET ${prefix}/${path}`)).text, 'x')
    }
    assert.deepEqual(jsonOf(await simple(`DELETE ${twice}/${path}`)), { result: { deleted: 1 } })
  })

  test('swift: a GET carries Content-Type: text/plain, a DELETE force=true or force=false', async () => {
    const { simple, shelf } = world()
    const path = `/v1/connector/data/.my/${await shelf()}`
    jsonOf(await simple(`GET ${path}`, { headers: { 'Content-Type': 'text/plain' } }))
    assert.equal((await simple(`DELETE ${path}?force=false`)).status, 400)
    assert.deepEqual(jsonOf(await simple(`DELETE ${path}?force=true`)), { result: { deleted: 1 } })
  })

  test('php: acl=true or acl=false is always there, stdout and output may be', async () => {
    const { simple, shelf } = world()
    const path = `/v1/connector/data/.my/${await shelf()}`
    const headers = { 'Content-Type': 'application/json' }
    const listing = jsonOf(await simple(`GET ${path}?acl=false&stdout=&output=`, { headers }))
    assert.deepEqual(Object.keys(listing), ['folders', 'files'])
    const { acl } = jsonOf(await simple(`GET ${path}?acl=true`, { headers }))
    assert.deepEqual(acl, { read: ['algo://.my/*'] })
  })

  test('scala: marker=true, which it sends when it wants permissions of pages, is no marker', async () => {
    const { bare, shelf } = world()
    assertError(await bare(`GET /v1/data/.my%2F${await shelf()}?marker=true`), { status: 400, code: 5002 })
  })

  test('node: a directory is created by its bare name as text, at an address that ends with a slash', async () => {
    const { simple, owner } = world()
    for (const [type, quote] of [
      ['text/plain', ''],
      ['application/json', '"'],
    ]) {
      const name = uniqueName('Node')
      const options = { headers: { 'Content-Type': type ?? '' }, body: `${quote}${name}${quote}` }
      const created = await simple(`POST /v1/data/${owner.username}/`, options)
      assert.equal(created.text, `{"result":"data://${owner.username}/${name}"}`)
      assert.equal((await simple(`HEAD /v1/data/${owner.username}/${name}/`)).status, 200)
    }
  })

  test('rust: acl has a member _dummy that is null', async () => {
    const { simple } = world()
    const name = uniqueName('Rust')
    const json = { name, acl: { read: ['user://*'], _dummy: null } }
    jsonOf(await simple('POST /v1/connector/data/.my', { json }))
    assert.deepEqual(jsonOf(await simple(`GET /v1/data/.my/${name}?acl=true`)).acl, { read: ['user://*'] })
  })

  test('py, java, ruby: a directory without permissions is created with acl: null or none', async () => {
    const { bare } = world()
    for (const acl of [{ acl: null }, {}]) {
      const json = { name: uniqueName('Any'), ...acl }
      jsonOf(await bare('POST /v1/data/.my', { json }))
      const created = jsonOf(await bare(`GET /v1/data/.my/${json.name}?acl=true`))
      assert.deepEqual(created.acl, { read: ['algo://.my/*'] })
    }
  })

  test('R, node: a body of any bytes may be typed as JSON; node: as an earlier call left it', async () => {
    const { bare, shelf } = world()
    const path = `/v1/data/.my/${await shelf()}/a.json`
    const headers = { 'Content-Type': 'application/json', Accept: 'application/octet-stream' }
    for (const body of ['{"broken":', Buffer.from([0, 255, 10])]) {
      jsonOf(await bare(`PUT ${path}`, { headers, body }))
      assert.deepEqual((await bare(`GET ${path}`, { headers })).body, Buffer.from(body))
    }
    assert.deepEqual(jsonOf(await bare(`DELETE ${path}`, { headers })), { result: { deleted: 1 } })
  })

  test('java, scala, php: bodies come in chunks, without a type, after Expect: 100-continue', async () => {
    const { url, owner, bare, shelf } = world()
    const path = `/v1/data/.my/${await shelf()}/chunked.bin`
    const head =
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${owner.key}\r\n` +
      'Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n'
    const reply = await exchange(url, `${head}3\r\nabc\r\n2\r\nde\r\n${NO_MORE_CHUNKS}`)
    assert.equal(reply.statusLine, 'HTTP/1.1 100 Continue')
    assert.match(reply.body.toString(), /^HTTP\/1\.1 200 OK\r\n/)
    assert.equal((await bare(`GET ${path}`)).text, 'abcde')
  })

  test('node 0.3.10: an empty chunked body on GET and a text/plain one on DELETE', async () => {
    const { url, owner, shelf } = world()
    const path = `/v1/data/.my/${await shelf()}/a.txt`
    const request = (method: string) =>
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Simple ${owner.key}\r\n` +
      `Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n${NO_MORE_CHUNKS}`
    assert.equal((await exchange(url, request('GET'))).body.toString(), 'x')
    assert.equal((await exchange(url, request('DELETE'))).body.toString(), '{"result":{"deleted":1}}')
  })

  test('cli: a local path that algo cp asks for is not found, whatever it looks like', async () => {
    const { bare } = world()
    for (const path of ['/v1/data/out.txt', '/v1/x', '/v1/data/tmp/out', '/v1/data/home/me/a/b.txt']) {
      assertError(await bare(`GET ${path}`), { status: path.endsWith('b.txt') ? 400 : 404 })
    }
  })
}
