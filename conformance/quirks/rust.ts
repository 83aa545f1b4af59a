/** The Rust library, 2 and 3 (rest-api.md 6.2, rust). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function rustQuirks(world: AskWorld): void {
  test('rust: a text is a JSON string and comes back as text; bytes in JSON are numbers', async () => {
    const { simple, call } = world()
    const text = jsonOf(await simple(`POST ${call}`, { json: 'x' }))
    assert.deepEqual([text.result, text.metadata.content_type], ['x', 'text'])
    assert.deepEqual(jsonOf(await simple(`POST ${call}`, { json: [1, 2, 255] })).result, [1, 2, 255])
  })

  test('rust: content_type is one of four and duration a number', async () => {
    const { simple, call } = world()
    for (const json of ['x', 1, null, { do: 'bytes' }, [1]]) {
      const { metadata } = jsonOf(await simple(`POST ${call}`, { json }))
      assert.ok(['text', 'json', 'binary', 'void'].includes(metadata.content_type))
      assert.equal(typeof metadata.duration, 'number')
    }
  })

  test('rust: at any status the body is JSON, an error has texts only', async () => {
    const { simple, call } = world()
    const replies = [
      await simple(`POST ${call}`, { json: { do: 'fail' } }),
      await simple(`POST ${call}Missing`, { json: 1 }),
      await simple(`POST ${call}`, { headers: { Authorization: 'Simple simNobody' }, json: 1 }),
    ]
    for (const reply of replies) {
      const { error } = reply.json()
      assert.equal(typeof error.message, 'string')
      for (const name of ['error_type', 'stacktrace']) {
        if (name in error) assert.equal(typeof error[name], 'string')
      }
    }
  })
}
