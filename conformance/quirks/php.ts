/** The PHP package (rest-api.md 6.2, php). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function phpQuirks(world: AskWorld): void {
  test('php: algo:// stays in the path, and the reason phrase is OK', async () => {
    const { simple, owner } = world()
    const reply = await simple(`POST /v1/algo/algo://${owner.username}/Probe`, { json: 'x' })
    assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
    assert.equal(reply.json().result, 'x')
  })

  test('php: a GET has a content type and no body', async () => {
    const { simple, algorithm } = world()
    const headers = { 'Content-Type': 'application/json' }
    assert.equal((await simple(`GET ${algorithm}`, { headers })).status, 200)
  })

  test('php: header names are looked up by exact case', async () => {
    const { simple, call } = world()
    const reply = await simple(`POST ${call}?output=raw`, { json: [1, { a: 'x' }] })
    assert.equal(reply.text, '[1,{"a":"x"}]')
    assert.equal(reply.header('Content-Type'), 'application/json')
    assert.equal(reply.header('Content-Length'), '13')
  })

  test('php: from 400 on the body has error.message', async () => {
    const { simple, call } = world()
    const missing = await simple(`POST ${call}Missing`, { json: 1 })
    const failed = await simple(`POST ${call}?output=raw`, { json: { do: 'fail' } })
    for (const reply of [missing, failed]) assert.equal(typeof reply.json().error.message, 'string')
  })

  test('php: without result an answer is void, so null results have the member', async () => {
    const { simple, call } = world()
    const reply = jsonOf(await simple(`POST ${call}`, { json: null }))
    assert.ok('result' in reply && reply.result === null)
  })

  test('php: bytes are base64, and unicode text is text', async () => {
    const { simple, call } = world()
    assert.equal(jsonOf(await simple(`POST ${call}`, { json: { do: 'bytes' } })).metadata.content_type, 'binary')
    const unicode = jsonOf(await simple(`POST ${call}`, { json: 'Üñî©ö∂é 中文 😀' }))
    assert.deepEqual([unicode.result, unicode.metadata.content_type], ['Üñî©ö∂é 中文 😀', 'text'])
  })

  test("php: stdout='' and output='' count as absent", async () => {
    const { simple, call } = world()
    assert.equal(jsonOf(await simple(`POST ${call}?stdout=&output=`, { json: 'x' })).result, 'x')
  })
}
