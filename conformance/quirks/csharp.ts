/** The C# library (rest-api.md 6.2, cs). */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { jsonOf, send } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

const OPTIONS = '?timeout=300&stdout=False&output=default'

export function csharpQuirks(world: AskWorld): void {
  test('cs: strings are JSON; a trailing slash and 0.1.x reach the algorithm', async () => {
    const { bare, call } = world()
    for (const path of [call, `${call.toLowerCase()}/`, `${call}/0.1.x`]) {
      const reply = jsonOf(await bare(`POST ${path}${OPTIONS}`, { json: 'x' }))
      assert.equal(reply.result, 'x')
    }
  })

  test('cs: a synchronous answer has neither async nor request_id, and a duration above zero', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}${OPTIONS}`, { json: 1 }))
    assert.ok(!('async' in reply) && !('request_id' in reply))
    assert.ok(reply.metadata.duration > 0)
  })

  test('cs: a void answer has neither result nor metadata nor error', async () => {
    const { bare, call } = world()
    const reply = jsonOf(await bare(`POST ${call}?timeout=300&stdout=False&output=void`, { json: 1 }))
    for (const name of ['result', 'metadata', 'error']) assert.ok(!(name in reply))
    assert.equal(reply.async, 'void')
  })

  test('cs: timing is a map of numbers not less than the run', async () => {
    const { bare, call } = world()
    const { metadata } = jsonOf(await bare(`POST ${call}${OPTIONS}&timing=1`, { json: { do: 'sleep', seconds: 0.1 } }))
    assert.ok(metadata.timing.running >= 0.1 && metadata.timing.total >= 0.1)
  })

  test('cs: bytes come back as base64', async () => {
    const { bare, call } = world()
    assert.equal(jsonOf(await bare(`POST ${call}${OPTIONS}`, { json: { do: 'bytes' } })).result, 'AAH/')
  })

  test('cs: an empty key is not sent, and the text is authorization required', async () => {
    const { url, call } = world()
    const reply = await send(url, `POST ${call}${OPTIONS}`, { json: 'x' })
    assert.equal(jsonOf(reply, 401).error.message, 'authorization required')
  })

  test('cs: the text for a missing algorithm is algorithm algo://… not found', async () => {
    const { bare, owner } = world()
    const reply = await bare(`POST /v1/algo/${owner.username}/Missing${OPTIONS}`, { json: 'x' })
    assert.equal(jsonOf(reply, 404).error.message, `algorithm algo://${owner.username}/Missing not found`)
  })

  test('cs: members of error are scalars; without a trace there is no stacktrace', async () => {
    const { bare, call } = world()
    const { error } = jsonOf(await bare(`POST ${call}${OPTIONS}`, { json: { do: 'exit' } }))
    for (const value of Object.values(error)) assert.equal(typeof value, 'string')
    assert.ok(!('stacktrace' in error))
  })

  test('cs: a call over its time is 200 with the fixed text', async () => {
    const { bare, call } = world()
    const query = '?timeout=0.5&stdout=False&output=default'
    const { error } = jsonOf(await bare(`POST ${call}${query}`, { json: { do: 'sleep', seconds: 20 } }))
    assert.equal(error.message, 'Failed to run algorithm - may have timed-out or hit out-of-memory error')
  })
}
