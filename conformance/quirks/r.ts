/** The R package (rest-api.md 6.2, R). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

const OPTIONS = '?timeout=300&stdout=FALSE&output=default'

export function rQuirks(world: AskWorld): void {
  test('R: timeout=300&stdout=FALSE&output=default is sent always; names are compared in order', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}${OPTIONS}`, { json: 'x' }))
    assert.deepEqual(Object.keys(reply), ['result', 'metadata'])
    assert.deepEqual(Object.keys(reply.metadata), ['content_type', 'duration'])
  })

  test('R: a void answer has exactly async and request_id', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}?timeout=300&stdout=FALSE&output=void`, { json: 'x' }))
    assert.deepEqual(Object.keys(reply), ['async', 'request_id'])
  })

  test('R: an empty list is [], NULL is null', async () => {
    const { bare, call } = world()
    for (const input of [[], null]) {
      assert.deepEqual(jsonOf(await bare(`POST ${call}${OPTIONS}`, { json: input })).result, input)
    }
  })

  test('R: compiles with the body null', async () => {
    const { bare, created } = world()
    const path = await created('R')
    const built = jsonOf(await bare(`POST ${path}/compile`, { json: null }))
    assert.equal(built.resource_type, 'algorithm')
    assert.equal((await bare(`DELETE ${path}`, { json: null })).status, 204)
  })

  test('R: createOrg reads response$error$message', async () => {
    const { admin } = world()
    const org = {
      org_name: uniqueName('org'),
      org_label: 'x',
      org_contact_name: 'some owner',
      org_email: 'x@y.example',
    }
    jsonOf(await admin('POST /v1/organizations', { json: { ...org, external_id: 'e', type_id: 'basic' } }))
    const again = await admin('POST /v1/organizations', { json: org })
    assert.equal(typeof again.json().error.message, 'string')
  })

  test('R: no error among the names of a good answer', async () => {
    const { bare, call, algorithm } = world()
    for (const reply of [await bare(`POST ${call}${OPTIONS}`, { json: 1 }), await bare(`GET ${algorithm}`)]) {
      assert.ok(!('error' in jsonOf(reply)))
    }
  })
}
