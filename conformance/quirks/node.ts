/** The Node package, 1.x and 0.3.10, which npm serves (rest-api.md 6.2, node). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import type { Json } from '../lib/curl.ts'
import { exchange } from '../lib/raw-socket.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function nodeQuirks(world: AskWorld): void {
  /** The header map that all verbs of 1.x share, after a call with JSON. */
  const leaked = { Accept: 'application/octet-stream', 'Content-Type': 'application/json' }

  test('node: output=raw, a trailing slash and algo:// in the path', async () => {
    const { simple, owner } = world()
    const path = `/v1/algo/algo://${owner.username}/Probe/0.1.0/?timeout=300&stdout=false&output=raw`
    const reply = await simple(`POST ${path}`, { headers: { 'Content-Type': 'text/plain' }, body: 'foo' })
    assert.deepEqual([reply.status, reply.text], [200, 'foo'])
  })

  test('node: query glued with /?', async () => {
    const { simple, call } = world()
    const query = '?timeout=10&stdout=true/?timeout=300&stdout=false&output=raw'
    assert.equal((await simple(`POST ${call}${query}`, { json: 'x' })).text, 'x')
  })

  test('node: headers of earlier calls leak into GET and DELETE', async () => {
    const { simple, algorithm, created } = world()
    const path = await created('Node')
    for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
      const headers = { ...leaked, 'Content-Type': type }
      jsonOf(await simple(`GET ${algorithm}`, { headers }))
      assertError(await simple(`DELETE ${path}x`, { headers }), { status: 404 })
    }
    assert.equal((await simple(`DELETE ${path}`, { headers: leaked })).status, 204)
  })

  test('node: a deleted algorithm answers the empty text', async () => {
    const { simple, created } = world()
    assert.equal((await simple(`DELETE ${await created('Node')}`)).text, '')
  })

  test('node: a missing algorithm is exactly {"error":"No such algorithm"}', async () => {
    const { simple, algorithm } = world()
    const reply = await simple(`GET ${algorithm}Missing`, { headers: leaked })
    assert.equal(reply.text, '{"error":"No such algorithm"}')
  })

  test('node: a Buffer arrives as JSON text and is bytes', async () => {
    const { simple, call } = world()
    const body = '{"type":"Buffer","data":[1,2]}'
    const headers = { 'Content-Type': 'application/octet-stream' }
    assert.equal((await simple(`POST ${call}/?output=raw`, { headers, body })).text, body)
  })

  test('node: publishes a revision to /version, and finds one private version', async () => {
    const { simple, created } = world()
    const path = await created('Node')
    jsonOf(await simple(`POST ${path}/compile`, { headers: leaked, body: '{}' }))
    const settings = { algorithm_callability: 'private', royalty_microcredits: 0, insights_enabled: false }
    const json = { settings, version_info: { version_type: 'revision', release_notes: 'x', sample_input: 'x' } }
    assert.equal(jsonOf(await simple(`POST ${path}/version`, { json })).version_info.semantic_version, '0.0.1')
    const list = async (query: string) => jsonOf(await simple(`GET ${path}/versions?${query}`)).results.length
    assert.equal(await list('callable=false&limit=1&published=true'), 1)
    assert.equal(await list('callable=true&limit=50&published=true'), 0)
  })

  test('node: organization types are an array to look names up in; a new organization is sent as text', async () => {
    const { admin } = world()
    const types = jsonOf(await admin('GET /v1/organization/types', { headers: leaked }))
    const { id } = types.find(({ name }: Json) => name === 'basic')
    const org = {
      org_name: uniqueName('org'),
      org_label: 'x',
      org_contact_name: 'some owner',
      org_email: 'x@y.example',
    }
    const body = JSON.stringify({ ...org, type_id: id, external_admin_group_id: 'a', resource_type: 'organization' })
    assert.equal(jsonOf(await admin('POST /v1/organizations', { headers: leaked, body })).org_name, org.org_name)
  })

  test('node 0.3.10: the answer is parsed by its type; the default is the whole envelope', async () => {
    const { simple, owner } = world()
    const reply = await simple(`POST /v1/algo/algo://${owner.username}/Probe`, { json: { a: 1 } })
    assert.match(reply.header('Content-Type') ?? '', /^application\/json/)
    assert.ok(['text', 'json', 'binary', 'void'].includes(reply.json().metadata.content_type))
  })

  test('node 0.3.10: an error is found in the body by its type', async () => {
    const { simple, call } = world()
    const reply = await simple(`POST ${call}Missing`, { headers: { 'Content-Type': 'text/plain' }, body: 'x' })
    assert.match(reply.header('Content-Type') ?? '', /^application\/json/)
    assert.ok(reply.json().error.message)
  })

  test('node 0.3.10: an empty chunked body on GET and a text/plain one on DELETE', async () => {
    const { url, owner, algorithm } = world()
    const head = (line: string) =>
      `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Simple ${owner.key}\r\n` +
      'Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.equal((await exchange(url, head(`GET ${algorithm}`))).status, 200)
    assert.equal((await exchange(url, head(`DELETE ${algorithm}Missing`))).status, 404)
  })
}
