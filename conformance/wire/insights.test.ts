/** Insights from outside: what is taken, who reads it, and the connection that administrators set (rest-api.md 3.10, 3.11). */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm, type Workshop } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { ANY_UUID, assertError, assertMembers, assertPage } from '../lib/shape.ts'
import { assertEmpty, jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('reportInsights', 'listInsights', 'summarizeInsights')
covers('getInsightsConnection', 'setInsightsConnection', 'deleteInsightsConnection')

let target: Target
let shop: Workshop
before(async () => {
  target = await startTarget()
  const owner = await createAccount(target, 'owner')
  shop = (await createAlgorithm(target, owner, { name: 'Quiet', language: 'python3' })).shop
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)
const metrics = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ insight_key: `metric${index}`, insight_value: index }))

describe('reporting from outside', () => {
  const report = (json: unknown, key: string | undefined = shop.owner.key) =>
    send(target.url, 'POST /v1/insights', key === '' ? { json } : { key, json })

  test('is taken with a key, answered as an object and dropped', async () => {
    const reply = jsonOf(await report(metrics(25)))
    assertMembers(reply, 'response')
    assert.equal(typeof reply.response, 'string')
    assert.deepEqual(jsonOf(await report([])), reply)
    // A change would be in the audit log.
    const { results } = jsonOf(await asAdmin('GET /v1/admin/audit-log?limit=100'))
    assert.ok(!results.some(({ action }: { action: string }) => action === 'reportInsights'))
  })

  test('is refused without a key, with reserved names, and above the limits', async () => {
    assertError(await report(metrics(1), ''), { status: 401 })
    for (const name of ['request_id', 'timestamp', 'algorithm_version']) {
      const reply = await report([{ insight_key: name, insight_value: 1 }])
      assertError(reply, { status: 400, code: 6001, message: new RegExp(`'${name}'`) })
    }
    assertError(await report(metrics(26)), { status: 400, code: 6001, message: /25/ })
    const large = [{ insight_key: 'x', insight_value: 'y'.repeat(26 * 1024) }]
    assertError(await report(large), { status: 400, code: 6001, message: /bytes/ })
    assertError(await report([{ insight_key: 1 }]), { status: 400, code: 6001 })
  })
})

describe('reading', () => {
  test('is for whoever manages the algorithm', async () => {
    const path = `/v1/algorithms/${shop.owner.username}/${shop.name}`
    const { id } = jsonOf(await send(target.url, `GET ${path}`, { key: shop.owner.key }))
    const weak = await createKey(target, shop.owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
    const stranger = await createAccount(target, 'stranger')
    for (const what of [`${path}/insights`, `/v1/algorithms/${id}/insights`]) {
      assertPage(jsonOf(await send(target.url, `GET ${what}`, { key: shop.owner.key })))
      const empty = jsonOf(await send(target.url, `GET ${what}/summary`, { key: shop.owner.key }))
      assert.deepEqual(empty, { calls: 0, is_complete: true, metrics: [] })
      for (const rest of ['', '/summary']) {
        for (const key of [weak, stranger.key]) {
          assertError(await send(target.url, `GET ${what}${rest}`, { key }), { status: 403, code: 2001 })
        }
        const wrong = await send(target.url, `GET ${what}${rest}?since=yesterday`, { key: shop.owner.key })
        assertError(wrong, { status: 400, code: 8061, message: /since/ })
      }
    }
  })
})

describe('the connection', () => {
  const path = '/v1/admin/insights-connection'
  const PASSWORD = 'wJalrXUtnFEMIK7MDENGbPxRfiCY'
  const json = {
    connection_type: 'kafka_sasl_ssl',
    broker_url: 'one.example.com:9093,two.example.com:9093',
    topic: 'insights',
    broker_username: 'algorist',
    broker_password: PASSWORD,
    sasl_mechanism: 'SCRAM-SHA-512',
  }

  test('is set, shown without its password, replaced and deleted', async () => {
    assertError(await asAdmin(`GET ${path}`), { status: 404, code: 5004 })
    const set = await asAdmin(`POST ${path}`, { json })
    const shown = await asAdmin(`GET ${path}`)
    assertMembers(jsonOf(shown), 'broker_url topic broker_username sasl_mechanism id')
    assert.deepEqual(jsonOf(set), jsonOf(shown))
    assert.match(jsonOf(shown).id, ANY_UUID)
    assert.ok(!`${set.text}${shown.text}`.includes(PASSWORD))
    const plain = { connection_type: 'kafka_unauthenticated_plaintext', broker_url: 'one.example.com:9092', topic: 't' }
    assertMembers(jsonOf(await asAdmin(`POST ${path}`, { json: plain })), 'broker_url topic id')
    assertEmpty(await asAdmin(`DELETE ${path}`), 204)
    assertEmpty(await asAdmin(`DELETE ${path}`), 204)
    assertError(await asAdmin(`GET ${path}`), { status: 404 })
  })

  test('is refused when it cannot be one', async () => {
    for (const wrong of [
      { connection_type: 'amqp' },
      { broker_url: 'http://127.0.0.1:8080/' },
      { broker_url: 'one.example.com:9093,two.example.com:65536' },
      { topic: 'two words' },
      { broker_password: undefined },
    ]) {
      const reply = await asAdmin(`POST ${path}`, { json: { ...json, ...wrong } })
      assertError(reply, { status: 400, code: 6001 })
      assert.ok(!reply.text.includes(PASSWORD))
    }
  })

  test('its password is in no file of the server', async (t) => {
    if (target.home === null) return t.skip('the server is not ours')
    jsonOf(await asAdmin(`POST ${path}`, { json }))
    const files = await readdir(target.home, { recursive: true, withFileTypes: true })
    const contents = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)))
    assert.ok((await Promise.all(contents)).every((bytes) => !bytes.includes(PASSWORD)))
  })
})
