/** The Ruby gem (rest-api.md 6.2, ruby). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import type { Json } from '../lib/curl.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function rubyQuirks(world: AskWorld): void {
  test('ruby: algo:// stays in the path', async () => {
    const { bare, owner } = world()
    const path = `/v1/algo/algo://${owner.username}/Probe/0.1.0`
    assert.equal(jsonOf(await bare(`POST ${path}`, { json: 'x' })).result, 'x')
  })

  test('ruby: the content type follows the encoding of the string', async () => {
    const { bare, call } = world()
    for (const [type, kind] of [
      ['text/plain', 'text'],
      ['application/octet-stream', 'binary'],
    ] as const) {
      const reply = jsonOf(await bare(`POST ${call}`, { headers: { 'Content-Type': type }, body: 'x' }))
      assert.equal(reply.metadata.content_type, kind)
    }
  })

  test('ruby: 401 and 404 are told by status, JSON by its type', async () => {
    const { bare, call } = world()
    const unknown = await bare(`POST ${call}`, { headers: { Authorization: 'simNobody' }, json: 1 })
    const missing = await bare(`POST ${call}Missing`, { json: 1 })
    assert.deepEqual([unknown.status, missing.status], [401, 404])
    for (const reply of [unknown, missing]) assert.match(reply.header('Content-Type') ?? '', /^application\/json/)
  })

  test('ruby: filters of lists are sent as ?value=value and change nothing', async () => {
    const { bare, algorithm } = world()
    const all = jsonOf(await bare(`GET ${algorithm}/versions`)).results.length
    assert.equal(jsonOf(await bare(`GET ${algorithm}/versions?true=true`)).results.length, all)
    jsonOf(await bare(`GET ${algorithm}/builds?10=10&none=none`))
  })

  test('ruby: creates with licence: ap1 and without a license', async () => {
    const { bare, owner } = world()
    const settings = { source_visibility: 'closed', network_access: 'full', pipeline_enabled: true, licence: 'ap1' }
    const json = { name: uniqueName('Ruby'), details: { label: 'x' }, settings: { ...settings, language: 'python3' } }
    const created = jsonOf(await bare(`POST /v1/algorithms/${owner.username}`, { json }), 201)
    assert.deepEqual([created.settings.license, created.resource_type], ['apl', 'algorithm'])
    const deleted = await bare(`DELETE /v1/algorithms/${owner.username}/${json.name}`)
    assert.deepEqual([deleted.status, deleted.text], [204, ''])
  })

  test('ruby: organization types are an array', async () => {
    const types = jsonOf(await world().admin('GET /v1/organization/types'))
    assert.equal(types.filter(({ name }: Json) => name === 'legacy').length, 1)
  })
}
