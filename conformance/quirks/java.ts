/** The Java library (rest-api.md 6.2, java). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function javaQuirks(world: AskWorld): void {
  test('java: error is an object with a string message; stacktrace is a string or absent', async () => {
    const { simple, call, stranger } = world()
    const own = jsonOf(await simple(`POST ${call}`, { json: { do: 'fail' } }))
    assert.deepEqual([typeof own.error.message, typeof own.error.stacktrace], ['string', 'string'])
    const headers = { Authorization: `Simple ${stranger.key}` }
    const others = jsonOf(await simple(`POST ${call}`, { headers, json: { do: 'fail' } }))
    assert.ok(!('stacktrace' in others.error))
  })

  test('java: duration is a number, content_type a string, stdout never null', async () => {
    const { simple, call } = world()
    const { metadata } = jsonOf(await simple(`POST ${call}?stdout=true`, { json: 1 }))
    assert.deepEqual([typeof metadata.duration, typeof metadata.content_type], ['number', 'string'])
    assert.ok(!('stdout' in metadata) || typeof metadata.stdout === 'string')
  })

  test('java: a void answer has two strings', async () => {
    const { simple, call } = world()
    const reply = jsonOf(await simple(`POST ${call}?output=void`, { json: 1 }))
    assert.deepEqual([reply.async, typeof reply.request_id], ['void', 'string'])
  })

  test('java: text is typed text/plain; charset=UTF-8, and output=default is sent literally', async () => {
    const { simple, call } = world()
    const headers = { 'Content-Type': 'text/plain; charset=UTF-8' }
    const reply = jsonOf(await simple(`POST ${call}?output=default`, { headers, body: 'Ä' }))
    assert.deepEqual([reply.result, reply.metadata.content_type], ['Ä', 'text'])
  })

  test('java: no error has an id at its top, which Gson would take for an object', async () => {
    const { simple, algorithm } = world()
    for (const path of [`${algorithm}Missing`, `${algorithm}/builds/x`, '/v1/users/x', '/v1/organizations/x']) {
      const body = (await simple(`GET ${path}`)).json()
      assert.ok(!('id' in body) && !('build_id' in body), path)
    }
  })

  test('java: compiles without a body, publishes to /version, calls the first major version', async () => {
    const { simple, created } = world()
    const path = await created('Java')
    const compiled = jsonOf(await simple(`POST ${path}/compile`))
    assert.equal(typeof compiled.version_info.git_hash, 'string')
    const json = { version_info: { version_type: 'major', release_notes: 'x', sample_input: 'x' } }
    assert.equal(jsonOf(await simple(`POST ${path}/version`, { json })).version_info.semantic_version, '1.0.0')
    const call = `POST ${path.replace('/v1/algorithms/', '/v1/algo/')}/1.0.0`
    assert.equal(jsonOf(await simple(call, { json: 'x' })).result, 'hello x')
    jsonOf(await simple(`POST ${path}/compile`))
    assert.equal(jsonOf(await simple(`POST ${path}/version`, { json })).version_info.semantic_version, '2.0.0')
  })

  test('java: creates with build and without license spelling troubles', async () => {
    const { simple, owner } = world()
    const settings = { algorithm_environment: '', source_visibility: 'open', license: 'apl', network_access: 'full' }
    const languages = '/v1/algorithm-environments/edge/languages/python3/environments'
    const { environments } = jsonOf(await simple(`GET ${languages}`))
    const json = {
      name: uniqueName('CreateAlgo').slice(0, 30),
      details: { label: 'x', summary: 'x', tagline: 'x' },
      settings: { ...settings, algorithm_environment: environments[0].id, pipeline_enabled: true },
      build: {},
    }
    const created = jsonOf(await simple(`POST /v1/algorithms/${owner.username}`, { json }), 201)
    for (const value of Object.values(created.details)) assert.equal(typeof value, 'string')
    assert.equal((await simple(`DELETE /v1/algorithms/${owner.username}/${json.name}`)).status, 204)
  })

  test('java: environments are an object, organization types an array of flat maps of strings', async () => {
    const { simple, admin } = world()
    const languages = '/v1/algorithm-environments/edge/languages'
    assert.ok(jsonOf(await simple(`GET ${languages}/python3/environments`)).environments.length > 0)
    for (const type of jsonOf(await admin('GET /v1/organization/types'))) {
      for (const value of Object.values(type)) assert.equal(typeof value, 'string')
    }
  })

  test('java: a new member is 201', async () => {
    const { admin, owner } = world()
    const org = {
      org_name: uniqueName('org'),
      org_label: 'x',
      org_contact_name: 'some owner',
      org_email: 'x@y.example',
    }
    jsonOf(await admin('POST /v1/organizations', { json: { ...org, external_admin_group_id: 'a' } }))
    assert.equal((await admin(`PUT /v1/organizations/${org.org_name}/members/${owner.username}`)).status, 201)
  })

  test('java: asks for the connection of the repository with a standard key', async () => {
    const { simple, algorithm } = world()
    assert.equal(jsonOf(await simple(`GET ${algorithm}/scm/status`)).scm_connection_status, 'active')
  })
}
