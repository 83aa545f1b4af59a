/** The Swift library (rest-api.md 6.2, swift). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function swiftQuirks(world: AskWorld): void {
  test('swift: query values are unencoded, so markers must be safe as they are', async () => {
    const { simple, algorithm } = world()
    const { marker } = jsonOf(await simple(`GET ${algorithm}/builds?limit=1`))
    assert.match(marker, /^[A-Za-z0-9_-]+$/)
    jsonOf(await simple(`GET ${algorithm}/builds?limit=1&marker=${marker}`))
  })

  test('swift: a GET carries Content-Type: text/plain and no body', async () => {
    const { simple, algorithm } = world()
    jsonOf(await simple(`GET ${algorithm}`, { headers: { 'Content-Type': 'text/plain' } }))
  })

  test('swift: at any status error.message is a text, on success duration is a number', async () => {
    const { simple, call } = world()
    for (const json of [{ do: 'fail' }, { do: 'exit' }]) {
      const reply = jsonOf(await simple(`POST ${call}`, { json }))
      assert.deepEqual([typeof reply.error.message, typeof reply.metadata.duration], ['string', 'number'])
    }
    assert.equal(typeof (await simple(`POST ${call}Missing`, { json: 1 })).json().error.message, 'string')
  })
}
