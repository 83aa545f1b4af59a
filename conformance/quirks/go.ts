/** The Go library (rest-api.md 6.2, go). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange } from '../lib/raw-socket.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function goQuirks(world: AskWorld): void {
  test('go: nil is null with two identical content types, of which the first counts', async () => {
    const { url, owner, call } = world()
    const type = 'Content-Type: application/json\r\n'
    const request =
      `POST ${call} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${owner.key}\r\n` +
      `${type}${type}Content-Length: 4\r\n\r\nnull`
    const reply = await exchange(url, request)
    assert.equal(reply.status, 200)
    assert.match(reply.body.toString(), /^\{"result":null,/)
  })

  test('go: output=raw is repeated with every call; the first counts', async () => {
    const { bare, call } = world()
    const reply = await bare(`POST ${call}?output=raw&output=raw&output=raw`, { json: 'x' })
    assert.deepEqual([reply.status, reply.text], [200, 'x'])
  })

  test('go: SetOptions sends timeout and stdout=false; metadata then has no stdout', async () => {
    const { bare, call } = world()
    const { metadata } = jsonOf(await bare(`POST ${call}?stdout=false&timeout=3000`, { json: 1 }))
    assert.deepEqual(Object.keys(metadata), ['content_type', 'duration'])
  })

  test('go: whatever is not 200 has an error object', async () => {
    const { bare, call } = world()
    for (const path of [`${call}Missing`, `${call}/9.9.9`]) {
      const reply = await bare(`POST ${path}?output=raw`, { json: 1 })
      assert.equal(typeof reply.json().error.message, 'string')
    }
    const failed = await bare(`POST ${call}?output=raw`, { json: { do: 'fail' } })
    assert.equal(failed.json().error.message, 'cannot fail')
  })

  test('go: void is 200', async () => {
    const { bare, call } = world()
    assert.equal((await bare(`POST ${call}?output=void`, { json: 1 })).status, 200)
  })
}
