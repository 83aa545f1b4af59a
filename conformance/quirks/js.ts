/** The browser script 0.2.1 (rest-api.md 6.2 and 1.12, js). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function jsQuirks(world: AskWorld): void {
  const origin = { Origin: 'https://page.example' }

  test('js: a preflight without credentials allows authorization, content-type and accept', async () => {
    const { url, call } = world()
    const reply = await send(url, `OPTIONS ${call.replace('/v1/', '/v1/web/')}`, {
      headers: {
        ...origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'accept, authorization, content-type',
      },
    })
    assert.ok([200, 204].includes(reply.status))
    assert.match(reply.header('Access-Control-Allow-Headers') ?? '', /authorization.*content-type.*accept/)
  })

  test('js: a call with JSON and a Simple key on the web route', async () => {
    const { simple, call } = world()
    const headers = { ...origin, Accept: 'application/json, text/javascript' }
    const reply = await simple(`POST ${call.replace('/v1/', '/v1/web/')}`, { headers, json: 'HAL' })
    assert.equal(reply.json().result, 'HAL')
    assert.equal(reply.header('Access-Control-Allow-Origin'), '*')
  })

  test('js: errors are readable by the page, as an object or a text', async () => {
    const { url, simple, call } = world()
    const web = `POST ${call.replace('/v1/', '/v1/web/')}`
    const failed = await simple(web, { headers: origin, json: { do: 'fail' } })
    const unknown = await send(url, web, { headers: { ...origin, Authorization: 'Simple simNobody' }, json: 1 })
    for (const reply of [failed, unknown]) {
      assert.equal(reply.header('Access-Control-Allow-Origin'), '*')
      assert.equal(typeof reply.json().error.message, 'string')
    }
  })
}
