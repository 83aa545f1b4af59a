/** The Python package, 1.x and 2.x, and the `algo` command inside it (rest-api.md 6.2, py and cli). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { uniqueName } from '../lib/accounts.ts'
import type { Json } from '../lib/curl.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

const ENVIRONMENTS = '/v1/algorithm-environments/edge'

export function pythonQuirks(world: AskWorld): void {
  test('py: the key is the whole header', async () => {
    const { bare, call } = world()
    const options = { headers: { 'Content-Type': 'text/plain' }, body: 'x' }
    assert.equal(jsonOf(await bare(`POST ${call}`, options)).result, 'x')
  })

  test('py: strings are text, bytes are binary, the rest is JSON', async () => {
    const { bare, call } = world()
    const sent: readonly [string, string | Buffer, string][] = [
      ['text/plain', 'x', 'text'],
      ['application/octet-stream', Buffer.from([1, 2]), 'binary'],
      ['application/json', '[1]', 'json'],
    ]
    for (const [type, body, kind] of sent) {
      const reply = jsonOf(await bare(`POST ${call}`, { headers: { 'Content-Type': type }, body }))
      assert.equal(reply.metadata.content_type, kind)
    }
  })

  test('py: set_options sends timeout=300&stdout=False', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}?timeout=300&stdout=False`, { json: 1 }))
    assert.deepEqual(Object.keys(reply.metadata), ['content_type', 'duration'])
  })

  test('py: an answer without async_protocol, with content_type and duration, is a result', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}`, { json: 1 }))
    for (const name of ['async_protocol', 'request_id', 'error']) assert.ok(!(name in reply))
    assert.equal(typeof reply.metadata.duration, 'number')
  })

  test('py: a void answer has async and request_id', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}?output=void`, { json: 1 }))
    assert.deepEqual([reply.async, typeof reply.request_id], ['void', 'string'])
  })

  test('py: reason must be No Content when a DELETE has no body, otherwise the body is JSON', async () => {
    const { bare, created } = world()
    const path = await created('Py')
    const reply = await bare(`DELETE ${path}`)
    assert.equal(reply.statusLine, 'HTTP/1.1 204 No Content')
    assert.equal((await bare(`DELETE ${path}`)).json().error.message, 'No such algorithm')
  })

  test('py: every error of a GET is JSON', async () => {
    const { bare, algorithm } = world()
    const paths = ['Missing', 'Missing/builds', '/builds/x', '/builds/x/logs', '/versions/x', '/nothing'].map(
      (rest) => algorithm + rest,
    )
    for (const path of [...paths, '/v1/users/x', '/v1/scms/x', '/v1/nothing']) {
      const reply = await bare(`GET ${path}`)
      assert.ok(reply.status >= 400)
      assert.ok(reply.json().error, path)
    }
  })

  test('py: an empty PUT answers with an empty body when it is good and with a full one when not', async () => {
    const { admin, owner } = world()
    const org_name = uniqueName('org')
    const json = { org_name, org_label: 'x', org_contact_name: 'some owner', org_email: 'x@example.com' }
    jsonOf(await admin('POST /v1/organizations', { json }))
    const empty = { headers: { 'Content-Length': '0' } }
    const line = `PUT /v1/organizations/${org_name}/members/`
    for (const status of [201, 200]) {
      const reply = await admin(line + owner.username, empty)
      assert.deepEqual([reply.status, reply.text], [status, ''])
    }
    assertError(await admin(`${line}nobody`, empty), { status: 404, code: 3000 })
  })

  test('py: create_org sends the id of a type it has looked up, or an empty text, which is a nested error', async () => {
    const { admin } = world()
    const types = jsonOf(await admin('GET /v1/organization/types'))
    const { id } = types.find(({ name }: Json) => name === 'basic')
    const org = (type_id: string) => ({
      ...{ org_name: uniqueName('org'), org_label: 'x', org_contact_name: 'some owner', org_email: 'x@example.com' },
      ...{ type_id, resource_type: 'organization' },
    })
    assert.equal(jsonOf(await admin('POST /v1/organizations', { json: org(id) })).type_id, id)
    const refused = await admin('POST /v1/organizations', { json: org('') })
    assert.equal(typeof refused.json().error.message, 'string')
  })

  test('py: exists() tells by 404 and the text', async () => {
    const { bare, algorithm } = world()
    const reply = await bare(`GET ${algorithm}Missing`)
    assert.deepEqual([reply.status, reply.text], [404, '{"error":"No such algorithm"}'])
    assert.match(jsonOf(await bare(`GET ${algorithm}`)).id, /^[0-9a-f-]{36}$/)
  })

  test('py: a publish and a compile that are repeated do nothing twice', async () => {
    const { bare, created } = world()
    const path = await created('Py')
    for (const _ of [1, 2]) assert.equal(jsonOf(await bare(`POST ${path}/compile`)).compilation.successful, true)
    const json = { details: {}, settings: {}, version_info: {}, source: {}, scmsCredentials: {} }
    const first = jsonOf(await bare(`POST ${path}/versions`, { json })).version_info.semantic_version
    assertError(await bare(`POST ${path}/versions`, { json }), { status: 400, code: 1007 })
    const versions = jsonOf(await bare(`GET ${path}/versions?published=True`)).results
    assert.deepEqual(
      versions.map(({ version_info }: Json) => version_info.semantic_version),
      [first],
    )
  })

  test('py: update() sends a form, which changes nothing and says so', async () => {
    const { bare, algorithm } = world()
    const before = jsonOf(await bare(`GET ${algorithm}`))
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const body = 'details=label&settings=algorithm_callability'
    assertError(await bare(`PUT ${algorithm}`, { headers, body }), { status: 400, code: 2013 })
    assert.deepEqual(jsonOf(await bare(`GET ${algorithm}`)), before)
  })

  test('py: builds asks for 56', async () => {
    const { bare, algorithm } = world()
    const page = jsonOf(await bare(`GET ${algorithm}/builds?limit=56`))
    assert.ok('marker' in page && page.results.length >= 1)
  })

  test('py: a template is a gzipped tar, or JSON', async () => {
    const { bare } = world()
    const { environments } = jsonOf(await bare(`GET ${ENVIRONMENTS}/languages/python3/environments`))
    const path = (id: string) => `GET ${ENVIRONMENTS}/environment-specifications/${id}/template`
    const reply = await bare(path(environments[0].environment_specification_id))
    assert.equal(reply.status, 200)
    assert.ok(gunzipSync(reply.body).length > 0)
    assert.ok((await bare(path('none'))).json().error)
  })

  test('cli: a key has 28 characters and begins with sim', () => {
    assert.match(world().owner.key, /^sim[A-Za-z0-9]{25}$/)
  })

  test('py, cli: auth and username() list the data root, whose first entry is the account', async () => {
    const { bare, owner } = world()
    for (const path of ['/v1/data', '/v1/data/']) {
      const root = jsonOf(await bare(`GET ${path}`))
      assert.equal(root.folders[0].name, owner.username)
      assert.ok(!('marker' in root))
    }
  })

  test('cli: run parses JSON at any status', async () => {
    const { bare, call, algorithm } = world()
    const headers = { 'Content-Type': 'text/plain' }
    for (const path of [`${call}Missing`, `${call}/9.9.9`, algorithm.replace('/v1/algorithms', '/v1/algo/x')]) {
      assert.ok((await bare(`POST ${path}`, { headers, body: 'x' })).json().error.message)
    }
    assert.ok((await bare(`POST ${call}`, { headers: { Authorization: '' }, body: 'x' })).json().error.message)
  })

  test('cli: -J sends a file as a JSON string in a JSON body', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}`, { json: '{"a":1}' }))
    assert.deepEqual([reply.result, reply.metadata.content_type], ['{"a":1}', 'text'])
  })

  test('cli: languages is an array with names, anaconda3 first', async () => {
    const languages = jsonOf(await world().bare(`GET ${ENVIRONMENTS}/languages`))
    assert.equal(languages[0].name, 'anaconda3')
    for (const { name, display_name } of languages) assert.ok(name && display_name)
  })

  test('cli: environment finds environments or error', async () => {
    for (const language of ['python3', 'anaconda3', 'cobol']) {
      const reply = (await world().bare(`GET ${ENVIRONMENTS}/languages/${language}/environments`)).json()
      assert.ok('environments' in reply || 'error' in reply)
    }
  })

  test('cli: builds prints results', async () => {
    const { bare, algorithm } = world()
    assert.ok(Array.isArray(jsonOf(await bare(`GET ${algorithm}/builds`)).results))
  })

  test('cli: clone sends the account and the key, percent-encoded, to /git', async () => {
    const { url, owner } = world()
    const credentials = Buffer.from(`${owner.username}:${encodeURIComponent(owner.key)}`).toString('base64')
    const git = `${url}/git/${owner.username}/Probe.git/info/refs?service=git-upload-pack`
    const reply = await fetch(git, { headers: { Authorization: `Basic ${credentials}` } })
    assert.equal(reply.status, 200)
    assert.match(await reply.text(), /refs\/heads\/master/)
  })
}
