/**
 * Hosted data as the Go client asks for it and needs to read it: the bare key, only status 200 is success, every answer
 * to PUT, POST and DELETE is a JSON object, times have exactly three digits after the point (rest-api.md 6.2, go).
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { uniqueName } from '../../lib/accounts.ts'
import type { Json } from '../../lib/curl.ts'
import { send, type WireReply } from '../../lib/wire.ts'
import type { Platform } from '../lib/platform.ts'

/** As `acl.go` sends it and compares its first element. */
const ACLS = { private: [], myAlgorithms: ['algo://.my/*'], public: ['user://*'] }
const LARGE_BYTES = 20 * 1024 * 1024

type Go = (line: string, body?: string | Buffer, key?: string) => Promise<WireReply>

export function goDataCases(platform: () => Platform): void {
  const go: Go = (line, body, key = platform().owner.key) => {
    const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const headers = { 'User-Agent': 'Go-http-client/1.1', Authorization: key, ...type, 'Accept-Encoding': 'gzip' }
    return send(platform().target.url, line, { headers, ...(body === undefined ? {} : { body }) })
  }

  /** `/v1/data/.my/NAME` of a new collection. */
  async function newDirectory(acl?: readonly string[]): Promise<string> {
    const name = uniqueName('Go')
    const request = acl === undefined ? { name } : { name, acl: { read: acl } }
    objectOf(await go('POST /v1/data/.my', JSON.stringify(request)))
    return `/v1/data/.my/${name}`
  }

  test('Go: a file is put, asked for by HEAD, read and deleted', async () => {
    const path = `${await newDirectory()}/a%20b.txt`
    assert.equal((await go(`HEAD ${path}`)).status, 404)
    objectOf(await go(`PUT ${path}`, 'Grüße'))
    assert.equal((await go(`HEAD ${path}`)).status, 200)
    assert.equal((await go(`GET ${path}`)).text, 'Grüße')
    assert.deepEqual(objectOf(await go(`DELETE ${path}`)), { result: { deleted: 1 } })
    assert.equal((await go(`HEAD ${path}`)).status, 404)
  })

  test('Go: 20 MiB come down as they went up, not compressed although gzip is accepted', async () => {
    const path = `${await newDirectory()}/large.txt`
    const content = randomBytes(LARGE_BYTES)
    objectOf(await go(`PUT ${path}`, content))
    const reply = await go(`GET ${path}`)
    assert.equal(reply.header('Content-Encoding'), undefined)
    assert.equal(reply.header('Content-Length'), String(LARGE_BYTES))
    assert.ok(content.equals(reply.body))
  })

  test('Go: a directory exists by GET, and is deleted by force when it has files', async () => {
    const path = await newDirectory()
    objectOf(await go(`PUT ${path}/a.txt`, 'x'))
    assert.equal((await go(`GET ${path}`)).status, 200)
    const refused = await go(`DELETE ${path}`)
    assert.equal(refused.status, 400)
    assert.match(refused.json().error.message, /^directory not empty/)
    assert.deepEqual(objectOf(await go(`DELETE ${path}?force=true`)), { result: { deleted: 1 } })
    assert.equal((await go(`GET ${path}`)).status, 404)
  })

  test('Go: a listing has both arrays, no marker at its end, and times that Go can parse', async () => {
    const path = await newDirectory()
    assert.deepEqual(objectOf(await go(`GET ${path}`)), { folders: [], files: [] })
    objectOf(await go(`PUT ${path}/a.txt`, 'x'))
    const [file] = objectOf(await go(`GET ${path}`)).files
    assert.deepEqual([file.filename, file.size], ['a.txt', 1])
    assert.match(file.last_modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('Go: permissions are an array with at most one element, as created and as changed', async () => {
    for (const acl of Object.values(ACLS)) {
      const path = await newDirectory(acl)
      assert.deepEqual(objectOf(await go(`GET ${path}?acl=true`)).acl, { read: acl })
      const changed = await go(`PATCH ${path}`, JSON.stringify({ acl: { read: ACLS.public } }))
      assert.deepEqual([changed.status, changed.text], [200, ''])
      assert.deepEqual(objectOf(await go(`GET ${path}?acl=true`)).acl, { read: ACLS.public })
    }
    assert.deepEqual(objectOf(await go(`GET ${await newDirectory()}?acl=true`)).acl, { read: ACLS.myAlgorithms })
  })

  test('Go: whatever is refused has an error object', async () => {
    const path = await newDirectory()
    const stranger = platform().environment.CASES_STRANGER_KEY
    const owned = path.replace('.my', platform().owner.username)
    for (const [reply, status] of [
      [await go(`GET ${path}/missing`), 404],
      [await go(`DELETE ${path}/missing`), 404],
      [await go(`PUT ${path}Missing/a.txt`, 'x'), 404],
      [await go(`GET ${owned}`, undefined, stranger), 403],
      [await go(`PUT ${owned}/a.txt`, 'x', stranger), 403],
      [await go(`GET ${path}`, undefined, 'sim0000000000000000000000000'), 401],
    ] as const) {
      assert.equal(reply.status, status)
      assert.equal(typeof reply.json().error.message, 'string')
    }
  })
}

/** What Go decodes from an answer: only status 200 is success, and only an object can be decoded. */
function objectOf(reply: WireReply): Json {
  assert.equal(reply.status, 200, reply.text)
  const value = reply.json()
  assert.ok(typeof value === 'object' && value !== null && !('error' in value))
  return value
}
